//! The lines that `rpicam-vid --save-pts /dev/fd/3` writes: one behind each access unit.
//!
//! ```text
//! # timecode format v2
//! 0.000                  milliseconds since the first
//! 33.318
//! ```
//! A line proves that all bytes of its access unit have been written. After a line that is no time, and at the end of the
//! pipe, no line is given any more; the pipe is still read, so that the program never waits.

use tokio::net::unix::pipe;

/// Longest line: a number, or the first line.
const MAX_LINE_BYTES: usize = 64;
/// Bytes read at once.
const READ_BYTES: usize = 1024;
/// A number beyond this is no time, in milliseconds: three years.
const MAX_MS: f64 = 1e11;

/// Reads the lines.
#[derive(Debug)]
pub(in crate::source) struct PtsLines {
    pipe: Option<pipe::Receiver>,
    lines: Lines,
}

impl PtsLines {
    pub(in crate::source) const fn new(pipe: Option<pipe::Receiver>) -> Self {
        Self { pipe, lines: Lines { buffer: Vec::new(), is_rubbish: false } }
    }

    /// The next line's time in microseconds. Nothing is lost when this is dropped while it waits.
    pub(in crate::source) async fn next(&mut self) -> u64 {
        loop {
            if let Some(pts_us) = self.lines.next() {
                return pts_us;
            }
            let Some(pipe) = &self.pipe else { return std::future::pending().await };
            let mut bytes = [0; READ_BYTES];
            let read = match pipe.readable().await {
                Ok(()) => pipe.try_read(&mut bytes),
                Err(error) => Err(error),
            };
            match read {
                Ok(0) => self.pipe = None,
                Ok(read) => self.lines.push(&bytes[..read]),
                Err(error) if error.kind() == std::io::ErrorKind::WouldBlock => {}
                Err(_) => self.pipe = None,
            }
        }
    }
}

/// Bytes to times. Pure.
#[derive(Debug, Default)]
struct Lines {
    buffer: Vec<u8>,
    is_rubbish: bool,
}

impl Lines {
    fn push(&mut self, bytes: &[u8]) {
        if !self.is_rubbish {
            self.buffer.extend_from_slice(bytes);
        }
    }

    fn next(&mut self) -> Option<u64> {
        loop {
            let end = self.buffer.iter().position(|byte| *byte == b'\n');
            if end.unwrap_or(self.buffer.len()) > MAX_LINE_BYTES {
                return self.rubbish();
            }
            let line: Vec<u8> = self.buffer.drain(..=end?).collect();
            if line.starts_with(b"#") {
                continue;
            }
            let ms = std::str::from_utf8(&line).ok().and_then(|line| line.trim().parse::<f64>().ok());
            return match ms {
                // In these bounds it is a number of microseconds.
                Some(ms) if (0.0..MAX_MS).contains(&ms) => Some((ms * 1_000.0).round() as u64),
                _ => self.rubbish(),
            };
        }
    }

    fn rubbish(&mut self) -> Option<u64> {
        tracing::debug!("timestamps ignored: descriptor 3 carries no list of times");
        self.is_rubbish = true;
        self.buffer = Vec::new();
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines() {
        let table: [(&str, &[u8], &[u64]); 7] = [
            (
                "as rpicam-vid writes them",
                b"# timecode format v2\n0.000\n33.318\n66.7\n",
                &[0, 33_318, 66_700],
            ),
            ("without an end", b"0.000\n33.31", &[0]),
            ("a word", b"0.000\nhello\n33.3\n", &[0]),
            ("before the beginning", b"-1.0\n5\n", &[]),
            ("no number", b"NaN\n5\n", &[]),
            ("endless", &[b'1'; 500], &[]),
            ("empty lines", b"\n5\n", &[]),
        ];
        for (name, bytes, expected) in table {
            for length in [1, 3, bytes.len()] {
                let mut lines = Lines::default();
                let mut found = Vec::new();
                for piece in bytes.chunks(length) {
                    lines.push(piece);
                    found.extend(std::iter::from_fn(|| lines.next()));
                }
                assert_eq!(found, expected, "{name} in pieces of {length}");
                assert!(lines.buffer.len() <= MAX_LINE_BYTES, "{name}");
            }
        }
    }
}

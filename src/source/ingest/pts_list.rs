//! Parses the list of times that `rpicam-vid --save-pts` writes. Pure: a fuzz target includes this file.
//!
//! ```text
//! # timecode format v2
//! 0.000                  milliseconds since the first
//! 33.318
//! ```
//! After a line that is no time there is none any more. What is found does not depend on how the bytes were cut.

/// Longest line: a number, or the first line.
pub(super) const MAX_LINE_BYTES: usize = 64;
/// A number beyond this is no time, in milliseconds: three years.
const MAX_MS: f64 = 1e11;

/// The bytes are not such a list.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("no list of times")]
pub(super) struct NotAList;

/// Bytes to times.
#[derive(Debug)]
pub(super) struct PtsList {
    buffer: Vec<u8>,
    is_rubbish: bool,
}

impl PtsList {
    pub(super) const fn new() -> Self {
        Self { buffer: Vec::new(), is_rubbish: false }
    }

    /// Takes bytes; `next` is called until it gives nothing before more are taken.
    pub(super) fn push(&mut self, bytes: &[u8]) {
        if !self.is_rubbish {
            self.buffer.extend_from_slice(bytes);
        }
    }

    /// The next line's time in microseconds, if it is whole.
    ///
    /// # Errors
    /// Once, when a line is no time.
    pub(super) fn next(&mut self) -> Result<Option<u64>, NotAList> {
        loop {
            let end = self.buffer.iter().position(|byte| *byte == b'\n');
            if end.unwrap_or(self.buffer.len()) > MAX_LINE_BYTES {
                return self.rubbish();
            }
            let Some(end) = end else { return Ok(None) };
            let line: Vec<u8> = self.buffer.drain(..=end).collect();
            if line.starts_with(b"#") {
                continue;
            }
            let ms = std::str::from_utf8(&line).ok().and_then(|line| line.trim().parse::<f64>().ok());
            return match ms {
                // In these bounds it is a number of microseconds.
                Some(ms) if (0.0..MAX_MS).contains(&ms) => Ok(Some((ms * 1_000.0).round() as u64)),
                _ => self.rubbish(),
            };
        }
    }

    fn rubbish(&mut self) -> Result<Option<u64>, NotAList> {
        self.is_rubbish = true;
        self.buffer = Vec::new();
        Err(NotAList)
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
                let mut list = PtsList::new();
                let mut found = Vec::new();
                for piece in bytes.chunks(length) {
                    list.push(piece);
                    found.extend(std::iter::from_fn(|| list.next().ok().flatten()));
                }
                assert_eq!(found, expected, "{name} in pieces of {length}");
                assert!(list.buffer.len() <= MAX_LINE_BYTES, "{name}");
            }
        }
    }
}

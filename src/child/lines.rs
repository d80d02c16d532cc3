//! Cuts a child's standard error into lines, however it was cut by its writes and our reads. Pure.
//!
//! A line ends with a line feed or a carriage return, which programs use to overwrite a line. A line that is too long is cut
//! behind a word: half a word may be half a password, which nobody recognises.

/// Longest line; of a longer one the rest is dropped.
const LINE_BYTES: usize = 4096;

/// Collects bytes until a line is complete.
#[derive(Default)]
pub(super) struct Lines {
    line: Vec<u8>,
    /// The rest of this line is dropped.
    is_full: bool,
}

impl Lines {
    /// Gives `bytes`, and every line that is complete then to `on_line`, without blanks around it; empty ones are left out.
    pub(super) fn push(&mut self, bytes: &[u8], mut on_line: impl FnMut(&str)) {
        let mut rest = bytes;
        while let Some(end) = rest.iter().position(|byte| matches!(byte, b'\n' | b'\r')) {
            self.add(&rest[..end]);
            self.finish(&mut on_line);
            rest = &rest[end + 1..];
        }
        self.add(rest);
    }

    /// The line that has no end when the child's output has.
    pub(super) fn finish(&mut self, mut on_line: impl FnMut(&str)) {
        let text = String::from_utf8_lossy(&self.line);
        let mut line = text.trim();
        if self.is_full {
            line = text.rfind(char::is_whitespace).map_or("", |end| text[..end].trim());
        }
        if !line.is_empty() {
            on_line(line);
        }
        self.line.clear();
        self.is_full = false;
    }

    fn add(&mut self, bytes: &[u8]) {
        let room = LINE_BYTES - self.line.len();
        self.is_full |= bytes.len() > room;
        self.line.extend_from_slice(&bytes[..bytes.len().min(room)]);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(parts: &[&[u8]]) -> Vec<String> {
        let (mut lines, mut found) = (Lines::default(), Vec::new());
        for part in parts {
            lines.push(part, |line| found.push(line.to_owned()));
        }
        lines.finish(|line| found.push(line.to_owned()));
        found
    }

    #[test]
    fn lines_are_the_same_wherever_they_are_cut() {
        let bytes = "first\r\n\n  K\u{fc}che \rframe=1\rframe=2\n last".as_bytes();
        let bytes = [bytes, b"\xff\xc3"].concat();
        let expected = ["first", "K\u{fc}che", "frame=1", "frame=2", "last\u{fffd}\u{fffd}"];
        for cut in 0..=bytes.len() {
            assert_eq!(lines(&[&bytes[..cut], &bytes[cut..]]), expected, "cut at {cut}");
        }
    }

    #[test]
    fn a_line_that_is_too_long_is_cut_behind_a_word() {
        let words = "word ".repeat(LINE_BYTES / 5);
        let table = [
            (format!("{words}rtsp://a:secret@host\nnext"), vec![words.trim().to_owned(), "next".to_owned()]),
            ("x".repeat(3 * LINE_BYTES) + "\nnext", vec!["next".to_owned()]),
            ("x".repeat(LINE_BYTES) + "\nnext", vec!["x".repeat(LINE_BYTES), "next".to_owned()]),
        ];
        for (text, expected) in table {
            for size in [1, 7, 1000, text.len()] {
                assert_eq!(
                    lines(&text.as_bytes().chunks(size).collect::<Vec<_>>()),
                    expected,
                    "{size} at once"
                );
            }
        }
    }
}

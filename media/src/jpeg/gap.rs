//! What stands between two pictures: nothing, padding, or the boundary and the headers of a part.
//!
//! ```text
//! HTTP/1.1 200 OK … CRLF CRLF          an HTTP response in front, if any
//! --frame CRLF                         a boundary, with or without dashes
//! Content-Length: 720 CRLF CRLF        headers, any or none
//! ```
//! As browsers read it, a part is one picture: its first. What else stands in it is a preview. Nothing depends on the part's
//! type, and its length is only used where a picture does not say where it ends.

/// Bytes in front of a picture that are looked at.
pub(super) const MAX_GAP_BYTES: usize = 16 << 10;
/// Longest boundary (RFC 2046 allows 70, and servers do not count).
const MAX_BOUNDARY_BYTES: usize = 256;
/// Pictures in one part; with more it is no part, and all are shown.
const MAX_EXTRA_PICTURES: u32 = 8;

/// What is known of the parts of a stream.
#[derive(Debug, Default)]
pub(super) struct Parts {
    /// The line that separates them, behind its line break.
    boundary: Option<Vec<u8>>,
    /// Whether there are parts.
    is_multipart: bool,
    /// Pictures since the last headers.
    extra: u32,
}

/// What a gap says about the picture behind it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Begin {
    /// It is not the first of its part.
    pub(super) is_extra: bool,
    /// Its bytes, as its part says.
    pub(super) length: Option<usize>,
}

impl Parts {
    /// Takes what stands in front of a picture. All of it that counts is its last [`MAX_GAP_BYTES`].
    pub(super) fn gap(&mut self, gap: &[u8]) -> Begin {
        let gap = &gap[gap.len().saturating_sub(MAX_GAP_BYTES)..];
        let is_header = self.is_header(gap);
        if is_header {
            (self.is_multipart, self.extra) = (true, 0);
            if let Some(line) = boundary_line(gap) {
                self.boundary = Some([b"\n", line].concat());
            }
            return Begin { is_extra: false, length: content_length(gap) };
        }
        if !self.is_multipart {
            return Begin::default();
        }
        self.extra += 1;
        if self.extra > MAX_EXTRA_PICTURES {
            *self = Self::default();
        }
        Begin { is_extra: self.is_multipart, length: None }
    }

    fn is_header(&self, gap: &[u8]) -> bool {
        let is_known = |line: &[u8]| gap.starts_with(&line[1..]) || memchr::memmem::find(gap, line).is_some();
        self.boundary.as_deref().is_some_and(is_known)
            || boundary_line(gap).is_some()
            // An HTTP response's head alone may stand in front of pictures that are no parts.
            || (header(gap, b"content-").is_some() && !gap.starts_with(b"HTTP/"))
    }

    /// Where the line break in front of the boundary stands in `bytes`.
    pub(super) fn boundary_in(&self, bytes: &[u8]) -> Option<usize> {
        let at = memchr::memmem::find(bytes, self.boundary.as_deref()?)?;
        Some(if at > 0 && bytes[at - 1] == b'\r' { at - 1 } else { at })
    }
}

/// The text at the end of `gap`.
fn text(gap: &[u8]) -> &[u8] {
    let is_text = |byte: &u8| matches!(byte, b' '..=b'~' | b'\r' | b'\n' | b'\t');
    let count = gap.iter().rev().take_while(|byte| is_text(byte)).count();
    &gap[gap.len() - count..]
}

/// The last line without a colon in the headers in front of a picture, which a boundary is.
fn boundary_line(gap: &[u8]) -> Option<&[u8]> {
    let text = text(gap);
    if !text.ends_with(b"\n\r\n") && !text.ends_with(b"\n\n") {
        return None;
    }
    let is_all = text.len() == gap.len();
    let mut has_header = false;
    for line in text.split(|byte| *byte == b'\n').rev().map(<[u8]>::trim_ascii) {
        if line.contains(&b':') {
            has_header = true;
        } else if (2..=MAX_BOUNDARY_BYTES).contains(&line.len()) && !line.starts_with(b"HTTP/") {
            // Padding may be text by chance.
            return (is_all || has_header || line.starts_with(b"--")).then_some(line);
        }
    }
    None
}

/// What follows the last header that begins with `name`, which is in small letters.
fn header<'a>(gap: &'a [u8], name: &[u8]) -> Option<&'a [u8]> {
    let begins = |at: &usize| gap[*at..*at + name.len()].eq_ignore_ascii_case(name);
    let at = (0..(gap.len() + 1).saturating_sub(name.len())).rev().find(begins)?;
    Some(&gap[at + name.len()..])
}

/// The length that the headers give to the bytes behind this gap.
fn content_length(gap: &[u8]) -> Option<usize> {
    let value = header(gap, b"content-length:")?.trim_ascii_start();
    let digits = value.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let length: usize = std::str::from_utf8(&value[..digits]).ok()?.parse().ok()?;
    // What stands between the headers and the picture belongs to the part.
    let ends = [b"\n\r\n".as_slice(), b"\n\n"];
    let stray =
        ends.iter().filter_map(|end| Some(value.len() - memchr::memmem::find(value, end)? - end.len()));
    length.checked_sub(stray.min()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gaps() {
        let first = |length| Begin { is_extra: false, length };
        let extra = Begin { is_extra: true, length: None };
        let header = "--frame\r\nContent-Type: image/jpeg\r\n";
        let with_length = format!("\r\n{header}Content-Length: 720\r\n\r\n");
        let response = "HTTP/1.1 200 OK\r\nContent-Type: video/x-motion-jpeg\r\n\r\n";
        let table: [(&str, Vec<&str>, Vec<Begin>); 10] = [
            ("bare", vec!["", "", "\0\0\0"], vec![first(None); 3]),
            ("padding that is text", vec!["", "xxxxxxxx", "\0xx\n\n", ""], vec![first(None); 4]),
            ("parts", vec![&with_length, &with_length], vec![first(Some(720)); 2]),
            (
                "a preview",
                vec![&with_length, "", "\0\n\n", &with_length],
                vec![first(Some(720)), extra, extra, first(Some(720))],
            ),
            (
                "no headers",
                vec!["--frame\r\n\r\n", "\r\n--frame\r\n\r\n", ""],
                vec![first(None), first(None), extra],
            ),
            ("line feeds alone", vec!["--x\nCONTENT-LENGTH:9\n\n", ""], vec![first(Some(9)), extra]),
            ("a response, then bare", vec![response, "", ""], vec![first(None); 3]),
            (
                "one boundary, then bare",
                [vec!["--frame\r\n\r\n"], vec![""; 10]].concat(),
                [vec![first(None)], vec![extra; 8], vec![first(None); 2]].concat(),
            ),
            ("no dashes", vec!["frame\r\nA: b\r\n\r\n", "frame\r\nA: b\r\n\r\n"], vec![first(None); 2]),
            (
                "stray bytes behind headers",
                vec!["--x\r\nContent-Length: 9\r\n\r\n\r\n"],
                vec![first(Some(7))],
            ),
        ];
        for (name, gaps, expected) in table {
            let mut parts = Parts::default();
            let begins: Vec<_> = gaps.iter().map(|gap| parts.gap(gap.as_bytes())).collect();
            assert_eq!(begins, expected, "{name}");
        }
    }
}

//! What stands in place of a credential, and percent-encoding (RFC 3986, 2.1).

/// What stands in place of a credential.
pub(super) const MASK: &str = "***";

/// The length of `plain`, or of its percent-encoding `hex` however often it was encoded, at the start of `text`.
pub(super) fn encoded(text: &str, plain: char, hex: &str) -> Option<usize> {
    if text.starts_with(plain) {
        return Some(plain.len_utf8());
    }
    let mut rest = text.strip_prefix('%')?;
    while let Some(deeper) = rest.strip_prefix("25") {
        rest = deeper;
    }
    let found = rest.get(..hex.len()).is_some_and(|digits| digits.eq_ignore_ascii_case(hex));
    found.then(|| text.len() - rest.len() + hex.len())
}

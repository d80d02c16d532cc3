//! Four letters that name the layout of a picture or of coded bytes.

use std::fmt;

/// A format's four letters, the first in the lowest byte.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct FourCc(pub(crate) u32);

impl FourCc {
    /// The format with these letters.
    #[must_use]
    pub(crate) const fn new(letters: &[u8; 4]) -> Self {
        Self(u32::from_le_bytes(*letters))
    }
}

impl fmt::Display for FourCc {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The highest bit of the last letter says "big endian" and is no part of it.
        let letters = (self.0 & 0x7fff_ffff).to_le_bytes();
        if letters.iter().all(|letter| (b' '..=b'~').contains(letter)) {
            out.write_str(String::from_utf8_lossy(&letters).trim_end())
        } else {
            write!(out, "0x{:08x}", self.0)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn four_letters_are_written_as_letters() {
        let table = [
            (FourCc::new(b"YUYV"), "YUYV"),
            (FourCc::new(b"Y16 "), "Y16"),
            (FourCc(0x5659_5559), "YUYV"),
            (FourCc(FourCc::new(b"Y16 ").0 | 1 << 31), "Y16"),
            (FourCc(7), "0x00000007"),
        ];
        for (format, text) in table {
            assert_eq!(format.to_string(), text);
        }
    }
}

//! Bits, most significant first: fixed-length fields and Exp-Golomb codes (H.264 sections 7.2 and 9.1).
//!
//! ```text
//! bytes without emulation prevention ─► BitReader ─► u(n), ue(v), se(v), or BitError at the end
//! ```
//! Nothing here knows what the bits mean; a reader never goes past the last byte.

/// Why no more bits can be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BitError {
    /// The bytes end inside the field.
    #[error("ends inside a field, after {0} bits")]
    End(usize),
    /// An Exp-Golomb code of more than 32 bits.
    #[error("holds an impossible Exp-Golomb code at bit {0}")]
    Golomb(usize),
}

/// Reads bits from the front of a byte slice.
#[derive(Clone, Debug)]
pub struct BitReader<'a> {
    bytes: &'a [u8],
    position: usize,
}

impl<'a> BitReader<'a> {
    /// A reader at the first bit of `bytes`.
    #[must_use]
    pub const fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, position: 0 }
    }

    /// Bits read so far.
    #[must_use]
    pub const fn position(&self) -> usize {
        self.position
    }

    /// One bit.
    ///
    /// # Errors
    /// At the end of the bytes.
    pub fn flag(&mut self) -> Result<bool, BitError> {
        let byte = self.bytes.get(self.position / 8).ok_or(BitError::End(self.position))?;
        let bit = byte >> (7 - self.position % 8) & 1;
        self.position += 1;
        Ok(bit == 1)
    }

    /// `count` bits as a number, u(n); `count` is at most 32.
    ///
    /// # Errors
    /// At the end of the bytes.
    pub fn bits(&mut self, count: u32) -> Result<u32, BitError> {
        debug_assert!(count <= 32, "u(n) holds 32 bits at most");
        let mut value = 0u32;
        for _ in 0..count {
            value = value << 1 | u32::from(self.flag()?);
        }
        Ok(value)
    }

    /// Eight bits.
    ///
    /// # Errors
    /// At the end of the bytes.
    pub fn byte(&mut self) -> Result<u8, BitError> {
        let mut value = 0u8;
        for _ in 0..8 {
            value = value << 1 | u8::from(self.flag()?);
        }
        Ok(value)
    }

    /// An unsigned Exp-Golomb code, ue(v).
    ///
    /// # Errors
    /// At the end of the bytes, or when the code is longer than the standard allows.
    pub fn ue(&mut self) -> Result<u32, BitError> {
        let start = self.position;
        let mut zeros = 0u32;
        while !self.flag()? {
            zeros += 1;
            if zeros > 31 {
                return Err(BitError::Golomb(start));
            }
        }
        // At most 2^32 - 2: 31 ones above 31 bits.
        let base = (1u32 << zeros) - 1;
        Ok(base + self.bits(zeros)?)
    }

    /// A signed Exp-Golomb code, se(v).
    ///
    /// # Errors
    /// As [`ue`](Self::ue).
    pub fn se(&mut self) -> Result<i32, BitError> {
        let code = self.ue()?;
        // 1, 2, 3, 4 … stand for 1, -1, 2, -2 …; half of a u32 always fits.
        let half = i32::try_from(code / 2).unwrap_or(i32::MAX);
        Ok(if code % 2 == 1 { half + 1 } else { -half })
    }

    /// Whether all that follows is the stop bit and zeros (rbsp_trailing_bits, section 7.3.2.11).
    #[must_use]
    pub fn is_at_trailing_bits(&self) -> bool {
        let mut rest = self.clone();
        if rest.flag() != Ok(true) {
            return false;
        }
        loop {
            match rest.flag() {
                Ok(false) => {}
                Ok(true) => return false,
                Err(_) => return true,
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unsigned_golomb_codes() {
        let table: [(&[u8], u32); 6] = [
            (&[0b1000_0000], 0),
            (&[0b0100_0000], 1),
            (&[0b0110_0000], 2),
            (&[0b0010_0000], 3),
            (&[0b0001_0010], 8),
            (&[0, 0, 0, 1, 0xff, 0xff, 0xff, 0xfe], u32::MAX - 1),
        ];
        for (bytes, value) in table {
            assert_eq!(BitReader::new(bytes).ue(), Ok(value), "{bytes:?}");
        }
    }

    #[test]
    fn signed_golomb_codes() {
        let table: [(&[u8], i32); 4] =
            [(&[0b1000_0000], 0), (&[0b0100_0000], 1), (&[0b0110_0000], -1), (&[0b0010_0000], 2)];
        for (bytes, value) in table {
            assert_eq!(BitReader::new(bytes).se(), Ok(value), "{bytes:?}");
        }
        let largest = [0, 0, 0, 1, 0xff, 0xff, 0xff, 0xfe];
        assert_eq!(BitReader::new(&largest).se(), Ok(-i32::MAX));
    }

    #[test]
    fn the_end_is_an_error() {
        assert_eq!(BitReader::new(&[]).flag(), Err(BitError::End(0)));
        assert_eq!(BitReader::new(&[0xff]).bits(9), Err(BitError::End(8)));
        assert_eq!(BitReader::new(&[0; 9]).ue(), Err(BitError::Golomb(0)));
    }

    #[test]
    fn trailing_bits() {
        let table: [(&str, &[u8], u32, bool); 4] = [
            ("stop bit and zeros", &[0b1010_0000], 2, true),
            ("no stop bit", &[0b1000_0000], 2, false),
            ("another one", &[0b1010_0001], 2, false),
            ("nothing left", &[0xff], 8, false),
        ];
        for (name, bytes, skip, expected) in table {
            let mut reader = BitReader::new(bytes);
            reader.bits(skip).expect("there");
            assert_eq!(reader.is_at_trailing_bits(), expected, "{name}");
        }
    }
}

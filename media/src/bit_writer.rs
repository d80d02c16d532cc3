//! Writes bits, most significant first.

/// Bits behind whole bytes.
#[derive(Debug, Default)]
pub struct BitWriter {
    bytes: Vec<u8>,
    /// The last bits that were put, those that are no whole byte yet at the end.
    pending: u64,
    pending_bits: u32,
}

impl BitWriter {
    /// Nothing yet, with room for so many bytes.
    #[must_use]
    pub fn with_capacity(bytes: usize) -> Self {
        Self { bytes: Vec::with_capacity(bytes), ..Self::default() }
    }

    /// The lowest `count` bits of `value`; at most 32.
    pub fn put(&mut self, value: u32, count: u32) {
        debug_assert!(count <= 32 && u64::from(value) >> count == 0, "{value} in {count} bits");
        self.pending = self.pending << count | u64::from(value);
        self.pending_bits += count;
        while self.pending_bits >= 8 {
            self.pending_bits -= 8;
            // The lowest eight of what is shifted down.
            self.bytes.push((self.pending >> self.pending_bits) as u8);
        }
    }

    /// Fills the last byte up with zeros.
    pub fn align(&mut self) {
        self.put(0, (8 - self.pending_bits) % 8);
    }

    /// What was written; bits behind the last whole byte are filled up with zeros.
    #[must_use]
    pub fn into_bytes(mut self) -> Vec<u8> {
        self.align();
        self.bytes
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bits::BitReader;

    #[test]
    fn what_is_written_is_read() {
        let fields = [(1, 1), (0, 3), (0x2a5, 10), (0xffff_ffff, 32), (0, 32), (5, 3), (0x12345, 17)];
        let mut writer = BitWriter::with_capacity(16);
        fields.iter().for_each(|(value, count)| writer.put(*value, *count));
        let bytes = writer.into_bytes();
        let mut reader = BitReader::new(&bytes);
        for (value, count) in fields {
            assert_eq!(reader.bits(count), Ok(value));
        }
    }

    #[test]
    fn bytes_are_filled_up_with_zeros() {
        type Row = (&'static [(u32, u32)], &'static [u8]);
        let table: [Row; 4] = [
            (&[], &[]),
            (&[(1, 1)], &[0x80]),
            (&[(0xab, 8)], &[0xab]),
            (&[(0xab, 8), (3, 2)], &[0xab, 0xc0]),
        ];
        for (fields, expected) in table {
            let mut writer = BitWriter::default();
            fields.iter().for_each(|(value, count)| writer.put(*value, *count));
            writer.align();
            assert_eq!(writer.into_bytes(), expected);
        }
    }
}

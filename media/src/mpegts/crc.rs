//! The checksum of a section: CRC-32 with polynomial 04C11DB7, most significant bit first (ISO/IEC 13818-1 annex A).
//!
//! Over a section with its checksum it is 0.

/// The checksum of `bytes`. Sections are short and rare, so it goes bit by bit.
#[must_use]
pub(super) const fn crc(bytes: &[u8]) -> u32 {
    let mut crc = u32::MAX;
    let mut at = 0;
    while at < bytes.len() {
        crc ^= (bytes[at] as u32) << 24;
        let mut bit = 0;
        while bit < 8 {
            crc = if crc & 1 << 31 == 0 { crc << 1 } else { crc << 1 ^ 0x04c1_1db7 };
            bit += 1;
        }
        at += 1;
    }
    crc
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_check_value_of_the_catalogue() {
        assert_eq!(crc(b"123456789"), 0x0376_e6e7);
    }
}

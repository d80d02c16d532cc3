//! NAL units: the header byte, and the payload without emulation prevention (H.264 section 7.3.1).
//!
//! ```text
//! | 0 | ref_idc:2 | type:5 |  payload, 00 00 03 wherever 00 00 00..03 would stand
//! ```
//! A unit is kept as it came; what a type means is left to the assembler and the parsers.

use std::borrow::Cow;

use bytes::Bytes;

/// What a NAL unit holds (table 7-1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum NalUnitType {
    /// 1: slice of a picture that is not an IDR picture.
    Slice,
    /// 2: slice data partition A, with the slice's header.
    PartitionA,
    /// 3 or 4: slice data partition B or C.
    PartitionBOrC,
    /// 5: slice of an IDR picture.
    Idr,
    /// 6: supplemental enhancement information.
    Sei,
    /// 7: sequence parameter set.
    Sps,
    /// 8: picture parameter set.
    Pps,
    /// 9: access unit delimiter.
    Aud,
    /// 10: end of sequence.
    EndOfSequence,
    /// 11: end of stream.
    EndOfStream,
    /// 12: filler.
    Filler,
    /// 14: prefix of the slice that follows it (scalable and multiview streams).
    Prefix,
    /// Any other.
    Other(u8),
}

impl NalUnitType {
    /// The type in the low five bits of a header byte.
    #[must_use]
    pub const fn from_header(byte: u8) -> Self {
        match byte & 0x1f {
            1 => Self::Slice,
            2 => Self::PartitionA,
            3 | 4 => Self::PartitionBOrC,
            5 => Self::Idr,
            6 => Self::Sei,
            7 => Self::Sps,
            8 => Self::Pps,
            9 => Self::Aud,
            10 => Self::EndOfSequence,
            11 => Self::EndOfStream,
            12 => Self::Filler,
            14 => Self::Prefix,
            other => Self::Other(other),
        }
    }

    /// Whether it begins with a slice header of the primary picture.
    #[must_use]
    pub const fn has_slice_header(self) -> bool {
        matches!(self, Self::Slice | Self::PartitionA | Self::Idr)
    }
}

/// Why bytes are not a NAL unit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NalError {
    /// No byte at all.
    #[error("NAL unit is empty")]
    Empty,
    /// The first bit, which is always zero, is one.
    #[error("NAL unit begins with the forbidden bit (header byte {0:#04x})")]
    ForbiddenBit(u8),
}

/// One NAL unit, without start code.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NalUnit {
    bytes: Bytes,
}

impl NalUnit {
    /// The unit `bytes`, which begin with its header byte.
    ///
    /// # Errors
    /// When there is no header byte, or its forbidden bit is set.
    pub fn new(bytes: Bytes) -> Result<Self, NalError> {
        match bytes.first() {
            None => Err(NalError::Empty),
            Some(&header) if header & 0x80 != 0 => Err(NalError::ForbiddenBit(header)),
            Some(_) => Ok(Self { bytes }),
        }
    }

    /// Header and payload, as they came.
    #[must_use]
    pub const fn bytes(&self) -> &Bytes {
        &self.bytes
    }

    /// What it holds.
    #[must_use]
    pub fn unit_type(&self) -> NalUnitType {
        NalUnitType::from_header(self.bytes[0])
    }

    /// nal_ref_idc, 0 to 3; 0 when no other picture is predicted from it.
    #[must_use]
    pub fn ref_idc(&self) -> u8 {
        self.bytes[0] >> 5 & 3
    }

    /// Whether first_mb_in_slice of a unit with a slice header is 0: its one-bit code is `1`.
    #[must_use]
    pub fn is_first_slice(&self) -> bool {
        self.bytes.get(1).is_some_and(|byte| byte & 0x80 != 0)
    }
}

/// The payload of the NAL unit `unit` without its header byte and without emulation prevention bytes, at most
/// the first `limit` bytes of it.
#[must_use]
pub fn rbsp(unit: &[u8], limit: usize) -> Cow<'_, [u8]> {
    let payload = unit.get(1..).unwrap_or_default();
    // Enough for `limit` bytes even when every third is an emulation prevention byte.
    let payload = &payload[..payload.len().min(limit.saturating_mul(3) / 2 + 2)];
    let Some(first) = memchr::memmem::find(payload, &[0, 0, 3]) else {
        return Cow::Borrowed(&payload[..payload.len().min(limit)]);
    };
    let mut out = Vec::with_capacity(payload.len().min(limit + 2));
    out.extend_from_slice(&payload[..first]);
    let mut zeros = 0;
    for &byte in &payload[first..] {
        if out.len() >= limit {
            break;
        }
        if zeros >= 2 && byte == 3 {
            zeros = 0;
            continue;
        }
        zeros = if byte == 0 { zeros + 1 } else { 0 };
        out.push(byte);
    }
    out.truncate(limit);
    Cow::Owned(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn header_bytes() {
        let table = [
            (0x67, NalUnitType::Sps, 3),
            (0x68, NalUnitType::Pps, 3),
            (0x65, NalUnitType::Idr, 3),
            (0x41, NalUnitType::Slice, 2),
            (0x01, NalUnitType::Slice, 0),
            (0x06, NalUnitType::Sei, 0),
            (0x09, NalUnitType::Aud, 0),
            (0x6e, NalUnitType::Prefix, 3),
            (0x14, NalUnitType::Other(20), 0),
        ];
        for (byte, unit_type, ref_idc) in table {
            let unit = NalUnit::new(Bytes::from(vec![byte])).expect("valid");
            assert_eq!((unit.unit_type(), unit.ref_idc()), (unit_type, ref_idc), "{byte:#x}");
        }
    }

    #[test]
    fn refused() {
        assert_eq!(NalUnit::new(Bytes::new()), Err(NalError::Empty));
        assert_eq!(NalUnit::new(Bytes::from_static(&[0xe5])), Err(NalError::ForbiddenBit(0xe5)));
    }

    #[test]
    fn emulation_prevention() {
        let table: [(&str, &[u8], usize, &[u8]); 8] = [
            ("no payload", &[0x67], 9, &[]),
            ("empty", &[], 9, &[]),
            ("plain", &[0x67, 1, 2, 3], 9, &[1, 2, 3]),
            ("one", &[0x67, 0, 0, 3, 1], 9, &[0, 0, 1]),
            ("two in a row", &[0x67, 0, 0, 3, 0, 0, 3, 2], 9, &[0, 0, 0, 0, 2]),
            ("only one zero before", &[0x67, 9, 0, 3, 0, 0, 3, 1], 9, &[9, 0, 3, 0, 0, 1]),
            ("at the end", &[0x67, 5, 0, 0, 3], 9, &[5, 0, 0]),
            ("limited", &[0x67, 0, 0, 3, 0, 0, 3, 0, 0, 3, 1], 5, &[0, 0, 0, 0, 0]),
        ];
        for (name, unit, limit, expected) in table {
            assert_eq!(rbsp(unit, limit), expected, "{name}");
        }
    }
}

//! Headers of PES packets (ISO/IEC 13818-1 sections 2.4.3.6 and 2.4.3.7).
//!
//! ```text
//! 00 00 01 stream_id │ length:16 │ flags:16 header length │ [PTS [DTS]] … │ payload
//! ```

/// What stands before the times.
const HEADER_BYTES: usize = 9;
/// Bytes in front of those that the length counts.
const BEFORE_LENGTH: usize = 6;
/// Stream ids of packets that have no such header: maps, padding, private and control data (table 2-22).
const WITHOUT_HEADER: [u8; 8] = [0xbc, 0xbe, 0xbf, 0xf0, 0xf1, 0xf2, 0xf8, 0xff];
/// Bytes that tell whether a payload begins with H.264: zeros, a start code, the header of a NAL unit.
const START_CODE: [u8; 3] = [0, 0, 1];

/// A header, or why there is none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Header {
    /// More must come to tell.
    Incomplete,
    /// It is no PES packet.
    Wrong,
    /// A packet of padding or data that is no video.
    Other,
    /// A packet with a stream, of any id: video in private streams has others than its own.
    Stream(PesHeader),
}

/// What a header says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct PesHeader {
    /// When it is shown: 33 bits of 90 kHz.
    pub(super) pts: Option<i64>,
    /// When it is decoded, in the same bits.
    pub(super) dts: Option<i64>,
    /// Bytes of the header.
    pub(super) bytes: usize,
    /// Bytes of its payload, where that is said and can be.
    pub(super) payload_bytes: Option<usize>,
    pub(super) is_scrambled: bool,
}

impl Header {
    /// Reads the front of a PES packet. Stuffing, marker bits and the rest of the flags do not matter.
    pub(super) fn read(bytes: &[u8]) -> Self {
        let known = bytes.len().min(START_CODE.len());
        if bytes[..known] != START_CODE[..known] {
            return Self::Wrong;
        }
        let Some(stream_id) = bytes.get(3) else { return Self::Incomplete };
        if WITHOUT_HEADER.contains(stream_id) {
            return Self::Other;
        }
        let [_, _, _, _, l1, l0, marks, flags, times_bytes, ..] = *bytes else { return Self::Incomplete };
        let header_bytes = HEADER_BYTES + usize::from(times_bytes);
        let Some(times) = bytes.get(HEADER_BYTES..header_bytes) else { return Self::Incomplete };
        let pts = if flags & 0x80 == 0 { None } else { time(times) };
        let dts = if flags & 0x40 == 0 { None } else { times.get(5..).and_then(time) };
        let length = usize::from(u16::from_be_bytes([l1, l0]));
        Self::Stream(PesHeader {
            pts,
            dts: dts.or(pts),
            bytes: header_bytes,
            payload_bytes: (BEFORE_LENGTH + length).checked_sub(header_bytes).filter(|_| length > 0),
            is_scrambled: marks & 0x30 != 0,
        })
    }
}

/// Whether `unit` begins a PES packet with H.264: with a delimiter or a sequence parameter set.
pub(super) fn begins_h264(unit: &[u8]) -> bool {
    let Header::Stream(header) = Header::read(unit) else { return false };
    let payload = &unit[header.bytes..];
    let zeros = payload.iter().take_while(|byte| **byte == 0).count();
    let is_first = |header: &u8| matches!(header, 0x09 | 0x27 | 0x47 | 0x67);
    zeros >= 2 && payload.get(zeros) == Some(&1) && payload.get(zeros + 1).is_some_and(is_first)
}

/// 33 bits between marker bits.
fn time(bytes: &[u8]) -> Option<i64> {
    let [high, m1, m0, l1, l0, ..] = *bytes else { return None };
    let bits = |pair: [u8; 2]| i64::from(u16::from_be_bytes(pair) >> 1);
    Some(i64::from(high >> 1 & 7) << 30 | bits([m1, m0]) << 15 | bits([l1, l0]))
}

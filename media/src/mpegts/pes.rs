//! PES packets: the payloads of transport packets, put together (ISO/IEC 13818-1 sections 2.4.3.6 and 2.4.3.7).
//!
//! ```text
//! 00 00 01 stream_id │ length:16 │ flags:16 header length │ [PTS [DTS]] … │ payload
//! ```

use bytes::{Buf, Bytes, BytesMut};

use super::VIDEO_STREAM_ID;
use crate::time::Moment;

/// What stands before the times.
const HEADER_BYTES: usize = 9;
/// Bytes in front of what the length counts.
const BEFORE_LENGTH: usize = 6;

/// A PES packet that is being put together.
#[derive(Debug)]
pub(super) struct PesBuffer {
    bytes: BytesMut,
    received_at: Moment,
}

impl PesBuffer {
    /// A packet that begins with `payload`, which came at `received_at`.
    pub(super) fn new(payload: &[u8], received_at: Moment) -> Self {
        Self { bytes: payload.into(), received_at }
    }

    pub(super) fn extend(&mut self, payload: &[u8]) {
        self.bytes.extend_from_slice(payload);
    }

    pub(super) fn len(&self) -> usize {
        self.bytes.len()
    }

    /// Whether all bytes are there; `None` when its length is not said.
    pub(super) fn is_whole(&self) -> Option<bool> {
        let length = usize::from(u16::from_be_bytes([*self.bytes.get(4)?, *self.bytes.get(5)?]));
        (length != 0).then(|| self.bytes.len() >= BEFORE_LENGTH + length)
    }

    /// Takes it apart; `None` when it is no PES packet with video, or is scrambled.
    pub(super) fn finish(self) -> Option<Pes> {
        let mut bytes = self.bytes.freeze();
        let [0, 0, 1, stream_id, l1, l0, marks, flags, header_bytes, ..] = bytes[..] else { return None };
        let is_scrambled = marks & 0x30 != 0;
        if stream_id & 0xf0 != VIDEO_STREAM_ID || marks & 0xc0 != 0x80 || is_scrambled {
            return None;
        }
        let length = usize::from(u16::from_be_bytes([l1, l0]));
        if length != 0 {
            // What is behind it belongs to nothing.
            bytes.truncate(BEFORE_LENGTH + length);
        }
        let header = HEADER_BYTES + usize::from(header_bytes);
        if header > bytes.len() {
            return None;
        }
        let times = &bytes[HEADER_BYTES..header];
        let pts = if flags & 0x80 == 0 { None } else { time(times) };
        let dts = if flags & 0x40 == 0 { None } else { times.get(5..).and_then(time) };
        bytes.advance(header);
        Some(Pes { pts, dts: dts.or(pts), payload: bytes, received_at: self.received_at })
    }
}

/// A PES packet, taken apart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pes {
    /// When it is shown: 33 bits of 90 kHz.
    pub pts: Option<i64>,
    /// When it is decoded, in the same bits.
    pub dts: Option<i64>,
    /// What it carries.
    pub payload: Bytes,
    /// When its first byte came.
    pub received_at: Moment,
}

/// 33 bits between marker bits.
fn time(bytes: &[u8]) -> Option<i64> {
    let [high, m1, m0, l1, l0, ..] = *bytes else { return None };
    let has_markers = high & 1 == 1 && m0 & 1 == 1 && l0 & 1 == 1;
    let bits = |pair: [u8; 2]| i64::from(u16::from_be_bytes(pair) >> 1);
    has_markers.then(|| i64::from(high >> 1 & 7) << 30 | bits([m1, m0]) << 15 | bits([l1, l0]))
}

//! What one receiver's packets have of their own: an SSRC, sequence numbers, and counts for the reports.
//!
//! ```text
//! | V=2 P X CC | M PT | sequence: 2 | time: 4 | SSRC: 4 |        RFC 3550 section 5.1
//! ```
//! Sequence numbers have no holes where frames are skipped: a hole would be a lost packet. Times are those of the frames.

use bytes::Bytes;

use super::{
    clock::{Clock, rtp_time},
    rtcp,
};
use crate::time::{Moment, Timestamp};

/// Bytes of a header.
pub const HEADER_BYTES: usize = 12;
/// Version 2, no padding, no extension, no contributing sources.
const VERSION: u8 = 0x80;
/// The last packet of a frame.
const MARKER: u8 = 0x80;

/// The stream that one receiver gets.
#[derive(Clone, Debug)]
pub struct Sender {
    ssrc: u32,
    payload_type: u8,
    next_sequence: u16,
    packets: u32,
    payload_bytes: u32,
    clock: Option<Clock>,
}

impl Sender {
    /// A stream with this `ssrc`, which is to be random, and whose packets count from `first_sequence` on.
    #[must_use]
    pub const fn new(ssrc: u32, payload_type: u8, first_sequence: u16) -> Self {
        Self { ssrc, payload_type, next_sequence: first_sequence, packets: 0, payload_bytes: 0, clock: None }
    }

    /// Its SSRC.
    #[must_use]
    pub const fn ssrc(&self) -> u32 {
        self.ssrc
    }

    /// The sequence number of the next packet.
    #[must_use]
    pub const fn next_sequence(&self) -> u16 {
        self.next_sequence
    }

    /// A frame shown at `pts` follows, which the camera took at `taken_at`.
    pub const fn begin_frame(&mut self, pts: Timestamp, taken_at: Moment) {
        self.clock = Some(Clock { pts, taken_at });
    }

    /// The header of the next packet, whose payload has so many bytes. The last one of a frame has a marker.
    pub fn header(&mut self, payload_bytes: usize, is_last: bool) -> [u8; HEADER_BYTES] {
        let mut header = [0; HEADER_BYTES];
        header[0] = VERSION;
        header[1] = self.payload_type | if is_last { MARKER } else { 0 };
        header[2..4].copy_from_slice(&self.next_sequence.to_be_bytes());
        let time = self.clock.as_ref().map_or(0, |clock| rtp_time(clock.pts));
        header[4..8].copy_from_slice(&time.to_be_bytes());
        header[8..].copy_from_slice(&self.ssrc.to_be_bytes());
        self.next_sequence = self.next_sequence.wrapping_add(1);
        self.packets = self.packets.wrapping_add(1);
        self.payload_bytes = self.payload_bytes.wrapping_add(payload_bytes as u32);
        header
    }

    /// A report of what was sent until `now`; nothing before the first frame.
    #[must_use]
    pub fn report(&self, now: Moment) -> Option<Bytes> {
        let clock = self.clock.as_ref()?;
        Some(rtcp::sender_report(self.ssrc, clock, now, self.packets, self.payload_bytes))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_header_is_what_the_standard_says() {
        let mut sender = Sender::new(0x0102_0304, 96, 0xffff);
        sender.begin_frame(Timestamp::video(0x1_0000_0010), Moment::default());
        assert_eq!(sender.header(7, false), [0x80, 96, 0xff, 0xff, 0, 0, 0, 0x10, 1, 2, 3, 4]);
        assert_eq!(sender.header(7, true), [0x80, 0x80 | 96, 0, 0, 0, 0, 0, 0x10, 1, 2, 3, 4]);
        assert_eq!(sender.next_sequence(), 1);
    }
}

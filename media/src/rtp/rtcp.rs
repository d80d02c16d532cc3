//! Reports of a sender (RFC 3550 section 6): which wall-clock time an RTP time is, and how much was sent.
//!
//! ```text
//! SR   | V=2 | 200 | length | SSRC | NTP time: 8 | RTP time: 4 | packets: 4 | bytes: 4 |       section 6.4.1
//! SDES | V=2 | 202 | length | SSRC | CNAME "lenscast" | 0 … |                                 section 6.5
//! ```
//! The reports of receivers are not read: a connection loses nothing.

use bytes::{BufMut, Bytes, BytesMut};

use super::clock::Clock;
use crate::time::Moment;

const SENDER_REPORT: u8 = 200;
const DESCRIPTION: u8 = 202;
const VERSION: u8 = 0x80;
/// Item of a description: the name that all streams of a sender share.
const CNAME: u8 = 1;
const NAME: &[u8] = b"lenscast";
/// Seconds from 1900, where NTP begins, to 1970.
const NTP_OFFSET_S: u64 = 2_208_988_800;

/// A sender report and a description, in one packet as they have to be.
pub(super) fn sender_report(
    ssrc: u32,
    clock: &Clock,
    now: Moment,
    packets: u32,
    payload_bytes: u32,
) -> Bytes {
    let mut out = BytesMut::with_capacity(48);
    header(&mut out, 0, SENDER_REPORT, 6);
    out.put_u32(ssrc);
    let (seconds, micros) = (now.as_micros() / 1_000_000, now.as_micros() % 1_000_000);
    out.put_u32((seconds + NTP_OFFSET_S) as u32);
    out.put_u32(((micros << 32) / 1_000_000) as u32);
    out.put_u32(clock.rtp_time_at(now));
    out.put_u32(packets);
    out.put_u32(payload_bytes);
    // The item is followed by one to four zeros, up to a whole word.
    let item_bytes = 2 + NAME.len();
    let padded = (item_bytes / 4 + 1) * 4;
    header(&mut out, 1, DESCRIPTION, (1 + padded / 4) as u16);
    out.put_u32(ssrc);
    out.put_u8(CNAME);
    out.put_u8(NAME.len() as u8);
    out.put_slice(NAME);
    out.put_bytes(0, padded - item_bytes);
    out.freeze()
}

fn header(out: &mut BytesMut, count: u8, kind: u8, words: u16) {
    out.put_u8(VERSION | count);
    out.put_u8(kind);
    out.put_u16(words);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::Timestamp;

    #[test]
    fn a_report_says_which_time_it_is() {
        let clock = Clock { pts: Timestamp::video(90_000), taken_at: Moment::from_micros(10_000_000) };
        let report = sender_report(7, &clock, Moment::from_micros(11_500_000), 3, 4_000);
        let expected: [&[u8]; 3] = [
            &[0x80, 200, 0, 6, 0, 0, 0, 7, 0x83, 0xaa, 0x7e, 0x80 + 11, 0x80, 0, 0, 0],
            &[0, 3, 0x6e, 0xe8, 0, 0, 0, 3, 0, 0, 0x0f, 0xa0],
            &[0x81, 202, 0, 4, 0, 0, 0, 7, 1, 8, b'l', b'e', b'n', b's', b'c', b'a', b's', b't', 0, 0],
        ];
        assert_eq!(report, expected.concat());
    }
}

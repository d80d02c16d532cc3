//! Supplemental enhancement information: of its messages, the recovery point (H.264 sections 7.3.2.3.1 and D.1.8).
//!
//! ```text
//! | type: FF … last | size: FF … last | payload |  again, until the stop bit
//! ```
//! The recovery point says that a decoder that begins here shows whole pictures after so many more.

use super::nal::rbsp;
use crate::bits::BitReader;

/// Bytes of a unit that are looked at: encoders put their settings in front, x264 about 700 bytes.
const MAX_SEI_BYTES: usize = 8 << 10;
/// payloadType of the recovery point.
const RECOVERY_POINT: u32 = 6;
/// Most that recovery_frame_cnt can be: the largest frame_num.
const MAX_RECOVERY_FRAMES: u32 = 1 << 16;

/// recovery_frame_cnt of the recovery point in `unit`, a NAL unit with SEI: reference frames from this one until the
/// pictures are whole.
#[must_use]
pub fn recovery_point(unit: &[u8]) -> Option<u32> {
    let payload = rbsp(unit, MAX_SEI_BYTES);
    let mut rest = &payload[..];
    // One byte is left where only the stop bit is.
    while rest.len() > 1 {
        let message_type = number(&mut rest)?;
        let size = usize::try_from(number(&mut rest)?).ok()?;
        let message = rest.get(..size.min(rest.len()))?;
        if message_type == RECOVERY_POINT {
            return BitReader::new(message).ue().ok().filter(|count| *count < MAX_RECOVERY_FRAMES);
        }
        rest = rest.get(size..)?;
    }
    None
}

/// A recovery point at which the pictures are whole at once, as a NAL unit: recovery_frame_cnt 0, exact_match_flag 0,
/// broken_link_flag 0, changing_slice_group_idc 0.
pub const RECOVERED_AT_ONCE: [u8; 5] = [0x06, 0x06, 0x01, 0b1000_0100, 0x80];

/// A number as type and size are coded: each FF adds 255.
fn number(rest: &mut &[u8]) -> Option<u32> {
    let mut number = 0u32;
    loop {
        let (&byte, behind) = rest.split_first()?;
        *rest = behind;
        number = number.checked_add(byte.into())?;
        if byte != 0xff {
            return Some(number);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_recovery_point_is_found() {
        let long = [&[0x06, 5, 255, 45][..], &[7; 300], &[6, 1, 0x84, 0x80]].concat();
        let table: [(&str, &[u8], Option<u32>); 10] = [
            ("at once", &RECOVERED_AT_ONCE, Some(0)),
            // 0000 1101 1: 26; then exact match.
            ("x264's, after 26 frames", &[0x06, 6, 2, 0b0000_1101, 0b1110_0100, 0x80], Some(26)),
            ("behind a buffering period", &[0x06, 0, 2, 0xaa, 0x55, 6, 1, 0x84, 0x80], Some(0)),
            ("behind long user data", &long, Some(0)),
            ("user data only", &[0x06, 5, 2, 0x84, 0x84, 0x80], None),
            ("cut in its size", &[0x06, 6], None),
            ("cut in its payload", &[0x06, 6, 4, 0x84], Some(0)),
            ("no payload", &[0x06, 6, 0, 0x80], None),
            ("endless type", &[0x06, 0xff, 0xff, 0xff, 0xff], None),
            ("nothing", &[0x06], None),
        ];
        for (name, unit, expected) in table {
            assert_eq!(recovery_point(unit), expected, "{name}");
        }
    }
}

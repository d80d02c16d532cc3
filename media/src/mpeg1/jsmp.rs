//! What the old jsmpeg player (jsmpg.js, as in pistreaming) gets over a WebSocket, cut in such a way that it shows each
//! picture at once.
//!
//! ```text
//! "jsmp" width height │ B3 … B8 … 00 … slices │ 00 00 01 00 │ … slices 00 00 01 00 │ … slices 00 00 01 00
//!   greeting            first picture           start code     picture 2             picture 3
//! ```
//! The player schedules a picture when the next start code of a picture comes in a later message, one picture a message.
//! So each message but the first ends with the start code of the next picture, and begins behind its own. Headers cannot
//! stand between the two: the player reads none but those at the beginning, so later ones are left out. It takes the size
//! from the greeting and keeps it for its whole life.

use bytes::{BufMut, Bytes, BytesMut};
use memchr::memmem;

use super::start_code;

/// What every connection begins with.
const MAGIC: [u8; 4] = *b"jsmp";
/// What each message leaves in front of the next.
pub const PICTURE_START_CODE: [u8; 4] = [0, 0, 1, start_code::PICTURE];

/// The message in front of all: the size of the picture.
#[must_use]
pub fn greeting(width: u32, height: u32) -> Bytes {
    let side = |pixels: u32| u16::try_from(pixels).unwrap_or(u16::MAX);
    let mut out = BytesMut::with_capacity(8);
    out.put_slice(&MAGIC);
    out.put_u16(side(width));
    out.put_u16(side(height));
    out.freeze()
}

/// A picture without its headers and its start code, to be followed by [`PICTURE_START_CODE`]; empty if there is none.
#[must_use]
pub fn behind_start_code(picture: &[u8]) -> &[u8] {
    let at = memmem::find(picture, &PICTURE_START_CODE);
    at.map_or(&[], |at| &picture[at + PICTURE_START_CODE.len()..])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_greeting_says_the_size() {
        assert_eq!(greeting(640, 480)[..], *b"jsmp\x02\x80\x01\xe0");
        assert_eq!(greeting(4094, 70_000)[4..], [0x0f, 0xfe, 0xff, 0xff]);
    }

    #[test]
    fn headers_and_the_start_code_are_left_out() {
        let table: [(&[u8], &[u8]); 4] = [
            (
                b"\0\0\x01\xb3size\0\0\x01\xb8time\0\0\x01\0picture\0\0\x01\x01slice",
                b"picture\0\0\x01\x01slice",
            ),
            (b"\0\0\x01\0picture", b"picture"),
            (b"\0\0\x01\xb3size", b""),
            (b"", b""),
        ];
        for (picture, expected) in table {
            assert_eq!(behind_start_code(picture), expected);
        }
    }
}

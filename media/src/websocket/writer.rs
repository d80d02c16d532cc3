//! Frames from the server: whole messages, unmasked.

use bytes::{BufMut, Bytes, BytesMut};

use super::{MAX_CONTROL_BYTES, Opcode};

/// Length of the longest header.
pub const MAX_HEADER_BYTES: usize = 10;

const FINAL: u8 = 0x80;

/// Writes the header of a whole message of `length` bytes.
pub fn header(out: &mut impl BufMut, opcode: Opcode, length: usize) {
    out.put_u8(FINAL | opcode.bits());
    if let Some(short) = u8::try_from(length).ok().filter(|short| *short < 126) {
        out.put_u8(short);
    } else if let Ok(medium) = u16::try_from(length) {
        out.put_u8(126);
        out.put_u16(medium);
    } else {
        out.put_u8(127);
        out.put_u64(length as u64);
    }
}

/// A binary message.
#[must_use]
pub fn binary(payload: &[u8]) -> Bytes {
    message(Opcode::Binary, payload)
}

/// A text message.
#[must_use]
pub fn text(text: &str) -> Bytes {
    message(Opcode::Text, text.as_bytes())
}

/// A ping.
#[must_use]
pub fn ping() -> Bytes {
    message(Opcode::Ping, b"")
}

/// The answer to a ping with `payload`, which is cut to what a control frame holds.
#[must_use]
pub fn pong(payload: &[u8]) -> Bytes {
    message(Opcode::Pong, &payload[..payload.len().min(MAX_CONTROL_BYTES)])
}

/// The end of the connection. `reason` is cut to what a control frame holds, at a character's boundary.
#[must_use]
pub fn close(code: u16, reason: &str) -> Bytes {
    let mut end = reason.len().min(MAX_CONTROL_BYTES - 2);
    while !reason.is_char_boundary(end) {
        end -= 1;
    }
    let mut payload = BytesMut::with_capacity(2 + end);
    payload.put_u16(code);
    payload.put_slice(&reason.as_bytes()[..end]);
    message(Opcode::Close, &payload)
}

fn message(opcode: Opcode, payload: &[u8]) -> Bytes {
    let mut out = BytesMut::with_capacity(MAX_HEADER_BYTES + payload.len());
    header(&mut out, opcode, payload.len());
    out.put_slice(payload);
    out.freeze()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_of_every_length() {
        let table: [(usize, &[u8]); 6] = [
            (0, &[0x82, 0]),
            (125, &[0x82, 125]),
            (126, &[0x82, 126, 0, 126]),
            (65_535, &[0x82, 126, 255, 255]),
            (65_536, &[0x82, 127, 0, 0, 0, 0, 0, 1, 0, 0]),
            (1 << 31, &[0x82, 127, 0, 0, 0, 0, 0x80, 0, 0, 0]),
        ];
        for (length, expected) in table {
            let mut out = Vec::new();
            header(&mut out, Opcode::Binary, length);
            assert_eq!(out, expected, "{length}");
        }
    }

    #[test]
    fn a_long_reason_is_cut_between_characters() {
        let frame = close(1011, &"é".repeat(100));
        assert!(frame.len() <= 2 + MAX_CONTROL_BYTES);
        assert!(std::str::from_utf8(&frame[4..]).is_ok());
        assert_eq!(&frame[2..4], &[0x03, 0xf3]);
    }
}

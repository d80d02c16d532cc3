//! The server's WebSocket frames, read without copying where a message is whole in what was read.
//!
//! ```text
//! header: 2, 4 or 10 bytes, unmasked │ payload
//! ```
//! RFC 6455 section 5.2. The server never fragments and never masks; anything else is an error.

/// A whole message and how many bytes it took.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Message<'a> {
    /// What it carries, the low four bits of its first byte.
    pub(super) opcode: u8,
    /// Its content.
    pub(super) payload: &'a [u8],
    /// With its header.
    pub(super) total_bytes: usize,
}

/// A binary message.
pub(super) const BINARY: u8 = 2;
/// The end.
pub(super) const CLOSE: u8 = 8;
/// To be answered.
pub(super) const PING: u8 = 9;

/// The first message of `bytes`; `None` while it is not whole; its error when the server breaks the protocol.
pub(super) fn first_message(bytes: &[u8]) -> Result<Option<Message<'_>>, String> {
    let [first, second, rest @ ..] = bytes else {
        return Ok(None);
    };
    if first & 0xf0 != 0x80 || second & 0x80 != 0 {
        return Err(format!("a WebSocket frame begins with {first:02x} {second:02x}"));
    }
    let (length_bytes, length) = match (second, rest) {
        (126, [a, b, ..]) => (2, u64::from(u16::from_be_bytes([*a, *b]))),
        (127, [a, b, c, d, e, f, g, h, ..]) => (8, u64::from_be_bytes([*a, *b, *c, *d, *e, *f, *g, *h])),
        (126 | 127, _) => return Ok(None),
        (short, _) => (0, u64::from(*short)),
    };
    let length = usize::try_from(length).map_err(|_| "a message of endless length".to_owned())?;
    let payload = rest.get(length_bytes..).and_then(|rest| rest.get(..length));
    let opcode = first & 15;
    Ok(payload.map(|payload| Message { opcode, payload, total_bytes: 2 + length_bytes + length }))
}

/// A pong with `payload`, masked with zeros as a client's must be masked.
pub(super) fn pong(payload: &[u8]) -> Vec<u8> {
    let length = u8::try_from(payload.len().min(125)).unwrap_or(125);
    let mut out = vec![0x8a, 0x80 | length, 0, 0, 0, 0];
    out.extend_from_slice(&payload[..usize::from(length)]);
    out
}

#[cfg(test)]
mod tests {
    use lenscast_media::websocket;

    use super::*;

    #[test]
    fn messages_are_whole_or_not_there() {
        for length in [0, 5, 125, 126, 65_535, 65_536] {
            let message = websocket::binary(&vec![7; length]);
            for cut in [0, 1, 2, 3, 9, message.len() - 1] {
                assert_eq!(first_message(&message[..cut.min(message.len() - 1)]), Ok(None), "{length} {cut}");
            }
            let found = first_message(&message).expect("proper").expect("whole");
            assert_eq!(
                (found.opcode, found.payload.len(), found.total_bytes),
                (BINARY, length, message.len())
            );
        }
        assert!(first_message(&[0xc2, 0]).is_err(), "compressed");
    }
}

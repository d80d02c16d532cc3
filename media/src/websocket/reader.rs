//! Frames from a client: bytes in, messages out, however the bytes are cut.
//!
//! A client of ours says little, so a message is bounded and kept whole. Whatever breaks the protocol ends the
//! connection with the close code that RFC 6455 section 7.4.1 gives for it.

use bytes::{Buf, Bytes, BytesMut};

use super::{MAX_CONTROL_BYTES, Opcode};

/// Close code of a WebSocket.
pub type CloseCode = u16;

/// A message from a client.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Message {
    /// UTF-8.
    Text(String),
    /// Bytes.
    Binary(Bytes),
    /// To be answered by a pong with the same payload.
    Ping(Bytes),
    /// Answer to a ping.
    Pong(Bytes),
    /// The client ends the connection, with its code if it gave one.
    Close(Option<CloseCode>),
}

/// How a client broke the protocol.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ProtocolError {
    /// A frame without a mask (section 5.1).
    #[error("client frames must be masked")]
    Unmasked,
    /// A reserved bit without an extension (section 5.2).
    #[error("reserved bits are set")]
    ReservedBits,
    /// An opcode that does not exist.
    #[error("unknown opcode {0}")]
    Opcode(u8),
    /// A close frame with one byte, where a code has two (section 5.5.1).
    #[error("close frame with half a code")]
    HalfCode,
    /// A close code that nobody may send (section 7.4).
    #[error("close code {0} may not be sent")]
    CloseCode(CloseCode),
    /// A control frame that is long or fragmented (section 5.5).
    #[error("control frame longer than 125 bytes or fragmented")]
    Control,
    /// A continuation of nothing, or a new message inside a fragmented one (section 5.4).
    #[error("fragments out of order")]
    Fragments,
    /// A message longer than the reader takes.
    #[error("message longer than {0} bytes")]
    TooLong(usize),
    /// Text or a close reason that is not UTF-8 (sections 8.1 and 5.5.1).
    #[error("text or close reason is not UTF-8")]
    Utf8,
}

impl ProtocolError {
    /// The close code for it.
    #[must_use]
    pub const fn close_code(self) -> CloseCode {
        match self {
            Self::TooLong(_) => 1009,
            Self::Utf8 => 1007,
            _ => 1002,
        }
    }
}

/// Turns what a client sends into messages.
#[derive(Debug)]
pub struct Reader {
    max_message_bytes: usize,
    buffer: BytesMut,
    fragments: Option<(Opcode, BytesMut)>,
    frames: u64,
}

struct Header {
    opcode: Opcode,
    last: bool,
    header_bytes: usize,
    payload_bytes: usize,
}

impl Reader {
    /// A reader that takes messages of up to `max_message_bytes`, the sum of their fragments.
    #[must_use]
    pub fn new(max_message_bytes: usize) -> Self {
        Self { max_message_bytes, buffer: BytesMut::new(), fragments: None, frames: 0 }
    }

    /// Adds what the socket gave. Take all messages with [`Self::next_message`] before adding more, so that the buffer stays small.
    pub fn push(&mut self, bytes: &[u8]) {
        self.buffer.extend_from_slice(bytes);
    }

    /// How many frames it has read: a message may have many, and those without a byte cost nothing but work.
    #[must_use]
    pub const fn frames(&self) -> u64 {
        self.frames
    }

    /// The next whole message, if there is one.
    ///
    /// # Errors
    /// When the client breaks the protocol; the connection is then to be closed with [`ProtocolError::close_code`].
    pub fn next_message(&mut self) -> Result<Option<Message>, ProtocolError> {
        loop {
            let Some(header) = self.header()? else {
                return Ok(None);
            };
            if self.buffer.len() < header.header_bytes + header.payload_bytes {
                return Ok(None);
            }
            self.frames += 1;
            let mask_at = header.header_bytes - 4;
            let mask = [0, 1, 2, 3].map(|index| self.buffer[mask_at + index]);
            self.buffer.advance(header.header_bytes);
            let mut payload = self.buffer.split_to(header.payload_bytes);
            for (byte, key) in payload.iter_mut().zip(mask.iter().cycle()) {
                *byte ^= key;
            }
            if let Some(message) = self.frame(header.opcode, header.last, payload)? {
                return Ok(Some(message));
            }
        }
    }

    fn header(&self) -> Result<Option<Header>, ProtocolError> {
        let [first, second, rest @ ..] = &self.buffer[..] else {
            return Ok(None);
        };
        if first & 0x70 != 0 {
            return Err(ProtocolError::ReservedBits);
        }
        let opcode = Opcode::from_bits(first & 0x0f).ok_or(ProtocolError::Opcode(first & 0x0f))?;
        if second & 0x80 == 0 {
            return Err(ProtocolError::Unmasked);
        }
        let last = first & 0x80 != 0;
        if opcode.is_control() && (usize::from(second & 0x7f) > MAX_CONTROL_BYTES || !last) {
            return Err(ProtocolError::Control);
        }
        let (length_bytes, length) = match (second & 0x7f, rest) {
            (126, [a, b, ..]) => (2, u64::from(u16::from_be_bytes([*a, *b]))),
            (127, [a, b, c, d, e, f, g, h, ..]) => (8, u64::from_be_bytes([*a, *b, *c, *d, *e, *f, *g, *h])),
            (126 | 127, _) => return Ok(None),
            (short, _) => (0, u64::from(short)),
        };
        let so_far = self.fragments.as_ref().map_or(0, |(_, fragments)| fragments.len());
        let room = if opcode.is_control() { MAX_CONTROL_BYTES } else { self.max_message_bytes - so_far };
        let payload_bytes = usize::try_from(length)
            .ok()
            .filter(|length| *length <= room)
            .ok_or(ProtocolError::TooLong(self.max_message_bytes))?;
        Ok(Some(Header { opcode, last, header_bytes: 2 + length_bytes + 4, payload_bytes }))
    }

    fn frame(
        &mut self,
        opcode: Opcode,
        last: bool,
        payload: BytesMut,
    ) -> Result<Option<Message>, ProtocolError> {
        let (opcode, payload) = match (opcode, self.fragments.take()) {
            (Opcode::Ping, fragments) => {
                self.fragments = fragments;
                return Ok(Some(Message::Ping(payload.freeze())));
            }
            (Opcode::Pong, fragments) => {
                self.fragments = fragments;
                return Ok(Some(Message::Pong(payload.freeze())));
            }
            (Opcode::Close, _) if payload.len() == 1 => return Err(ProtocolError::HalfCode),
            (Opcode::Close, _) => return close_code(&payload).map(|code| Some(Message::Close(code))),
            (Opcode::Continuation, Some((opcode, mut so_far))) => {
                so_far.extend_from_slice(&payload);
                (opcode, so_far)
            }
            (Opcode::Continuation, None) | (Opcode::Text | Opcode::Binary, Some(_)) => {
                return Err(ProtocolError::Fragments);
            }
            (opcode, None) => (opcode, payload),
        };
        if !last {
            self.fragments = Some((opcode, payload));
            return Ok(None);
        }
        if opcode == Opcode::Binary {
            return Ok(Some(Message::Binary(payload.freeze())));
        }
        String::from_utf8(payload.to_vec())
            .map(|text| Some(Message::Text(text)))
            .map_err(|_| ProtocolError::Utf8)
    }
}

/// The code of a close frame, if it has one, with a sound reason behind it.
fn close_code(payload: &[u8]) -> Result<Option<CloseCode>, ProtocolError> {
    let Some((code, reason)) = payload.split_first_chunk() else { return Ok(None) };
    let code = CloseCode::from_be_bytes(*code);
    if !may_be_sent(code) {
        return Err(ProtocolError::CloseCode(code));
    }
    std::str::from_utf8(reason).map_err(|_| ProtocolError::Utf8)?;
    Ok(Some(code))
}

/// Codes of RFC 6455 section 7.4.1 and of IANA's registry that goes on from there, those of libraries (3000 on) and those of
/// applications (4000 on). 1005, 1006 and 1015 stand for what was never sent; 1004 is reserved.
const fn may_be_sent(code: CloseCode) -> bool {
    matches!(code, 1000..=1003 | 1007..=1014 | 3000..=4999)
}

#[cfg(test)]
mod tests {
    use super::*;

    const MASK: [u8; 4] = [7, 1, 255, 64];

    fn client_frame(first: u8, payload: &[u8]) -> Vec<u8> {
        let mut out = vec![first];
        match payload.len() {
            short @ 0..126 => out.push(0x80 | short as u8),
            medium @ 126..65_536 => {
                out.push(0x80 | 126);
                out.extend((medium as u16).to_be_bytes());
            }
            long => {
                out.push(0x80 | 127);
                out.extend((long as u64).to_be_bytes());
            }
        }
        out.extend(MASK);
        out.extend(payload.iter().zip(MASK.iter().cycle()).map(|(byte, key)| byte ^ key));
        out
    }

    fn read_all(bytes: &[u8], cut: usize) -> Vec<Result<Message, ProtocolError>> {
        let mut reader = Reader::new(1_000);
        let mut read = Vec::new();
        for part in [&bytes[..cut], &bytes[cut..]] {
            reader.push(part);
            loop {
                match reader.next_message() {
                    Ok(Some(message)) => read.push(Ok(message)),
                    Ok(None) => break,
                    Err(error) => {
                        read.push(Err(error));
                        return read;
                    }
                }
            }
        }
        read
    }

    #[test]
    fn messages_do_not_depend_on_how_the_bytes_are_cut() {
        let mut bytes = client_frame(0x81, b"hello");
        bytes.extend(client_frame(0x01, b"frag"));
        bytes.extend(client_frame(0x89, b"ping"));
        bytes.extend(client_frame(0x80, b"ment"));
        bytes.extend(client_frame(0x82, &[9; 300]));
        bytes.extend(client_frame(0x8a, b""));
        bytes.extend(client_frame(0x88, &[3, 232, b'x']));
        let expected = vec![
            Ok(Message::Text("hello".into())),
            Ok(Message::Ping(Bytes::from_static(b"ping"))),
            Ok(Message::Text("fragment".into())),
            Ok(Message::Binary(Bytes::from_static(&[9; 300]))),
            Ok(Message::Pong(Bytes::new())),
            Ok(Message::Close(Some(1000))),
        ];
        for cut in 0..=bytes.len() {
            assert_eq!(read_all(&bytes, cut), expected, "cut at {cut}");
        }
    }

    #[test]
    fn each_fragment_counts_as_a_frame() {
        let mut reader = Reader::new(1_000);
        let empty = client_frame(0x00, b"");
        reader.push(
            &[client_frame(0x01, b"a"), empty.repeat(98), client_frame(0x80, b"b"), vec![0x89]].concat(),
        );
        assert_eq!(reader.next_message(), Ok(Some(Message::Text("ab".into()))));
        assert_eq!((reader.next_message(), reader.frames()), (Ok(None), 100));
    }

    #[test]
    fn what_breaks_the_protocol_is_named() {
        let table = [
            ("unmasked", vec![0x81, 1, b'x'], ProtocolError::Unmasked, 1002),
            ("reserved bit", client_frame(0xc1, b"x"), ProtocolError::ReservedBits, 1002),
            ("unknown opcode", client_frame(0x83, b"x"), ProtocolError::Opcode(3), 1002),
            ("long ping", client_frame(0x89, &[0; 126]), ProtocolError::Control, 1002),
            ("ping with a long length field", vec![0x89, 0xfe, 0, 1], ProtocolError::Control, 1002),
            ("half a close code", client_frame(0x88, &[3]), ProtocolError::HalfCode, 1002),
            (
                "a close reason that is not UTF-8",
                client_frame(0x88, &[3, 232, 0xff]),
                ProtocolError::Utf8,
                1007,
            ),
            ("half a character", client_frame(0x88, b"\x03\xe8a\xe2\x82"), ProtocolError::Utf8, 1007),
            ("half of a pair", client_frame(0x88, b"\x03\xe8\xed\xa0\x80"), ProtocolError::Utf8, 1007),
            (
                "a bad code with a bad reason",
                client_frame(0x88, &[3, 237, 0xff]),
                ProtocolError::CloseCode(1005),
                1002,
            ),
            ("fragmented ping", client_frame(0x09, b""), ProtocolError::Control, 1002),
            ("continues nothing", client_frame(0x80, b"x"), ProtocolError::Fragments, 1002),
            ("too long", client_frame(0x82, &[0; 1_001]), ProtocolError::TooLong(1_000), 1009),
            ("not UTF-8", client_frame(0x81, &[0xff]), ProtocolError::Utf8, 1007),
            (
                "too long in fragments",
                [client_frame(0x02, &[0; 600]), client_frame(0x80, &[0; 600])].concat(),
                ProtocolError::TooLong(1_000),
                1009,
            ),
            (
                "message inside a fragmented one",
                [client_frame(0x01, b"a"), client_frame(0x81, b"b")].concat(),
                ProtocolError::Fragments,
                1002,
            ),
        ];
        for (name, bytes, error, code) in table {
            for cut in 0..=bytes.len() {
                assert_eq!(read_all(&bytes, cut), vec![Err(error)], "{name}, cut at {cut}");
            }
            assert_eq!(error.close_code(), code, "{name}");
        }
    }

    #[test]
    fn close_codes_are_those_that_may_be_sent() {
        let allowed: Vec<u16> = (1000..=1003).chain(1007..=1014).chain(3000..=4999).collect();
        for code in 0..=u16::MAX {
            let read = read_all(&client_frame(0x88, &code.to_be_bytes()), 0);
            let expected = if allowed.contains(&code) {
                Ok(Message::Close(Some(code)))
            } else {
                Err(ProtocolError::CloseCode(code))
            };
            assert_eq!(read, vec![expected]);
        }
        assert_eq!(read_all(&client_frame(0x88, b""), 0), vec![Ok(Message::Close(None))]);
        let long = [&[3, 232][..], &[b'x'; 123]].concat();
        assert_eq!(read_all(&client_frame(0x88, &long), 0), vec![Ok(Message::Close(Some(1000)))]);
    }

    #[test]
    fn a_length_beyond_everything_is_refused_before_its_bytes_come() {
        let mut reader = Reader::new(1_000);
        reader.push(&[0x82, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff]);
        assert_eq!(reader.next_message(), Err(ProtocolError::TooLong(1_000)));
    }
}

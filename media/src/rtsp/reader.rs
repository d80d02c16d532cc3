//! What a client sends, whole and bounded, however its bytes are cut.
//!
//! ```text
//! $ | channel: 1 | length: 2 | packet        between requests (RFC 2326 section 10.12)
//! METHOD address RTSP/1.0 ⏎ fields ⏎ ⏎ body  the body is passed over
//! ```
//! Empty lines between requests are passed over, as ffmpeg and others send them.

use bytes::{Buf, Bytes, BytesMut};

use super::{INTERLEAVED_BYTES, request::Request};

/// Most bytes of a request's first line and header fields.
const MAX_HEAD_BYTES: usize = 8 << 10;
/// Most bytes of a request's body: nothing that is needed stands there.
const MAX_BODY_BYTES: usize = 8 << 10;
/// Most bytes of a packet from a client, which are reports on what it received.
const MAX_PACKET_BYTES: usize = 4 << 10;
/// The first byte of a packet.
const PACKET: u8 = b'$';

/// What a client has sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Incoming {
    /// A request.
    Request(Request),
    /// A packet.
    Packet {
        /// The number that SETUP gave its kind.
        channel: u8,
        /// The packet.
        payload: Bytes,
    },
}

/// Why nothing more of what a client sends can be understood.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ReadError {
    /// It is another protocol.
    #[error("this is no RTSP 1.0 request")]
    NotRtsp,
    /// The head of a request is too long.
    #[error("a request's head is longer than {MAX_HEAD_BYTES} bytes")]
    LongHead,
    /// The body of a request is too long, or its length is none.
    #[error("a request's body has no length of at most {MAX_BODY_BYTES} bytes")]
    LongBody,
    /// A packet is too long.
    #[error("a packet is longer than {MAX_PACKET_BYTES} bytes")]
    LongPacket,
}

/// Turns bytes into requests and packets.
#[derive(Debug, Default)]
pub struct Reader {
    buffer: BytesMut,
    /// Bytes of a body that are still to be passed over.
    body_left: usize,
}

impl Reader {
    /// Adds what the connection gave. Take all with [`Self::next_incoming`] before adding more, so that the buffer stays small.
    pub fn push(&mut self, bytes: &[u8]) {
        self.buffer.extend_from_slice(bytes);
    }

    /// The next request or packet that is whole.
    ///
    /// # Errors
    /// When what follows cannot be understood: the connection is to be closed.
    pub fn next_incoming(&mut self) -> Result<Option<Incoming>, ReadError> {
        let passed = self.body_left.min(self.buffer.len());
        self.buffer.advance(passed);
        self.body_left -= passed;
        while let [b'\r' | b'\n', ..] = *self.buffer {
            self.buffer.advance(1);
        }
        match self.buffer.first() {
            None => Ok(None),
            Some(&PACKET) => self.packet(),
            Some(_) => self.request(),
        }
    }

    fn packet(&mut self) -> Result<Option<Incoming>, ReadError> {
        let [_, channel, high, low, ..] = *self.buffer else { return Ok(None) };
        let length = usize::from(u16::from_be_bytes([high, low]));
        if length > MAX_PACKET_BYTES {
            return Err(ReadError::LongPacket);
        }
        if self.buffer.len() < INTERLEAVED_BYTES + length {
            return Ok(None);
        }
        self.buffer.advance(INTERLEAVED_BYTES);
        Ok(Some(Incoming::Packet { channel, payload: self.buffer.split_to(length).freeze() }))
    }

    fn request(&mut self) -> Result<Option<Incoming>, ReadError> {
        let head = &self.buffer[..self.buffer.len().min(MAX_HEAD_BYTES)];
        let Some(head_bytes) = end_of_head(head) else {
            let is_full = head.len() == MAX_HEAD_BYTES;
            return if is_full { Err(ReadError::LongHead) } else { Ok(None) };
        };
        let head = self.buffer.split_to(head_bytes);
        let request = std::str::from_utf8(&head).ok().and_then(Request::parse);
        let request = request.ok_or(ReadError::NotRtsp)?;
        if let Some(length) = request.header("Content-Length") {
            let length = length.parse().ok().filter(|length| *length <= MAX_BODY_BYTES);
            self.body_left = length.ok_or(ReadError::LongBody)?;
        }
        Ok(Some(Incoming::Request(request)))
    }
}

/// Bytes up to and with the empty line. Lines may end without a carriage return.
fn end_of_head(bytes: &[u8]) -> Option<usize> {
    let mut line_begin = 0;
    for at in memchr::memchr_iter(b'\n', bytes) {
        if matches!(bytes[line_begin..at], [] | [b'\r']) {
            return Some(at + 1);
        }
        line_begin = at + 1;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rtsp::Method;

    fn read(parts: &[&[u8]]) -> Vec<Result<Incoming, ReadError>> {
        let (mut reader, mut read) = (Reader::default(), Vec::new());
        for part in parts {
            reader.push(part);
            loop {
                match reader.next_incoming() {
                    Ok(Some(incoming)) => read.push(Ok(incoming)),
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

    const BYTES: &[u8] = b"\r\nOPTIONS * RTSP/1.0\r\nCSeq: 1\r\n\r\n$\x01\0\x02ab\
        SET_PARAMETER rtsp://pi/ RTSP/1.0\nCSeq: 2\nContent-Length: 3\n\n\r\n$\
        GET_PARAMETER rtsp://pi/ RTSP/1.0\r\nCSeq: 3\r\n\r\n";

    #[test]
    fn requests_and_packets_do_not_depend_on_cuts() {
        let whole = read(&[BYTES]);
        let found: Vec<_> = whole
            .iter()
            .map(|incoming| match incoming.as_ref().expect("all can be read") {
                Incoming::Request(request) => {
                    (Some(request.method), request.sequence().unwrap_or(0) as usize)
                }
                Incoming::Packet { channel, payload } => (None, usize::from(*channel) + payload.len()),
            })
            .collect();
        let expected = [
            (Some(Method::Options), 1),
            (None, 3),
            (Some(Method::SetParameter), 2),
            (Some(Method::GetParameter), 3),
        ];
        assert_eq!(found, expected);
        for at in 0..=BYTES.len() {
            assert_eq!(read(&[&BYTES[..at], &BYTES[at..]]), whole, "cut at {at}");
        }
        let bytes: Vec<&[u8]> = BYTES.chunks(1).collect();
        assert_eq!(read(&bytes), whole, "byte by byte");
    }

    #[test]
    fn what_is_too_long_or_something_else_ends_it() {
        let long = |lead: &str| format!("{lead}{}", "x".repeat(MAX_HEAD_BYTES));
        let with_length = |length: &str| format!("OPTIONS * RTSP/1.0\r\nContent-Length: {length}\r\n\r\n");
        let table = [
            ("http", "GET / HTTP/1.1\r\n\r\n".to_owned(), ReadError::NotRtsp),
            ("no end of the head", long("OPTIONS "), ReadError::LongHead),
            ("an end behind the limit", long("OPTIONS ") + "\r\n\r\n", ReadError::LongHead),
            ("a long body", with_length("8193"), ReadError::LongBody),
            ("a length that is none", with_length("-1"), ReadError::LongBody),
            ("a long packet", "$\0\x10\x01".to_owned(), ReadError::LongPacket),
        ];
        for (name, bytes, error) in table {
            for cut in [bytes.len(), 1] {
                let parts: Vec<&[u8]> = bytes.as_bytes().chunks(cut).collect();
                assert_eq!(read(&parts), [Err(error)], "{name}");
            }
        }
    }
}

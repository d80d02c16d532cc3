//! Answers (RFC 2326 section 7). What a client prints of a failure is the text behind the number, so that is our sentence.

use std::fmt::Write;

use bytes::Bytes;

use super::INTERLEAVED_BYTES;

/// The kinds of answers that there are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// 200.
    Ok,
    /// 400: no request that can be understood.
    BadRequest,
    /// 401: a name and a password are missing or wrong.
    Unauthorized,
    /// 403: not for this viewer.
    Forbidden,
    /// 404: no such camera.
    NotFound,
    /// 453: the limit of viewers is reached.
    NotEnoughBandwidth,
    /// 454: there is no such session.
    SessionNotFound,
    /// 455: not now.
    NotValidInThisState,
    /// 461: packets do not travel like that.
    UnsupportedTransport,
    /// 501: the server does not do that.
    NotImplemented,
    /// 503: not now; perhaps later.
    Unavailable,
}

impl Status {
    /// Its number.
    #[must_use]
    pub const fn code(self) -> u16 {
        match self {
            Self::Ok => 200,
            Self::BadRequest => 400,
            Self::Unauthorized => 401,
            Self::Forbidden => 403,
            Self::NotFound => 404,
            Self::NotEnoughBandwidth => 453,
            Self::SessionNotFound => 454,
            Self::NotValidInThisState => 455,
            Self::UnsupportedTransport => 461,
            Self::NotImplemented => 501,
            Self::Unavailable => 503,
        }
    }
}

/// An answer that is being written.
#[derive(Clone, Debug)]
pub struct Response {
    head: String,
    body: String,
}

impl Response {
    /// An answer with the status and its `sentence`, to the request with this number.
    #[must_use]
    pub fn new(status: Status, sentence: &str, sequence: Option<u32>) -> Self {
        let mut head = format!("RTSP/1.0 {} ", status.code());
        // A line and no more, whatever the sentence was made of.
        head.extend(sentence.chars().map(|letter| if letter.is_control() { ' ' } else { letter }));
        head.push_str("\r\n");
        let response = Self { head, body: String::new() };
        match sequence {
            Some(sequence) => response.with("CSeq", sequence),
            None => response,
        }
        .with("Server", "Lenscast")
    }

    /// 200.
    #[must_use]
    pub fn ok(sequence: Option<u32>) -> Self {
        Self::new(Status::Ok, "OK", sequence)
    }

    /// Adds a header field.
    #[must_use]
    pub fn with(mut self, name: &str, value: impl std::fmt::Display) -> Self {
        let value: String = value.to_string().chars().filter(|letter| !letter.is_control()).collect();
        let _ = write!(self.head, "{name}: {value}\r\n");
        self
    }

    /// Adds a body of this type.
    #[must_use]
    pub fn with_body(self, content_type: &str, body: String) -> Self {
        let mut response = self.with("Content-Type", content_type).with("Content-Length", body.len());
        response.body = body;
        response
    }

    /// The bytes to send.
    #[must_use]
    pub fn into_bytes(self) -> Bytes {
        (self.head + "\r\n" + &self.body).into()
    }
}

/// What stands in front of a packet of `bytes` bytes that travels in the connection.
#[must_use]
pub const fn interleaved_header(channel: u8, bytes: usize) -> [u8; INTERLEAVED_BYTES] {
    let [high, low] = (bytes as u16).to_be_bytes();
    [b'$', channel, high, low]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers() {
        let answer = Response::new(Status::NotFound, "There is no\r\ncamera", Some(4)).with("A", "b\r\nC: d");
        let expected = "RTSP/1.0 404 There is no  camera\r\nCSeq: 4\r\nServer: Lenscast\r\nA: bC: d\r\n\r\n";
        assert_eq!(answer.into_bytes(), expected);
        let answer = Response::ok(None).with_body("application/sdp", "v=0\r\n".into()).into_bytes();
        assert!(answer.ends_with(b"Content-Length: 5\r\n\r\nv=0\r\n"));
        assert_eq!(interleaved_header(1, 0x0203), [b'$', 1, 2, 3]);
    }
}

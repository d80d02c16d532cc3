//! `multipart/x-mixed-replace`: JPEG pictures one after another, each taking the place of the one before.
//!
//! ```text
//! --boundarydonotcross… CRLF                        at once
//! Content-Type  Content-Length  X-Timestamp CRLF    with the picture, shared by all viewers
//! CRLF picture
//! CRLF --boundarydonotcross… CRLF                   the viewer's own, at once behind it, so that its end is known
//! ```
//! The form is that of mjpg-streamer and uStreamer, and the boundary begins as theirs, for clients that search for its first
//! characters. Behind them it is random for each body: what a camera puts into its pictures can then be no part of ours.
//!
//! [`Headers::Ahead`] is uStreamer's other form: the headers of the next picture follow at once too, since Chromium shows a
//! picture when the next one's headers are there. They cannot tell a length that is not known yet.

use bytes::{Bytes, BytesMut};

use crate::frame::Frame;

/// What the boundary of mjpg-streamer and uStreamer is, and ours begins with.
const FIXED: &str = "boundarydonotcross";
const AHEAD: &str = "Content-Type: image/jpeg\r\n\r\n";

/// Where the headers of a picture are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Headers {
    /// In front of it, with its length and time.
    InFront,
    /// Behind the picture before.
    Ahead,
}

/// The boundary of one body.
#[derive(Clone, Debug)]
pub struct Boundary {
    name: String,
    /// What stands behind each picture.
    behind: Bytes,
}

impl Boundary {
    /// A boundary that only who knows `random` can put into a picture.
    #[must_use]
    pub fn new(random: [u8; 16], headers: Headers) -> Self {
        let name = format!("{FIXED}{:032x}", u128::from_be_bytes(random));
        let ahead = match headers {
            Headers::InFront => "",
            Headers::Ahead => AHEAD,
        };
        let behind = format!("\r\n--{name}\r\n{ahead}").into();
        Self { name, behind }
    }

    /// The type of the body.
    #[must_use]
    pub fn content_type(&self) -> String {
        format!("multipart/x-mixed-replace;boundary={}", self.name)
    }

    /// What the body begins with.
    #[must_use]
    pub fn begin(&self) -> Bytes {
        self.behind.slice(b"\r\n".len()..)
    }

    /// What stands behind each picture.
    #[must_use]
    pub fn behind(&self) -> Bytes {
        self.behind.clone()
    }
}

/// The picture of `frame` with its headers in front.
#[must_use]
pub fn part(frame: &Frame) -> Bytes {
    let headers = format!(
        "Content-Type: image/jpeg\r\nContent-Length: {}\r\nX-Timestamp: {}\r\n\r\n",
        frame.payload.len(),
        timestamp(frame)
    );
    let mut out = BytesMut::with_capacity(headers.len() + frame.payload.len());
    out.extend_from_slice(headers.as_bytes());
    out.extend_from_slice(&frame.payload);
    out.freeze()
}

/// `picture` once more, because no new one comes: whoever looks can tell by its header. With the time of its frame, if it
/// has one.
#[must_use]
pub fn repeated_part(picture: &[u8], of: Option<&Frame>) -> Bytes {
    let timestamp = of.map_or_else(String::new, |frame| format!("X-Timestamp: {}\r\n", timestamp(frame)));
    let headers = format!(
        "Content-Type: image/jpeg\r\nContent-Length: {}\r\n{timestamp}X-Repeated: 1\r\n\r\n",
        picture.len()
    );
    [headers.as_bytes(), picture].concat().into()
}

/// When the picture of `frame` was taken, or else when it came: seconds and microseconds of Unix time.
#[must_use]
pub fn timestamp(frame: &Frame) -> String {
    let micros = frame.captured_at.unwrap_or(frame.received_at).as_micros();
    format!("{}.{:06}", micros / 1_000_000, micros % 1_000_000)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        arrival_clock::Stamp,
        jpeg::JpegFramer,
        raw_video::Moments,
        time::{Moment, Timestamp},
    };

    const RANDOM: [u8; 16] = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 255];
    const NAME: &str = "boundarydonotcross000102030405060708090a0b0c0d0eff";

    fn frame(captured_at: Option<Moment>) -> Frame {
        let received_at = Moment::from_micros(1_795_180_454_000_042);
        let stamp = Stamp { dts: Timestamp::video(0), duration: 3_000 };
        let moments = Moments { captured_at, received_at, ready_at: received_at };
        JpegFramer::default().frame(Bytes::from_static(b"\xff\xd8..\xff\xd9"), (16, 16), stamp, moments)
    }

    #[test]
    fn a_part_to_the_byte() {
        let expected =
            b"Content-Type: image/jpeg\r\nContent-Length: 6\r\nX-Timestamp: 1795180454.000042\r\n\r\n\
            \xff\xd8..\xff\xd9";
        assert_eq!(part(&frame(None))[..], expected[..]);
        let captured = Some(Moment::from_micros(1_795_180_453_999_999));
        assert_eq!(timestamp(&frame(captured)), "1795180453.999999");
    }

    #[test]
    fn a_picture_that_is_repeated_says_so() {
        let frame = frame(None);
        let expected = b"Content-Type: image/jpeg\r\nContent-Length: 6\r\nX-Timestamp: 1795180454.000042\r\n\
            X-Repeated: 1\r\n\r\n\xff\xd8..\xff\xd9";
        assert_eq!(repeated_part(&frame.payload, Some(&frame))[..], expected[..]);
        let expected = b"Content-Type: image/jpeg\r\nContent-Length: 2\r\nX-Repeated: 1\r\n\r\n\xff\xd8";
        assert_eq!(repeated_part(b"\xff\xd8", None)[..], expected[..]);
    }

    #[test]
    fn the_boundary_is_that_of_mjpg_streamer_with_something_random_behind() {
        for (headers, ahead) in [(Headers::InFront, ""), (Headers::Ahead, "Content-Type: image/jpeg\r\n\r\n")]
        {
            let boundary = Boundary::new(RANDOM, headers);
            assert_eq!(boundary.content_type(), format!("multipart/x-mixed-replace;boundary={NAME}"));
            assert_eq!(boundary.begin(), format!("--{NAME}\r\n{ahead}"));
            assert_eq!(boundary.behind(), format!("\r\n--{NAME}\r\n{ahead}"));
        }
        // RFC 2046 section 5.1.1: 70 characters at most, and these need no quotes.
        assert!(NAME.len() <= 70 && NAME.bytes().all(|byte| byte.is_ascii_alphanumeric()));
    }
}

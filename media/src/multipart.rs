//! `multipart/x-mixed-replace`: JPEG pictures one after another, each taking the place of the one before.
//!
//! ```text
//! --boundarydonotcross CRLF                        at once
//! Content-Type  Content-Length  X-Timestamp CRLF   with the picture
//! CRLF picture CRLF --boundarydonotcross CRLF      the boundary at once behind it, so that its end is known
//! ```
//! The form is that of mjpg-streamer and uStreamer. [`ADVANCE_BEGIN`] and [`advance_part`] are uStreamer's other one: the
//! headers of the next picture follow at once too, since Chromium shows a picture when the next one's headers are there.
//! They cannot tell a length that is not known yet.

use bytes::{Bytes, BytesMut};

use crate::frame::Frame;

/// The type of the whole.
pub const CONTENT_TYPE: &str = "multipart/x-mixed-replace;boundary=boundarydonotcross";
/// What the body begins with.
pub const BEGIN: &str = "--boundarydonotcross\r\n";
/// What the body begins with when headers go ahead of their picture.
pub const ADVANCE_BEGIN: &str = "--boundarydonotcross\r\nContent-Type: image/jpeg\r\n\r\n";

/// The picture of `frame` with its headers in front and the boundary behind.
#[must_use]
pub fn part(frame: &Frame) -> Bytes {
    let headers = format!(
        "Content-Type: image/jpeg\r\nContent-Length: {}\r\nX-Timestamp: {}\r\n\r\n",
        frame.payload.len(),
        timestamp(frame)
    );
    joined(headers.as_bytes(), &frame.payload, BEGIN)
}

/// The picture of `frame`, with the boundary and the next picture's headers behind.
#[must_use]
pub fn advance_part(frame: &Frame) -> Bytes {
    joined(&[], &frame.payload, ADVANCE_BEGIN)
}

/// When the picture of `frame` was taken, or else when it came: seconds and microseconds of Unix time.
#[must_use]
pub fn timestamp(frame: &Frame) -> String {
    let micros = frame.captured_at.unwrap_or(frame.received_at).as_micros();
    format!("{}.{:06}", micros / 1_000_000, micros % 1_000_000)
}

fn joined(headers: &[u8], picture: &[u8], behind: &str) -> Bytes {
    let mut out = BytesMut::with_capacity(headers.len() + picture.len() + 2 + behind.len());
    out.extend_from_slice(headers);
    out.extend_from_slice(picture);
    out.extend_from_slice(b"\r\n");
    out.extend_from_slice(behind.as_bytes());
    out.freeze()
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
            \xff\xd8..\xff\xd9\r\n--boundarydonotcross\r\n";
        assert_eq!(part(&frame(None))[..], expected[..]);
        let captured = Some(Moment::from_micros(1_795_180_453_999_999));
        assert_eq!(timestamp(&frame(captured)), "1795180453.999999");
    }

    #[test]
    fn headers_that_go_ahead_have_no_length() {
        let expected = b"\xff\xd8..\xff\xd9\r\n--boundarydonotcross\r\nContent-Type: image/jpeg\r\n\r\n";
        assert_eq!(advance_part(&frame(None))[..], expected[..]);
    }
}

//! Why a camera does not play by RTSP, in words for its owner.

use retina::client::{Described, Session};

use super::rtsp_address::CameraAddress;
use crate::{redact::redacted, source::error::SourceError};

/// What retina puts in front of an error of the system.
const CANNOT_CONNECT: &str = "Unable to connect to RTSP server: ";

/// Why `camera` was left, which answered or failed with `error`.
pub(super) fn failure(camera: &CameraAddress, error: &retina::Error) -> SourceError {
    let sentence = match (error.status_code(), &camera.credentials) {
        (Some(401), None) => format!(
            "the camera at {camera} asks for a user and a password, and its address has none (docs/config.md says how to write them)"
        ),
        (Some(401), Some(_)) => format!("the camera at {camera} refuses the user or the password"),
        (Some(403), _) => format!("the camera at {camera} does not allow this user to watch (403)"),
        (Some(404), _) => {
            format!(
                "the camera at {camera} has no such path (404): its manual or its own page names the right one"
            )
        }
        (Some(461), _) => format!(
            "the camera at {camera} does not send over this transport (461): try transport=udp, or leave it out"
        ),
        (Some(status), _) => format!("the camera at {camera} answers with {status}: {}", words(error)),
        (None, _) => {
            let words = words(error);
            let (what, reason) = match words.strip_prefix(CANNOT_CONNECT) {
                Some(reason) => (format!("cannot connect to {camera}"), reason),
                None => (format!("the connection to {camera} failed"), words.as_str()),
            };
            return SourceError::io(what)(std::io::Error::other(reason));
        }
    };
    SourceError::Camera(sentence)
}

/// Why nothing that `camera` offers can be shown.
pub(super) fn nothing_to_show(camera: &CameraAddress, session: &Session<Described>) -> SourceError {
    let offered: Vec<&str> = session.streams().iter().map(retina::client::Stream::encoding_name).collect();
    let sentence = if offered.contains(&"h265") {
        format!(
            "the camera at {camera} sends H.265, which few browsers play: set this stream to H.264 in the camera, or take its \
             second stream, which often is H.264"
        )
    } else if offered.is_empty() {
        format!("the camera at {camera} offers no stream")
    } else {
        format!("the camera at {camera} offers neither H.264 nor motion JPEG, but {}", offered.join(", "))
    };
    SourceError::NotVideo(redacted(&sentence))
}

/// The error in short: retina adds lines that tell where in a capture of the network to look.
fn words(error: &retina::Error) -> String {
    let text = error.to_string();
    let line = text.lines().next().unwrap_or_default();
    redacted(line.split_once(" (os error").map_or(line, |(words, _)| words))
}

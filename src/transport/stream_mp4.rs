//! `stream.mp4`: fragmented MP4 as an endless body, for `<video>`, ffplay and VLC.
//!
//! The keyframes hold their parameter sets (`avc3`), so that the body goes on when the stream's configuration changes: another
//! run of the camera, another parameter set, another resolution.

use axum::{
    Router,
    http::{HeaderValue, Method},
    response::Response,
    routing::get,
};
use bytes::Bytes;
use lenscast_media::{
    frame::Frame,
    mp4::{self, SampleEntry},
};

use super::{
    ViewerRequest,
    admission::Wanted,
    body::{Framing, Pieces, serve},
};
use crate::{
    http::AppState,
    hub::{Packetizer, Packets, SharedFrame, Track},
};

const CONTENT_TYPE: HeaderValue = HeaderValue::from_static("video/mp4");

/// The address, in a camera's tree.
pub fn routes() -> Router<AppState> {
    Router::new().route("/stream.mp4", get(stream))
}

async fn stream(method: Method, request: ViewerRequest) -> Response {
    let begin = |track: &Track| Mp4 { packets: track.packets(), has_begun: false };
    serve("stream.mp4", &method, CONTENT_TYPE, request, Wanted::Video, begin).await
}

/// One fragment a frame, shared by all viewers.
struct Fragment;

impl Packetizer for Fragment {
    fn packetize(frame: &Frame) -> Bytes {
        mp4::fragment_with_sets(frame)
    }
}

struct Mp4 {
    packets: Packets<Fragment>,
    has_begun: bool,
}

impl Framing for Mp4 {
    fn frame(&mut self, shared: &SharedFrame) -> Option<Pieces> {
        let fragment = self.packets.of(shared);
        if self.has_begun {
            return Some([fragment, Bytes::new()]);
        }
        let init = mp4::init_segment(&shared.frame.config, SampleEntry::Avc3).ok()?;
        self.has_begun = true;
        Some([init, fragment])
    }
}

//! `stream.mp4`: fragmented MP4 as an endless body, for `<video>`, ffplay and VLC.
//!
//! The keyframes hold their parameter sets (under the name `avc1`, for VLC), so that the body goes on when the stream's configuration changes: another
//! run of the camera, another parameter set, another resolution. Each body counts its fragments from 1 and its time from 0,
//! as VLC 3 wants it: that costs a viewer 68 bytes a frame of its own, the rest of a fragment is shared.

use std::sync::Arc;

use axum::{
    Router,
    http::{HeaderValue, Method},
    response::Response,
    routing::get,
};
use bytes::Bytes;
use lenscast_media::{
    frame::Frame,
    mp4::{self, BodyTimeline},
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
    let begin = |track: &Track| Mp4 { packets: track.packets(), timeline: None };
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
    /// None until the init segment is sent.
    timeline: Option<BodyTimeline>,
}

impl Framing for Mp4 {
    fn frame(&mut self, shared: &Arc<SharedFrame>) -> Option<Pieces> {
        let fragment = self.packets.of(shared);
        if let Some(timeline) = &mut self.timeline {
            return Some(timeline.place(&fragment));
        }
        let init = mp4::init_segment(&shared.frame.config).ok()?;
        let [head, rest] = self.timeline.insert(BodyTimeline::default()).place(&fragment);
        Some([[init, head].concat().into(), rest])
    }
}

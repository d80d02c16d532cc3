//! `stream.mp4`: fragmented MP4 as an endless body, for `<video>`, ffplay and VLC; with the camera's sound unless `?audio=0`.
//!
//! The keyframes hold their parameter sets (under the name `avc1`, for VLC), so that the body goes on when the stream's configuration changes: another
//! run of the camera, another parameter set, another resolution. Each body counts its fragments from 1 and its time from 0,
//! as VLC 3 wants it: that costs a viewer 68 bytes a frame of its own, the rest of a fragment is shared.

use std::sync::Arc;

use axum::{
    Router,
    extract::Query,
    http::{HeaderValue, Method},
    response::Response,
    routing::get,
};
use bytes::Bytes;
use lenscast_media::{
    frame::Frame,
    mp4::{self, BodyTimeline},
    opus,
};

use super::{
    ViewerRequest,
    admission::Admitted,
    body::{Framing, Pieces, serve},
    sound_query::SoundQuery,
};
use crate::{
    http::AppState,
    hub::{Packetizer, Packets, SharedFrame},
};

const CONTENT_TYPE: HeaderValue = HeaderValue::from_static("video/mp4");

/// The address, in a camera's tree.
pub fn routes() -> Router<AppState> {
    Router::new().route("/stream.mp4", get(stream))
}

async fn stream(method: Method, request: ViewerRequest, Query(query): Query<SoundQuery>) -> Response {
    let begin = |viewer: &Admitted| Mp4 {
        packets: viewer.track().packets(),
        sound: viewer.sound.as_ref().map(|sound| sound.track().packets()),
        timeline: None,
    };
    serve("stream.mp4", &method, CONTENT_TYPE, request, query.wanted(true), begin).await
}

/// One fragment a frame, shared by all viewers.
struct Fragment;

impl Packetizer for Fragment {
    fn packetize(frame: &Frame) -> Bytes {
        mp4::fragment_with_sets(frame)
    }
}

/// One fragment a packet of sound, shared by all listeners.
struct SoundFragment;

impl Packetizer for SoundFragment {
    fn packetize(frame: &Frame) -> Bytes {
        mp4::sound_fragment(frame)
    }
}

struct Mp4 {
    packets: Packets<Fragment>,
    sound: Option<Packets<SoundFragment>>,
    /// None until the init segment is sent.
    timeline: Option<BodyTimeline>,
}

impl Framing for Mp4 {
    fn frame(&mut self, shared: &Arc<SharedFrame>) -> Option<Pieces> {
        let fragment = self.packets.of(shared);
        if let Some(timeline) = &mut self.timeline {
            return Some(timeline.place(&fragment));
        }
        let opus = self.sound.as_ref().map(|_| opus::config());
        let init = mp4::init_segment(&shared.frame.config, opus.as_ref()).ok()?;
        let [head, rest] = self.timeline.insert(BodyTimeline::default()).place(&fragment);
        Some([[init, head].concat().into(), rest])
    }

    fn sound(&mut self, shared: &Arc<SharedFrame>) -> Pieces {
        let placed = self.sound.as_ref().zip(self.timeline.as_mut());
        placed.and_then(|(packets, timeline)| timeline.place_sound(&packets.of(shared))).unwrap_or_default()
    }
}

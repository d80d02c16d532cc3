//! `stream.mp4`: fragmented MP4 as an endless body, for `<video>`, ffplay and VLC.
//!
//! The keyframes hold their parameter sets (`avc3`), so that the body goes on when the stream's configuration changes: another
//! run of the camera, another parameter set, another resolution.

use axum::{Router, http::Method, response::Response, routing::get};
use bytes::{Bytes, BytesMut};
use lenscast_media::{
    frame::Frame,
    mp4::{self, SampleEntry},
};

use super::{ViewerRequest, admission::Wanted, body::serve};
use crate::{
    http::AppState,
    hub::{Delivery, Packetizer, Packets, Track},
};

/// The address, in a camera's tree.
pub fn routes() -> Router<AppState> {
    Router::new().route("/stream.mp4", get(stream))
}

async fn stream(method: Method, request: ViewerRequest) -> Response {
    let begin = |track: &Track| {
        let (packets, mut has_begun) = (track.packets(), false);
        (Bytes::new(), move |delivery| packet(&delivery, &packets, &mut has_begun))
    };
    serve("stream.mp4", &method, "video/mp4", request, Wanted::Video, begin).await
}

/// One fragment a frame, shared by all viewers.
struct Fragment;

impl Packetizer for Fragment {
    fn packetize(frame: &Frame) -> Bytes {
        mp4::fragment_with_sets(frame)
    }
}

fn packet(delivery: &Delivery, packets: &Packets<Fragment>, has_begun: &mut bool) -> Option<Bytes> {
    let Delivery::Frame(shared) = delivery else {
        return Some(Bytes::new());
    };
    let fragment = packets.of(shared);
    if *has_begun {
        return Some(fragment);
    }
    let init = mp4::init_segment(&shared.frame.config, SampleEntry::Avc3).ok()?;
    *has_begun = true;
    let mut out = BytesMut::with_capacity(init.len() + fragment.len());
    out.extend_from_slice(&init);
    out.extend_from_slice(&fragment);
    Some(out.freeze())
}

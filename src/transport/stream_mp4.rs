//! `stream.mp4`: fragmented MP4 as an endless body, for `<video>`, ffplay and VLC.
//!
//! A file has one configuration: when the stream's changes (another resolution, say), the body ends and the
//! player asks again.

use std::sync::Arc;

use axum::{Router, http::Method, response::Response, routing::get};
use bytes::{Bytes, BytesMut};
use lenscast_media::{codec::CodecConfig, frame::Frame, mp4};

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
        let (packets, mut config) = (track.packets(), None);
        (Bytes::new(), move |delivery| packet(&delivery, &packets, &mut config))
    };
    serve("stream.mp4", &method, "video/mp4", request, Wanted::Video, begin).await
}

/// One fragment a frame, shared by all viewers.
struct Fragment;

impl Packetizer for Fragment {
    fn packetize(frame: &Frame) -> Bytes {
        mp4::fragment(frame)
    }
}

fn packet(
    delivery: &Delivery,
    packets: &Packets<Fragment>,
    config: &mut Option<Arc<CodecConfig>>,
) -> Option<Bytes> {
    let Delivery::Frame(shared) = delivery else {
        return Some(Bytes::new());
    };
    let fragment = packets.of(shared);
    match config {
        Some(known) if Arc::ptr_eq(known, &shared.frame.config) => Some(fragment),
        Some(_) => None,
        None => {
            let init = mp4::init_segment(&shared.frame.config).ok()?;
            *config = Some(Arc::clone(&shared.frame.config));
            let mut out = BytesMut::with_capacity(init.len() + fragment.len());
            out.extend_from_slice(&init);
            out.extend_from_slice(&fragment);
            Some(out.freeze())
        }
    }
}

//! `stream.ts`: H.264 in an MPEG transport stream as an endless body, for VLC, ffplay and ffprobe.
//!
//! Continuity counters count through the whole stream, so each viewer has a muxer of its own, at the price of a copy of
//! each frame: players report errors in a stream with gaps in its counters.

use axum::{Router, http::Method, response::Response, routing::get};
use bytes::Bytes;
use lenscast_media::mpegts::{Muxer, VideoStream};

use super::{ViewerRequest, admission::Wanted, body::serve};
use crate::{
    http::AppState,
    hub::{Delivery, Track},
};

/// The address, in a camera's tree.
pub fn routes() -> Router<AppState> {
    Router::new().route("/stream.ts", get(stream))
}

async fn stream(method: Method, request: ViewerRequest) -> Response {
    let mut muxer = Muxer::new(VideoStream::H264);
    let packet = move |delivery| match delivery {
        Delivery::Frame(shared) => Some(muxer.mux(&shared.frame)),
        Delivery::Skipped { .. } | Delivery::AwaitsKeyframe => Some(Bytes::new()),
    };
    let begin = |_: &Track| (Bytes::new(), packet);
    serve("stream.ts", &method, "video/mp2t", request, Wanted::Video, begin).await
}

//! `stream.ts`: H.264 in an MPEG transport stream as an endless body, for VLC, ffplay and ffprobe.
//!
//! Continuity counters count through the whole stream, so each viewer has a muxer of its own, at the price of a copy of
//! each frame: players report errors in a stream with gaps in its counters.

use std::sync::Arc;

use axum::{
    Router,
    http::{HeaderValue, Method},
    response::Response,
    routing::get,
};
use bytes::Bytes;
use lenscast_media::mpegts::{Muxer, VideoStream};

use super::{
    ViewerRequest,
    admission::Wanted,
    body::{Framing, Pieces, serve},
};
use crate::{http::AppState, hub::SharedFrame};

const CONTENT_TYPE: HeaderValue = HeaderValue::from_static("video/mp2t");

/// The address, in a camera's tree.
pub fn routes() -> Router<AppState> {
    Router::new().route("/stream.ts", get(stream))
}

async fn stream(method: Method, request: ViewerRequest) -> Response {
    let begin = |_: &_| TransportStream(Muxer::new(VideoStream::H264));
    serve("stream.ts", &method, CONTENT_TYPE, request, Wanted::Video, begin).await
}

struct TransportStream(Muxer);

impl Framing for TransportStream {
    fn frame(&mut self, shared: &Arc<SharedFrame>) -> Option<Pieces> {
        Some([self.0.mux(&shared.frame), Bytes::new()])
    }
}

//! `stream.h264`: Annex B, from a keyframe on, as an endless body.

use std::sync::Arc;

use axum::{
    Router,
    http::{HeaderValue, Method},
    response::Response,
    routing::get,
};
use bytes::Bytes;

use super::{
    ViewerRequest,
    admission::Wanted,
    body::{Framing, Pieces, serve},
};
use crate::{http::AppState, hub::SharedFrame};

const CONTENT_TYPE: HeaderValue = HeaderValue::from_static("video/h264");

/// The address, in a camera's tree.
pub fn routes() -> Router<AppState> {
    Router::new().route("/stream.h264", get(stream))
}

async fn stream(method: Method, request: ViewerRequest) -> Response {
    serve("stream.h264", &method, CONTENT_TYPE, request, Wanted::Video, |_| AnnexB).await
}

/// The frames as they are.
struct AnnexB;

impl Framing for AnnexB {
    fn frame(&mut self, shared: &Arc<SharedFrame>) -> Option<Pieces> {
        Some([shared.frame.payload.clone(), Bytes::new()])
    }
}

//! `stream.h264`: Annex B, from a keyframe on, as an endless body.

use axum::{Router, http::Method, response::Response, routing::get};
use bytes::Bytes;

use super::{ViewerRequest, admission::Wanted, body::serve};
use crate::{
    http::AppState,
    hub::{Delivery, Track},
};

/// The address, in a camera's tree.
pub fn routes() -> Router<AppState> {
    Router::new().route("/stream.h264", get(stream))
}

async fn stream(method: Method, request: ViewerRequest) -> Response {
    let packet = |delivery| match delivery {
        Delivery::Frame(shared) => Some(shared.frame.payload.clone()),
        Delivery::Skipped { .. } | Delivery::AwaitsKeyframe => Some(Bytes::new()),
    };
    let begin = |_: &Track| (Bytes::new(), packet);
    serve("stream.h264", &method, "video/h264", request, Wanted::Video, begin).await
}

//! `stream.h264`: Annex B, from a keyframe on, as an endless body.

use axum::{Router, extract::State, http::Method, response::Response, routing::get};
use bytes::Bytes;

use super::body::body;
use crate::{
    http::{AppState, CameraOf, Remote, endless},
    hub::{Delivery, ViewerInfo},
};

const NAME: &str = "stream.h264";

/// The address, in a camera's tree.
pub fn routes() -> Router<AppState> {
    Router::new().route("/stream.h264", get(stream))
}

async fn stream(
    method: Method,
    CameraOf(camera): CameraOf,
    Remote(remote): Remote,
    State(app): State<AppState>,
) -> Response {
    let body = (method != Method::HEAD).then(|| {
        let subscription = camera.video().subscribe(ViewerInfo { transport: NAME, remote });
        body(subscription, app.stopping, |delivery| match delivery {
            Delivery::Frame(shared) => Some(shared.frame.payload.clone()),
            Delivery::Skipped { .. } | Delivery::AwaitsKeyframe => Some(Bytes::new()),
        })
    });
    endless("video/h264", body)
}

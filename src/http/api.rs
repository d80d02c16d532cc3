//! `/api/v1/status` and `/healthz`.

use axum::{
    Extension, Json, Router,
    extract::State,
    response::{IntoResponse, Response},
    routing::get,
};
use serde::Serialize;
use tower_http::compression::CompressionLayer;

use super::{
    AppState,
    policy::Caching,
    shown::{sees_details, shown_state, shown_status},
};
use crate::{
    access::Grant,
    hub::{Camera, Disconnect, TrackStatus, ViewerStatus},
};

/// Routes at the root.
pub fn routes() -> Router<AppState> {
    Router::new()
        .route("/api/v1/status", get(status))
        .route("/healthz", get(|| async { "ok\n" }))
        .layer(CompressionLayer::new())
}

#[derive(Serialize)]
struct Status {
    server: &'static str,
    version: &'static str,
    uptime_s: f64,
    cameras: Vec<CameraStatus>,
}

#[derive(Serialize)]
struct CameraStatus {
    name: String,
    state: &'static str,
    message: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    retry_ms: Option<u64>,
    tracks: Vec<TrackWithViewers>,
}

#[derive(Serialize)]
struct TrackWithViewers {
    #[serde(flatten)]
    track: TrackStatus,
    viewers: Vec<ViewerStatus>,
    #[serde(rename = "departures")]
    disconnects: Vec<Disconnect>,
}

async fn status(State(app): State<AppState>, Extension(grant): Extension<Grant>) -> Response {
    let now = app.clock.now();
    let status = Status {
        server: "Lenscast",
        version: env!("CARGO_PKG_VERSION"),
        uptime_s: now.micros_since(app.clock.epoch()) as f64 / 1e6,
        cameras: app.visible(&grant).iter().map(|camera| camera_status(camera, &grant)).collect(),
    };
    let mut response = Json(status).into_response();
    Caching::Never.set(response.headers_mut());
    response
}

fn camera_status(camera: &Camera, grant: &Grant) -> CameraStatus {
    let now = camera.clock().now();
    let state = shown_state(camera, camera.state().borrow().clone(), grant);
    let tracks = camera.tracks().into_iter().map(|track| {
        let status = shown_status(camera, &track, grant);
        let (mut viewers, mut disconnects) = (track.viewers(), track.disconnects().0);
        if !sees_details(grant) {
            let gone = disconnects.iter_mut().map(|disconnect| &mut disconnect.viewer);
            viewers.iter_mut().chain(gone).for_each(|viewer| viewer.remote = None);
        }
        TrackWithViewers { track: status, viewers, disconnects }
    });
    CameraStatus {
        name: camera.name().to_owned(),
        state: state.name(),
        message: state.message().to_owned(),
        retry_ms: state.retry_ms(now),
        tracks: tracks.collect(),
    }
}

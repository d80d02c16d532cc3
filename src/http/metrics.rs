//! `/metrics`: the status as Prometheus text (exposition format 0.0.4).

use std::fmt::Write;

use axum::{
    Router,
    extract::State,
    http::{HeaderValue, header},
    response::{IntoResponse, Response},
    routing::get,
};

use super::AppState;
use crate::hub::{Camera, ViewerStatus};

/// The route at the root.
pub fn routes() -> Router<AppState> {
    Router::new().route("/metrics", get(metrics))
}

async fn metrics(State(app): State<AppState>) -> Response {
    let mut response = text(&app).into_response();
    let content_type = HeaderValue::from_static("text/plain; version=0.0.4; charset=utf-8");
    response.headers_mut().insert(header::CONTENT_TYPE, content_type);
    response
}

/// One sample: its labels behind the camera's, and its value.
type Sample = (String, f64);

fn text(app: &AppState) -> String {
    let cameras = app.cameras.all();
    let mut out = String::new();
    let mut family = |name: &str, kind: &str, help: &str, samples: &dyn Fn(&Camera) -> Vec<Sample>| {
        let _ = writeln!(out, "# HELP lenscast_{name} {help}\n# TYPE lenscast_{name} {kind}");
        for camera in &cameras {
            for (labels, value) in samples(camera) {
                // Camera names are letters, digits, - and _: nothing to escape.
                let _ = writeln!(out, "lenscast_{name}{{camera=\"{}\"{labels}}} {value}", camera.name());
            }
        }
    };
    let of_video = |value: fn(&crate::hub::TrackStatus) -> f64| {
        move |camera: &Camera| vec![(String::new(), value(&camera.video().status()))]
    };
    family("camera_live", "gauge", "1 while frames are coming.", &|camera| {
        let live = camera.state().borrow().name() == "live";
        vec![(String::new(), f64::from(u8::from(live)))]
    });
    let counters = |track: &crate::hub::TrackStatus| track.counters.clone();
    family("frames_total", "counter", "Frames published.", &of_video(|track| track.counters.frames as f64));
    family(
        "keyframes_total",
        "counter",
        "Keyframes published.",
        &of_video(|track| track.counters.keyframes as f64),
    );
    family(
        "bytes_total",
        "counter",
        "Payload bytes published.",
        &of_video(|track| track.counters.bytes as f64),
    );
    let dropped = "Frames thrown away for want of a keyframe before them.";
    family("frames_dropped_total", "counter", dropped, &of_video(|track| track.counters.dropped as f64));
    let ended_by = "Frames by the rule that told their end.";
    family("frames_ended_total", "counter", ended_by, &|camera| {
        let ended_by = counters(&camera.video().status()).ended_by;
        ended_by.iter().map(|(rule, frames)| (format!(",rule=\"{rule}\""), *frames as f64)).collect()
    });
    family(
        "cached_bytes",
        "gauge",
        "Payload bytes held for newcomers.",
        &of_video(|track| track.cached_bytes as f64),
    );
    family("viewers", "gauge", "Viewers by transport.", &|camera| {
        by_transport(camera, |_| 1.0, |sum, one| sum + one)
    });
    let lag = "Lag of the viewer that is furthest behind, by transport.";
    family("viewer_lag_seconds_max", "gauge", lag, &|camera| {
        by_transport(camera, |viewer| viewer.lag_ms / 1e3, f64::max)
    });
    family("departures_total", "counter", "Viewers who are gone, by transport and reason.", &disconnects);
    out
}

/// One sample for each transport and reason, over all tracks.
fn disconnects(camera: &Camera) -> Vec<Sample> {
    let mut sums = std::collections::BTreeMap::new();
    for (key, count) in camera.tracks().iter().flat_map(|track| track.disconnects().1) {
        *sums.entry(key).or_insert(0) += count;
    }
    let labels = |(transport, reason)| format!(",transport=\"{transport}\",reason=\"{reason}\"");
    sums.into_iter().map(|(key, count): (_, u64)| (labels(key), count as f64)).collect()
}

/// One sample a transport, folded over its viewers.
fn by_transport(camera: &Camera, value: fn(&ViewerStatus) -> f64, fold: fn(f64, f64) -> f64) -> Vec<Sample> {
    let mut sums = std::collections::BTreeMap::new();
    for status in camera.tracks().iter().flat_map(|track| track.viewers()) {
        let sum = sums.entry(status.transport).or_insert(0.0);
        *sum = fold(*sum, value(&status));
    }
    sums.into_iter().map(|(transport, sum)| (format!(",transport=\"{transport}\""), sum)).collect()
}

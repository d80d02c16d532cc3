//! `/metrics`: the status as Prometheus text (exposition format 0.0.4).
//!
//! Frames and bytes are those of the track that the camera's source writes, whatever it carries: one series a camera, so
//! that sums over cameras mean something. What renditions carry is in the status. Viewers are those of all tracks.

use std::{fmt::Write, sync::Arc};

use axum::{
    Extension, Router,
    extract::State,
    http::{HeaderValue, header},
    response::{IntoResponse, Response},
    routing::get,
};
use lenscast_media::{pcm::SoundClock, rendition::Rendition};

use super::AppState;
use crate::{
    access::Grant,
    hub::{Camera, Track, TrackStatus, ViewerStatus},
};

/// The route at the root.
pub fn routes() -> Router<AppState> {
    Router::new().route("/metrics", get(metrics))
}

async fn metrics(State(app): State<AppState>, Extension(grant): Extension<Grant>) -> Response {
    let mut response = text(&app.visible(&grant)).into_response();
    let content_type = HeaderValue::from_static("text/plain; version=0.0.4; charset=utf-8");
    response.headers_mut().insert(header::CONTENT_TYPE, content_type);
    response
}

/// Writes one family: its name, its type, its explanation, and the samples of each camera.
type Family<'a> = dyn FnMut(&str, &str, &str, &dyn Fn(&Camera) -> Vec<Sample>) + 'a;
/// One sample: its labels behind the camera's, and its value.
type Sample = (String, f64);

fn text(cameras: &[Arc<Camera>]) -> String {
    let mut out = String::new();
    let mut family = |name: &str, kind: &str, help: &str, samples: &dyn Fn(&Camera) -> Vec<Sample>| {
        let _ = writeln!(out, "# HELP lenscast_{name} {help}\n# TYPE lenscast_{name} {kind}");
        for camera in cameras {
            for (labels, value) in samples(camera) {
                // Camera names are letters, digits, - and _: nothing to escape.
                let _ = writeln!(out, "lenscast_{name}{{camera=\"{}\"{labels}}} {value}", camera.name());
            }
        }
    };
    let of_origin = |value: fn(&TrackStatus) -> f64| {
        move |camera: &Camera| vec![(String::new(), value(&origin(camera).status()))]
    };
    family("camera_live", "gauge", "1 while frames are coming.", &|camera| {
        let live = camera.state().borrow().name() == "live";
        vec![(String::new(), f64::from(u8::from(live)))]
    });
    family(
        "frames_total",
        "counter",
        "Frames of the camera's source.",
        &of_origin(|track| track.counters.frames as f64),
    );
    family(
        "keyframes_total",
        "counter",
        "Keyframes of the camera's source.",
        &of_origin(|track| track.counters.keyframes as f64),
    );
    family(
        "bytes_total",
        "counter",
        "Payload bytes of the camera's source.",
        &of_origin(|track| track.counters.bytes as f64),
    );
    let dropped = "Frames thrown away for want of a keyframe before them.";
    family("frames_dropped_total", "counter", dropped, &of_origin(|track| track.counters.dropped as f64));
    let ended_by = "Frames by what showed that they are complete.";
    family("frames_ended_total", "counter", ended_by, &|camera| {
        let ended_by = origin(camera).status().counters.ended_by;
        ended_by.iter().map(|(rule, frames)| (format!(",rule=\"{rule}\""), *frames as f64)).collect()
    });
    family(
        "cached_bytes",
        "gauge",
        "Payload bytes of the source's frames that are kept for newcomers.",
        &of_origin(|track| track.cached_bytes as f64),
    );
    sound(&mut family);
    family("viewers", "gauge", "Viewers by transport.", &|camera| {
        by_transport(camera, |_| 1.0, |sum, one| sum + one)
    });
    let lag = "Lag of the viewer that is furthest behind, by transport.";
    family("viewer_lag_seconds_max", "gauge", lag, &|camera| {
        by_transport(camera, |viewer| viewer.lag_ms / 1e3, f64::max)
    });
    family("departures_total", "counter", "Disconnected viewers, by transport and reason.", &disconnects);
    out
}

/// The clock of a camera's sound, where that has one of its own.
fn sound(family: &mut Family<'_>) {
    let of_sound = |value: fn(&SoundClock) -> f64| {
        move |camera: &Camera| {
            let track = camera.track(Rendition::PCM).and_then(|track| track.status().sound_clock);
            track.iter().map(|clock| (String::new(), value(clock))).collect()
        }
    };
    let offset = "How late sound comes, before that is corrected.";
    family("sound_offset_seconds", "gauge", offset, &of_sound(|clock| clock.offset_ms / 1e3));
    let drift = "By how many samples in a million the clock of the sound is fast.";
    family("sound_drift_ppm", "gauge", drift, &of_sound(|clock| clock.drift_ppm));
    let gaps = "How often sound was missing since its source began to run.";
    family("sound_gaps_total", "counter", gaps, &of_sound(|clock| clock.gaps as f64));
    let gap = "How long sound was missing since its source began to run.";
    family("sound_gap_seconds_total", "counter", gap, &of_sound(|clock| clock.gap_ms / 1e3));
}

/// The track that the camera's source writes; its video until it is known what the source gives.
fn origin(camera: &Camera) -> Arc<Track> {
    let origin = camera.origins().borrow().video();
    camera.track(origin).unwrap_or_else(|| Arc::clone(camera.video()))
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

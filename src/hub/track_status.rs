//! A track as the status shows it.

use std::collections::BTreeMap;

use serde::Serialize;

use lenscast_media::{
    frame::{Frame, Role},
    pcm::SoundClock,
};

use super::gop_cache::GopCache;

/// What a track has carried since the start.
#[derive(Clone, Debug, Default, Serialize)]
pub struct TrackCounters {
    /// Frames published.
    pub frames: u64,
    /// Keyframes among them.
    pub keyframes: u64,
    /// Payload bytes published.
    pub bytes: u64,
    /// Frames thrown away before publishing, for want of a keyframe before them.
    pub dropped: u64,
    /// Frames by what said that they are complete, where the source has to find that.
    pub ended_by: BTreeMap<&'static str, u64>,
}

impl TrackCounters {
    /// Counts a frame that is published; `boundary` names what said that it is complete.
    pub(super) fn count(&mut self, frame: &Frame, boundary: Option<&'static str>) {
        self.frames += 1;
        self.keyframes += u64::from(frame.role == Role::Key);
        self.bytes += frame.payload.len() as u64;
        if let Some(boundary) = boundary {
            *self.ended_by.entry(boundary).or_default() += 1;
        }
    }
}

/// A track at one moment.
#[derive(Clone, Debug, Serialize)]
pub struct TrackStatus {
    /// Number of the track.
    pub track: u32,
    /// What it carries.
    pub kind: &'static str,
    /// For a rendition: whether its encoder runs now.
    pub making: bool,
    /// For a rendition: what is wrong with its encoder, or nothing.
    pub message: String,
    /// RFC 6381 codec string, once known.
    pub codec: Option<String>,
    /// Pixels across, once known.
    pub width: Option<u32>,
    /// Pixels down, once known.
    pub height: Option<u32>,
    /// Frames per second over the newest second or two.
    pub frames_per_second: f64,
    /// Bits per second over the same time.
    pub bits_per_second: f64,
    /// Frames that B frames hold back in a decoder.
    pub reorder_depth: u32,
    /// Payload bytes held for newcomers.
    pub cached_bytes: usize,
    /// Since the start.
    #[serde(flatten)]
    pub counters: TrackCounters,
    /// For sound with a clock of its own: how that goes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sound_clock: Option<SoundClock>,
}

/// Frames and bits per second over the newest two seconds of `cache`.
pub(super) fn rates(cache: &GopCache) -> (f64, f64) {
    const WINDOW_US: u64 = 2_000_000;
    let Some(newest) = cache.iter().next_back().map(|newest| newest.frame.received_at) else {
        return (0.0, 0.0);
    };
    let mut frames = 0_u32;
    let mut bytes = 0;
    let mut span_us = 0;
    for shared in cache.iter().rev() {
        let age_us = newest.micros_since(shared.frame.received_at);
        if age_us > WINDOW_US {
            break;
        }
        span_us = age_us;
        frames += 1;
        bytes += shared.frame.payload.len();
    }
    if span_us == 0 {
        return (0.0, 0.0);
    }
    let per_second = f64::from(frames - 1) * 1e6 / span_us as f64;
    (per_second, bytes as f64 * 8.0 / f64::from(frames) * per_second)
}

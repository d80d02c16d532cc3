//! One viewer as the status shows it: its address, its transport, and how well it keeps up.

use std::{
    net::SocketAddr,
    sync::atomic::{AtomicBool, AtomicU64, Ordering},
};

use lenscast_media::time::Moment;
use serde::Serialize;

use super::disconnect_reason::DisconnectReason;

/// A viewer's address and transport.
#[derive(Clone, Copy, Debug)]
pub struct ViewerInfo {
    /// Name of the transport, as in its address: `ws/live`, `stream.mp4` …
    pub transport: &'static str,
    /// Address of the other side.
    pub remote: SocketAddr,
}

/// Counters of one viewer; written by its subscription, read by the status.
#[derive(Debug)]
pub struct Viewer {
    info: ViewerInfo,
    since: Moment,
    frames: AtomicU64,
    bytes: AtomicU64,
    skipped: AtomicU64,
    newest_taken_us: AtomicU64,
    paused: AtomicBool,
}

/// A viewer's counters at one moment.
#[derive(Clone, Debug, Serialize)]
pub struct ViewerStatus {
    /// Name of the transport.
    pub transport: &'static str,
    /// Address of the other side, for those who may know it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub remote: Option<SocketAddr>,
    /// Seconds since it came.
    pub connected_s: f64,
    /// Frames it took.
    pub frames: u64,
    /// Payload bytes of those frames.
    pub bytes: u64,
    /// Frames it missed.
    pub skipped: u64,
    /// How far the newest frame it took is behind the newest there is, in milliseconds.
    pub lag_ms: f64,
    /// Whether it takes no frames by its own wish.
    pub paused: bool,
}

impl Viewer {
    pub(super) const fn new(info: ViewerInfo, since: Moment) -> Self {
        Self {
            info,
            since,
            frames: AtomicU64::new(0),
            bytes: AtomicU64::new(0),
            skipped: AtomicU64::new(0),
            newest_taken_us: AtomicU64::new(since.as_micros()),
            paused: AtomicBool::new(false),
        }
    }

    pub(super) const fn remote(&self) -> SocketAddr {
        self.info.remote
    }

    pub(super) fn took(&self, bytes: usize, ready_at: Moment) {
        self.frames.fetch_add(1, Ordering::Relaxed);
        self.bytes.fetch_add(bytes as u64, Ordering::Relaxed);
        self.newest_taken_us.store(ready_at.as_micros(), Ordering::Relaxed);
    }

    pub(super) fn missed(&self, frames: u64) {
        self.skipped.fetch_add(frames, Ordering::Relaxed);
    }

    pub(super) fn set_paused(&self, paused: bool) {
        self.paused.store(paused, Ordering::Relaxed);
    }

    pub(super) fn is_paused(&self) -> bool {
        self.paused.load(Ordering::Relaxed)
    }

    /// Logs that the viewer is gone, as information where the server ended the connection.
    pub(super) fn log_disconnect(&self, reason: DisconnectReason, message: &str) {
        let ViewerInfo { transport, remote } = self.info;
        let skipped = self.skipped.load(Ordering::Relaxed);
        if matches!(reason, DisconnectReason::Stalled | DisconnectReason::Silent) {
            tracing::info!(%remote, transport, skipped, "viewer disconnected by the server: {message}");
        } else {
            tracing::debug!(%remote, transport, skipped, reason = reason.name(), "viewer disconnected: {message}");
        }
    }

    /// Its counters at `now`, when the newest frame there is was ready at `newest`.
    #[must_use]
    pub fn status(&self, now: Moment, newest: Moment) -> ViewerStatus {
        let taken = Moment::from_micros(self.newest_taken_us.load(Ordering::Relaxed));
        let lag_us = if self.is_paused() { 0 } else { newest.micros_since(taken) };
        ViewerStatus {
            transport: self.info.transport,
            remote: Some(self.info.remote),
            connected_s: now.micros_since(self.since) as f64 / 1e6,
            frames: self.frames.load(Ordering::Relaxed),
            bytes: self.bytes.load(Ordering::Relaxed),
            skipped: self.skipped.load(Ordering::Relaxed),
            lag_ms: lag_us as f64 / 1e3,
            paused: self.is_paused(),
        }
    }
}

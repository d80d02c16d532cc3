//! What a camera's source is doing, as the page, the status and the log show it.

use lenscast_media::time::Moment;

use crate::redact::redacted;

/// What a camera's source is doing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CameraState {
    /// Not running, because nobody watches; the first viewer starts it.
    Idle,
    /// The server looks for a camera.
    Searching,
    /// Being started, or running without a frame so far.
    Starting,
    /// Running without a frame so far, and nothing is wrong with that. `reason` is a sentence for a person.
    Waiting {
        /// What it waits for.
        reason: String,
    },
    /// Frames are coming.
    Live,
    /// Failed or ended. `reason` is a sentence for a person.
    Offline {
        /// What happened.
        reason: String,
        /// When the source is tried again; `None` while it still runs but gives nothing that can be shown.
        retry_at: Option<Moment>,
    },
    /// Ended and not tried again.
    Ended {
        /// What happened.
        reason: String,
    },
}

impl CameraState {
    /// Its name in the status and on the wires.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Idle => "idle",
            Self::Searching => "searching",
            Self::Starting | Self::Waiting { .. } => "starting",
            Self::Live => "live",
            Self::Offline { .. } => "offline",
            Self::Ended { .. } => "ended",
        }
    }

    /// What a person should read, or nothing.
    #[must_use]
    pub fn message(&self) -> &str {
        match self {
            Self::Idle | Self::Starting | Self::Live => "",
            Self::Searching => "Looking for cameras (Raspberry Pi, then USB)",
            Self::Waiting { reason } | Self::Offline { reason, .. } | Self::Ended { reason } => reason,
        }
    }

    /// The same with a message that may be shown to everyone.
    pub(super) fn redacted(mut self) -> Self {
        if let Self::Waiting { reason } | Self::Offline { reason, .. } | Self::Ended { reason } = &mut self {
            *reason = redacted(reason);
        }
        self
    }

    /// Milliseconds from `now` until the source is tried again, where that is known.
    #[must_use]
    pub fn retry_ms(&self, now: Moment) -> Option<u64> {
        match self {
            Self::Offline { retry_at: Some(retry_at), .. } => Some(retry_at.micros_since(now) / 1_000),
            _ => None,
        }
    }
}

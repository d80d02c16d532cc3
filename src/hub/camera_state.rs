//! What a camera's source is doing, as the page, the status and the log show it.

use lenscast_media::time::Moment;

use super::reason::Reason;

/// What a camera's source is doing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CameraState {
    /// Not running, because nobody watches; the first viewer starts it.
    Idle,
    /// The server looks for a camera.
    Searching,
    /// Being started, or running without a frame so far.
    Starting,
    /// Running without a frame so far, and nothing is wrong with that. `reason` says why.
    Waiting {
        /// What it waits for.
        reason: Reason,
    },
    /// Frames are coming.
    Live,
    /// Failed or ended. `reason` says why.
    Offline {
        /// What happened.
        reason: Reason,
        /// When the source is tried again; `None` while it still runs but gives nothing that can be shown.
        retry_at: Option<Moment>,
    },
    /// Ended and not tried again.
    Ended {
        /// What happened.
        reason: Reason,
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
            Self::Waiting { reason } | Self::Offline { reason, .. } | Self::Ended { reason } => reason.text(),
        }
    }

    /// The same with a message that may be shown to everyone.
    pub(super) fn redacted(self) -> Self {
        self.with_reason(Reason::redacted)
    }

    /// The same with a message that says to whoever watches what is wrong with `camera`, without a path, an address or a command.
    #[must_use]
    pub fn without_details(self, camera: &str) -> Self {
        self.with_reason(|reason| reason.without_details(camera))
    }

    fn with_reason(self, change: impl FnOnce(Reason) -> Reason) -> Self {
        match self {
            Self::Waiting { reason } => Self::Waiting { reason: change(reason) },
            Self::Offline { reason, retry_at } => Self::Offline { reason: change(reason), retry_at },
            Self::Ended { reason } => Self::Ended { reason: change(reason) },
            Self::Idle | Self::Searching | Self::Starting | Self::Live => self,
        }
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

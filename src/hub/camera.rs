//! A camera: a name, a catalogue of tracks, and what its source is doing.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use lenscast_media::time::Moment;
use tokio::sync::watch;

use super::{CacheLimits, Publisher, Track, TrackKind};
use crate::clock::Clock;

/// What a camera's source is doing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CameraState {
    /// Not running, because nobody watches; the first viewer starts it.
    Idle,
    /// Being started, or running without a frame so far.
    Starting,
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
            Self::Starting => "starting",
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
            Self::Offline { reason, .. } | Self::Ended { reason } => reason,
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

/// One camera.
#[derive(Debug)]
pub struct Camera {
    name: String,
    clock: Clock,
    tracks: Vec<Arc<Track>>,
    state: watch::Sender<CameraState>,
    closed: AtomicBool,
}

impl Camera {
    /// A camera with a video track, and the publisher for it.
    #[must_use]
    pub fn new(name: String, clock: Clock, limits: CacheLimits) -> (Arc<Self>, Publisher) {
        let video = Arc::new(Track::new(0, TrackKind::Video, clock, limits));
        let state = watch::Sender::new(CameraState::Starting);
        let camera = Arc::new(Self {
            name,
            clock,
            tracks: vec![Arc::clone(&video)],
            state,
            closed: AtomicBool::new(false),
        });
        let publisher = Publisher::new(Arc::clone(&camera), video);
        (camera, publisher)
    }

    /// Its name, as in `/cam/NAME/`.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The server's clock.
    #[must_use]
    pub const fn clock(&self) -> Clock {
        self.clock
    }

    /// Its tracks; the first is its video.
    #[must_use]
    pub fn tracks(&self) -> &[Arc<Track>] {
        &self.tracks
    }

    /// The track that has its pictures.
    #[must_use]
    pub fn video(&self) -> &Arc<Track> {
        &self.tracks[0]
    }

    /// What its source is doing, now and whenever it changes.
    #[must_use]
    pub fn state(&self) -> watch::Receiver<CameraState> {
        self.state.subscribe()
    }

    /// Tells all viewers that it is over.
    pub fn close(&self) {
        self.closed.store(true, Ordering::Release);
        self.wake_viewers();
    }

    /// Whether it is over.
    #[must_use]
    pub fn is_closed(&self) -> bool {
        self.closed.load(Ordering::Acquire)
    }

    /// Viewers wait for one thing only, their track: whatever happens to the camera wakes them there.
    fn wake_viewers(&self) {
        for track in &self.tracks {
            track.wake_viewers();
        }
    }

    pub(super) fn set_state(&self, new: CameraState) {
        let changed = self.state.send_if_modified(|state| {
            let changed = *state != new;
            if changed {
                tracing::debug!(camera = self.name, state = new.name(), "{}", new.message());
                *state = new;
            }
            changed
        });
        if changed {
            self.wake_viewers();
        }
    }
}

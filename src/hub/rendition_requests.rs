//! Where the hub hands over the making of renditions: it knows that a track is wanted, `encode/` knows how to make it.
//!
//! ```text
//! viewer ─► Camera::subscribe(kind) ─► a new Track ─► RenditionRequest ─► RenditionRequests ─► encode ─► TrackPublisher ─► Track
//! ```

use std::sync::Arc;

use tokio::sync::mpsc;

use super::{Camera, TrackKind, TrackPublisher};

/// JPEG renditions of a camera at once, each with settings of its own, beside the one with none; each costs an encoder.
pub const MAX_JPEG_RENDITIONS: usize = 4;
/// Requests that may wait: every kind a camera can have at once.
pub(super) const MAX_REQUESTS: usize = MAX_JPEG_RENDITIONS + 8;

/// A track to be made whenever it is wanted and the source does not give it.
#[derive(Debug)]
pub struct RenditionRequest {
    /// Writes the track.
    pub publisher: TrackPublisher,
}

/// The requests of one camera, for whoever makes renditions.
#[derive(Debug)]
pub struct RenditionRequests {
    pub(super) camera: Arc<Camera>,
    pub(super) waiting: mpsc::Receiver<RenditionRequest>,
}

impl RenditionRequests {
    /// The camera whose tracks are to be made.
    #[must_use]
    pub const fn camera(&self) -> &Arc<Camera> {
        &self.camera
    }

    /// The next request. Cancel-safe.
    pub async fn next(&mut self) -> Option<RenditionRequest> {
        self.waiting.recv().await
    }
}

/// There are as many renditions as may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "{MAX_JPEG_RENDITIONS} different JPEG renditions (fps, width, quality) of this camera are being watched, and more are not made: use the settings of one of them, or none"
)]
pub struct TooManyRenditions;

impl RenditionRequest {
    /// What is to be made.
    #[must_use]
    pub fn kind(&self) -> TrackKind {
        self.publisher.track().kind()
    }
}

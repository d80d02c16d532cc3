//! Where the hub hands over the making of renditions: it knows that a track is wanted, `encode/` knows how to make it.
//!
//! ```text
//! viewer ─► Camera::subscribe(rendition) ─► policy: may it be made? ─► a new Track
//!                                                                        └► RenditionRequest ─► encode ─► TrackPublisher
//! ```

use lenscast_media::rendition::Rendition;

use super::track_publisher::TrackPublisher;

/// Requests that may wait to be taken.
pub(super) const MAX_REQUESTS: usize = 16;

/// Decides whether one more rendition of a camera may be made, beside those that are there. It is given by whoever makes
/// them.
pub type RenditionPolicy = fn(Rendition, &[ExistingRendition]) -> Result<Admission, RenditionRefused>;

/// A rendition that has a track, in the eyes of a [`RenditionPolicy`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ExistingRendition {
    /// What it is.
    pub rendition: Rendition,
    /// Whether somebody wants it now.
    pub is_wanted: bool,
    /// Whether all who want it are viewers from the address of whoever asks, which may have a share only.
    pub is_askers_alone: bool,
}

/// How much one address may have of what is limited.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AddressShare {
    /// A part, so that others get something, too.
    Part,
    /// All of it: it may be a proxy, behind which others are.
    All,
}

/// What a [`RenditionPolicy`] allows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Admission {
    /// Make it.
    Add,
    /// Make it, and remove the existing one with this index.
    Replace(usize),
}

/// Why a rendition is not made, as a sentence for a person.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct RenditionRefused(pub String);

/// A track to be made whenever it is wanted and the source does not give it.
#[derive(Debug)]
pub struct RenditionRequest {
    /// Writes the track.
    pub publisher: TrackPublisher,
}

impl RenditionRequest {
    /// What is to be made.
    #[must_use]
    pub fn rendition(&self) -> Rendition {
        self.publisher.track().rendition()
    }
}

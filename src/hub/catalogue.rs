//! The tracks of a camera: found by the rendition that they carry, and numbered. A number is never used twice.

use std::sync::Arc;

use lenscast_media::rendition::Rendition;

use super::{
    requests::{Admission, ExistingRendition, RenditionPolicy, RenditionRefused},
    track::Track,
};
use crate::address_group::AddressGroup;

/// The tracks of a camera, in the order in which they were first asked for.
#[derive(Debug)]
pub(super) struct Catalogue {
    policy: RenditionPolicy,
    /// The first is always there.
    tracks: Vec<Arc<Track>>,
    next_id: u32,
}

impl Catalogue {
    /// A catalogue with one track, which has the number 0.
    pub(super) fn new(first: Arc<Track>, policy: RenditionPolicy) -> Self {
        Self { policy, tracks: vec![first], next_id: 1 }
    }

    /// The tracks at this moment.
    pub(super) fn tracks(&self) -> &[Arc<Track>] {
        &self.tracks
    }

    /// The track of `rendition`, if there is one.
    pub(super) fn find(&self, rendition: Rendition) -> Option<&Arc<Track>> {
        self.tracks.iter().find(|track| track.rendition() == rendition)
    }

    /// Adds a track, which `make` makes for its number.
    pub(super) fn add(&mut self, make: impl FnOnce(u32) -> Track) -> Arc<Track> {
        let track = Arc::new(make(self.next_id));
        self.next_id += 1;
        self.tracks.push(Arc::clone(&track));
        track
    }

    /// Makes room for one more rendition, if the policy allows it. `asker` is the address that asks, if it may have a share
    /// only.
    pub(super) fn admit(
        &mut self,
        wanted: Rendition,
        asker: Option<AddressGroup>,
        is_origin: impl Fn(Rendition) -> bool,
    ) -> Result<(), RenditionRefused> {
        let made = |track: &&Arc<Track>| !is_origin(track.rendition());
        let existing: Vec<_> = self.tracks.iter().filter(made).cloned().collect();
        let seen: Vec<_> = existing
            .iter()
            .map(|track| ExistingRendition {
                rendition: track.rendition(),
                is_wanted: track.is_wanted(),
                is_askers_alone: asker.is_some_and(|asker| track.is_wanted_only_from(asker)),
            })
            .collect();
        if let Admission::Replace(index) = (self.policy)(wanted, &seen)?
            && let Some(track) = existing.get(index)
        {
            self.remove(track);
        }
        Ok(())
    }

    /// Removes `track`, unless it is the first: its encoder stops, and its disconnect log moves to the first track.
    pub(super) fn remove(&mut self, track: &Arc<Track>) {
        if let Some(index) = self.tracks.iter().skip(1).position(|other| Arc::ptr_eq(other, track)) {
            self.tracks.remove(index + 1).retire(&self.tracks[0]);
        }
    }

    /// Whether `track` is still in it.
    pub(super) fn contains(&self, track: &Arc<Track>) -> bool {
        self.tracks.iter().any(|other| Arc::ptr_eq(other, track))
    }
}

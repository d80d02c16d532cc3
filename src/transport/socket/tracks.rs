//! What the viewer of a session gets: its pictures, and the sound that goes with them.

use crate::hub::Subscription;

/// The cursors of a viewer.
pub(super) struct Tracks {
    /// The pictures. It counts the viewer.
    pub(super) subscription: Subscription,
    /// The sound that goes with them.
    pub(super) sound: Option<Subscription>,
}

/// Lets the sound pause and go on with the pictures.
pub(super) fn pause_with(pictures: &Subscription, sound: Option<&mut Subscription>) {
    let is_paused = pictures.is_paused();
    match sound {
        Some(sound) if is_paused && !sound.is_paused() => sound.pause(),
        Some(sound) if !is_paused => sound.resume(),
        _ => {}
    }
}

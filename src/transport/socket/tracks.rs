//! What the viewer of a session gets: its pictures, and the sound that goes with them.

use crate::hub::Subscription;

/// The cursors of a viewer.
pub(super) struct Tracks {
    /// The pictures. It counts the viewer.
    pub(super) subscription: Subscription,
    /// The sound that goes with them.
    pub(super) sound: Option<Subscription>,
}

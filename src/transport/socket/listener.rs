//! A session as the sound's fan-out sees it: it does what there is to do for new frames. What depends on time alone is the part
//! of the pictures' fan-out.

use std::sync::Arc;

use tokio::time::Instant;

use super::{session::Session, transport::Transport};
use crate::hub::Follower;

/// A session that follows its sound.
pub(super) struct Listener<T>(pub(super) Arc<Session<T>>);

impl<T: Transport> Follower for Listener<T> {
    fn follow(&self, now: Instant) {
        self.0.follow(now);
    }

    fn tick(&self, _: Instant) {}
}

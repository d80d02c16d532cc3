//! The followers of a track: who is called when it has something new, in the order in which they came.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard},
};

use tokio::time::Instant;

/// Somebody who is called when a track has something new. Both methods do what can be done at once and never wait.
pub trait Follower: Send + Sync {
    /// There is a new frame, or the camera's state has changed. May be called without need.
    fn follow(&self, now: Instant);
    /// About a second has passed.
    fn tick(&self, now: Instant);
}

/// The followers of a track, and whether a task calls them.
#[derive(Default)]
pub(super) struct Followers(Mutex<Members>);

#[derive(Default)]
struct Members {
    members: BTreeMap<u64, Arc<dyn Follower>>,
    next: u64,
    is_running: bool,
}

/// A follower that has been added.
pub(super) struct Added {
    /// What [`Followers::remove`] takes.
    pub(super) number: u64,
    /// Nobody calls the followers yet.
    pub(super) needs_task: bool,
}

impl std::fmt::Debug for Followers {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("Followers").field("count", &self.lock().members.len()).finish()
    }
}

impl Followers {
    pub(super) fn add(&self, follower: Arc<dyn Follower>) -> Added {
        let mut inner = self.lock();
        let number = inner.next;
        inner.next += 1;
        inner.members.insert(number, follower);
        Added { number, needs_task: !std::mem::replace(&mut inner.is_running, true) }
    }

    pub(super) fn remove(&self, number: u64) {
        self.lock().members.remove(&number);
    }

    /// Whether the task that calls them ends, because there is nobody left.
    pub(super) fn ends(&self) -> bool {
        let mut inner = self.lock();
        inner.is_running = !inner.members.is_empty();
        !inner.is_running
    }

    /// At most `count` followers from `number` on, into `batch`; the number to go on with, or none when that was all.
    pub(super) fn next_batch(
        &self,
        number: u64,
        count: usize,
        batch: &mut Vec<Arc<dyn Follower>>,
    ) -> Option<u64> {
        let inner = self.lock();
        let mut rest = inner.members.range(number..);
        batch.extend(rest.by_ref().take(count).map(|(_, follower)| Arc::clone(follower)));
        rest.next().map(|(next, _)| *next)
    }

    #[cfg(test)]
    pub(super) fn is_running(&self) -> bool {
        self.lock().is_running
    }

    fn lock(&self) -> MutexGuard<'_, Members> {
        self.0.lock().expect("no holder of this lock panics")
    }
}

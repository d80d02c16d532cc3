//! How many viewers there may be at once: each costs memory, and all of them the network.

use std::{
    fmt,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

/// The places for viewers.
#[derive(Clone, Debug)]
pub struct Places(Arc<Counts>);

#[derive(Debug)]
struct Counts {
    taken: AtomicUsize,
    limit: AtomicUsize,
}

/// One viewer's place; dropping it makes room for another.
#[derive(Debug)]
pub struct Place(Arc<Counts>);

impl Drop for Place {
    fn drop(&mut self) {
        self.0.taken.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Places {
    /// Places for `limit` viewers.
    #[must_use]
    pub fn new(limit: usize) -> Self {
        Self(Arc::new(Counts { taken: AtomicUsize::new(0), limit: AtomicUsize::new(limit) }))
    }

    /// Changes how many there are. Viewers who have a place keep it.
    pub fn set_limit(&self, limit: usize) {
        self.0.limit.store(limit, Ordering::Relaxed);
    }

    /// A place, if one is free.
    #[must_use]
    pub fn take(&self) -> Option<Place> {
        let limit = self.0.limit.load(Ordering::Relaxed);
        let one_more = |taken| (taken < limit).then_some(taken + 1);
        let taken = self.0.taken.fetch_update(Ordering::Relaxed, Ordering::Relaxed, one_more);
        taken.ok().map(|_| Place(Arc::clone(&self.0)))
    }
}

impl fmt::Display for Places {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "all {} places for viewers are taken", self.0.limit.load(Ordering::Relaxed))
    }
}

//! How many viewers there may be at once: each costs memory, and all of them the network.

use std::{fmt, sync::Arc};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// The places for viewers.
#[derive(Clone, Debug)]
pub struct Places {
    free: Arc<Semaphore>,
    limit: usize,
}

/// One viewer's place; dropping it makes room for another.
#[derive(Debug)]
pub struct Place {
    _permit: OwnedSemaphorePermit,
}

impl Places {
    /// Places for `limit` viewers.
    #[must_use]
    pub fn new(limit: usize) -> Self {
        Self { free: Arc::new(Semaphore::new(limit.min(Semaphore::MAX_PERMITS))), limit }
    }

    /// A place, if one is free.
    #[must_use]
    pub fn take(&self) -> Option<Place> {
        Arc::clone(&self.free).try_acquire_owned().ok().map(|permit| Place { _permit: permit })
    }
}

impl fmt::Display for Places {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "all {} places for viewers are taken", self.limit)
    }
}

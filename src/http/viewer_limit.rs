//! How many viewers there may be at once: each costs memory, and all of them the network.

use std::{
    fmt,
    net::SocketAddr,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use crate::log_limiter::LogLimiter;

/// Log at most one rejected viewer per interval; count the rest.
const LOG_INTERVAL: Duration = Duration::from_secs(10);

/// The places for viewers.
#[derive(Clone, Debug)]
pub struct ViewerLimit(Arc<Counts>);

#[derive(Debug)]
struct Counts {
    taken: AtomicUsize,
    limit: AtomicUsize,
    refusals: Mutex<LogLimiter>,
}

/// One viewer's place; dropping it makes room for another.
#[derive(Debug)]
pub struct Permit(Arc<Counts>);

impl Drop for Permit {
    fn drop(&mut self) {
        self.0.taken.fetch_sub(1, Ordering::Relaxed);
    }
}

impl ViewerLimit {
    /// At most `limit` viewers at once.
    #[must_use]
    pub fn new(limit: usize) -> Self {
        Self(Arc::new(Counts {
            taken: AtomicUsize::new(0),
            limit: AtomicUsize::new(limit),
            refusals: Mutex::new(LogLimiter::new(LOG_INTERVAL)),
        }))
    }

    /// Changes how many there are. Viewers who have a place keep it.
    pub fn set_limit(&self, limit: usize) {
        self.0.limit.store(limit, Ordering::Relaxed);
    }

    /// A place for `remote`, if one is free.
    #[must_use]
    pub fn take(&self, remote: SocketAddr) -> Option<Permit> {
        let limit = self.0.limit.load(Ordering::Relaxed);
        let one_more = |taken| (taken < limit).then_some(taken + 1);
        let taken = self.0.taken.fetch_update(Ordering::Relaxed, Ordering::Relaxed, one_more);
        if taken.is_err() {
            let mut refusals = self.0.refusals.lock().expect("no holder of this lock panics");
            if let Some(others) = refusals.event(Instant::now()) {
                tracing::warn!(%remote, others, "turned away: {self}");
            }
            return None;
        }
        Some(Permit(Arc::clone(&self.0)))
    }
}

impl fmt::Display for ViewerLimit {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "all {} places for viewers are taken", self.0.limit.load(Ordering::Relaxed))
    }
}

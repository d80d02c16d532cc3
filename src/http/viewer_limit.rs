//! Limits how many viewers there are at once: each costs memory, and all of them share the network.

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

/// The limit, and how many viewers there are. Copies share both.
#[derive(Clone, Debug)]
pub struct ViewerLimit(Arc<Counts>);

#[derive(Debug)]
struct Counts {
    viewers: AtomicUsize,
    limit: AtomicUsize,
    rejections: Mutex<LogLimiter>,
}

/// Allows one viewer; dropping it makes room for another.
#[derive(Debug)]
pub struct Permit(Arc<Counts>);

impl Drop for Permit {
    fn drop(&mut self) {
        self.0.viewers.fetch_sub(1, Ordering::Relaxed);
    }
}

impl ViewerLimit {
    /// At most `limit` viewers at once.
    #[must_use]
    pub fn new(limit: usize) -> Self {
        Self(Arc::new(Counts {
            viewers: AtomicUsize::new(0),
            limit: AtomicUsize::new(limit),
            rejections: Mutex::new(LogLimiter::new(LOG_INTERVAL)),
        }))
    }

    /// Changes the limit. Viewers who have a permit keep it.
    pub fn set_limit(&self, limit: usize) {
        self.0.limit.store(limit, Ordering::Relaxed);
    }

    /// A permit for the viewer at `remote`, if the limit is not reached.
    #[must_use]
    pub fn acquire(&self, remote: SocketAddr) -> Option<Permit> {
        let limit = self.0.limit.load(Ordering::Relaxed);
        let one_more = |viewers| (viewers < limit).then_some(viewers + 1);
        let counted = self.0.viewers.fetch_update(Ordering::Relaxed, Ordering::Relaxed, one_more);
        if counted.is_err() {
            let mut rejections = self.0.rejections.lock().expect("no holder of this lock panics");
            if let Some(others) = rejections.event(Instant::now()) {
                tracing::warn!(%remote, limit, others, "viewer limit reached");
            }
            return None;
        }
        Some(Permit(Arc::clone(&self.0)))
    }
}

impl fmt::Display for ViewerLimit {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "The viewer limit ({}) is reached", self.0.limit.load(Ordering::Relaxed))
    }
}

//! How many viewers there may be at once: each costs memory, and all of them the network.

use std::{
    fmt,
    net::SocketAddr,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use tokio::time::Instant;

/// Who finds no place is logged once in so long; the others are counted.
const LOG_INTERVAL: Duration = Duration::from_secs(10);

/// The places for viewers.
#[derive(Clone, Debug)]
pub struct ViewerLimit(Arc<Counts>);

#[derive(Debug)]
struct Counts {
    taken: AtomicUsize,
    limit: AtomicUsize,
    refusals: Mutex<Refusals>,
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
            refusals: Mutex::default(),
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
            if let Some(others) = refusals.one_more(Instant::now()) {
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

/// Those who found no place.
#[derive(Debug, Default)]
struct Refusals {
    logged_at: Option<Instant>,
    unlogged: u64,
}

impl Refusals {
    /// Another one at `now`. If it is to be logged: how many were not since the last that was.
    fn one_more(&mut self, now: Instant) -> Option<u64> {
        if self.logged_at.is_some_and(|logged_at| now.duration_since(logged_at) < LOG_INTERVAL) {
            self.unlogged += 1;
            return None;
        }
        self.logged_at = Some(now);
        Some(std::mem::take(&mut self.unlogged))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_crowd_at_the_door_is_one_line_in_an_interval() {
        let begin = Instant::now();
        let mut refusals = Refusals::default();
        let table =
            [(0, Some(0)), (1, None), (9_999, None), (10_000, Some(2)), (10_001, None), (30_000, Some(1))];
        for (ms, logged) in table {
            assert_eq!(refusals.one_more(begin + Duration::from_millis(ms)), logged, "{ms}");
        }
    }
}

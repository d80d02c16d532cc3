//! Logs the first of many equal events in an interval and counts the rest. Pure.
//!
//! ```text
//! event ─► first of its interval? ─ yes ─► log it, with the number of those before it that were not logged
//!                                 └ no ──► count it
//! ```

use std::time::{Duration, Instant};

/// Decides which events of one kind are logged.
#[derive(Debug)]
pub(crate) struct LogLimiter {
    interval: Duration,
    logged_at: Option<Instant>,
    unlogged: u64,
}

impl LogLimiter {
    /// Lets one event an `interval` be logged.
    pub(crate) const fn new(interval: Duration) -> Self {
        Self { interval, logged_at: None, unlogged: 0 }
    }

    /// An event at `now`. If it is to be logged: how many were not, since the last that was.
    pub(crate) fn event(&mut self, now: Instant) -> Option<u64> {
        let is_within = |logged_at| now.saturating_duration_since(logged_at) < self.interval;
        if self.logged_at.is_some_and(is_within) {
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
    fn many_events_are_one_line_in_an_interval() {
        let begin = Instant::now();
        let mut limiter = LogLimiter::new(Duration::from_secs(10));
        let table =
            [(0, Some(0)), (1, None), (9_999, None), (10_000, Some(2)), (10_001, None), (30_000, Some(1))];
        for (ms, logged) in table {
            assert_eq!(limiter.event(begin + Duration::from_millis(ms)), logged, "{ms}");
        }
    }
}

//! How long to wait before a failed source is run again: 0.1 s, doubled up to 5 s, and 0.1 s again after a run that gave
//! frames for 5 s.

use std::time::Duration;

const FIRST: Duration = Duration::from_millis(100);
const LONGEST: Duration = Duration::from_secs(5);
/// A run that gave frames for this long resets the wait.
const GOOD_RUN: Duration = Duration::from_secs(5);

/// The waits between the runs of one source.
#[derive(Debug)]
pub(super) struct Backoff {
    next: Duration,
}

impl Backoff {
    pub(super) const fn new() -> Self {
        Self { next: FIRST }
    }

    /// The wait after a run in which frames came for `frames_for`.
    pub(super) fn after_run(&mut self, frames_for: Duration) -> Duration {
        if frames_for >= GOOD_RUN {
            self.next = FIRST;
        }
        let wait = self.next;
        self.next = (wait * 2).min(LONGEST);
        wait
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_double_to_five_seconds_and_a_good_run_resets_them() {
        let mut backoff = Backoff::new();
        let waits: Vec<_> = (0..8).map(|_| backoff.after_run(Duration::ZERO).as_millis()).collect();
        assert_eq!(waits, [100, 200, 400, 800, 1_600, 3_200, 5_000, 5_000]);
        assert_eq!(backoff.after_run(Duration::from_millis(4_999)).as_millis(), 5_000);
        assert_eq!(backoff.after_run(Duration::from_secs(5)).as_millis(), 100);
        assert_eq!(backoff.after_run(Duration::ZERO).as_millis(), 200);
    }
}

//! Chooses pictures, evenly, so that at most a given number a second remain.

use lenscast_media::time::Timestamp;

const TICKS_PER_SECOND: i64 = 90_000;

/// Lets pictures through at a rate.
#[derive(Debug)]
pub(super) struct RateLimiter {
    /// Ticks from one picture to the next; `None` for all of them.
    interval: Option<i64>,
    due: Option<i64>,
}

impl RateLimiter {
    /// Lets at most `frames_per_second` pictures a second through.
    pub(super) fn new(frames_per_second: Option<u32>) -> Self {
        let interval = |per_second: u32| TICKS_PER_SECOND / i64::from(per_second.max(1));
        Self { interval: frames_per_second.map(interval), due: None }
    }

    /// Whether the picture that is shown at `pts` for `duration` ticks goes through.
    pub(super) fn is_due(&mut self, pts: Timestamp, duration: u32) -> bool {
        let Some(interval) = self.interval else { return true };
        let now = pts.ticks;
        // Nearer to when one is due than the next picture will be; after a pause counting begins again.
        let due = self.due.filter(|due| (now - due).abs() <= 2 * interval).unwrap_or(now);
        if now + i64::from(duration) / 2 < due {
            return false;
        }
        self.due = Some(due + interval);
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Pictures that go through of two seconds of them at `rate`.
    fn let_through(rate: u32, wanted: Option<u32>) -> Vec<u32> {
        let mut rate_limiter = RateLimiter::new(wanted);
        let duration = 90_000 / rate;
        let is_due = |number: &u32| {
            let jitter = i64::from(number * 7_919 % 600) - 300;
            rate_limiter.is_due(Timestamp::video(i64::from(number * duration) + jitter), duration)
        };
        (0..2 * rate).filter(is_due).collect()
    }

    #[test]
    fn rates() {
        let table = [
            (30, None, 60),
            (30, Some(30), 60),
            (30, Some(60), 60),
            (30, Some(120), 60),
            (30, Some(15), 30),
            (30, Some(20), 40),
            (30, Some(1), 2),
            (25, Some(10), 20),
            (5, Some(30), 10),
        ];
        for (rate, wanted, count) in table {
            assert_eq!(let_through(rate, wanted).len(), count, "{wanted:?} of {rate}");
        }
        assert_eq!(let_through(30, Some(10))[..4], [0, 3, 6, 9]);
    }

    #[test]
    fn a_pause_or_a_jump_back_begins_anew() {
        let mut rate_limiter = RateLimiter::new(Some(1));
        let at = |seconds: i64| Timestamp::video(seconds * 90_000);
        let table = [(0, true), (100, true), (3, true), (4, true), (4, false)];
        for (seconds, due) in table {
            assert_eq!(rate_limiter.is_due(at(seconds), 3_000), due, "{seconds} s");
        }
    }
}

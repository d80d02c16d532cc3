//! How much a viewer may send. Pure: `now` is an argument.
//!
//! ```text
//! frames, bytes ─► debt, paid off as time passes ─► more than 8 s of debt: too much
//! ```
//! The busiest players of all acknowledge each picture: some hundred short messages a second. A viewer whose link was
//! stopped sends all of them at once, which is what the 8 s are for.

use std::time::Duration;

use tokio::time::Instant;

/// Why a viewer that sends too much is closed.
pub(super) const SENDS_TOO_MUCH: &str =
    "sent more than 500 messages or 500 kB a second, which no player does";

/// A viewer may send 500 frames a second.
const FRAME_COSTS: Duration = Duration::from_millis(2);
/// A viewer may send 500 kB a second.
const BYTE_COSTS: Duration = Duration::from_micros(2);
/// A viewer may send as much at once as in this time: 4,000 frames.
const CREDIT: Duration = Duration::from_secs(8);

/// What a viewer may still send.
#[derive(Debug)]
pub(super) struct Allowance {
    /// When what was sent so far is paid off.
    paid_off_at: Instant,
}

impl Allowance {
    pub(super) const fn new(now: Instant) -> Self {
        Self { paid_off_at: now }
    }

    /// The viewer sent `frames` WebSocket frames and `bytes` bytes; whether that was still allowed.
    pub(super) fn spend(&mut self, now: Instant, frames: u32, bytes: u32) -> bool {
        self.paid_off_at = self.paid_off_at.max(now) + FRAME_COSTS * frames + BYTE_COSTS * bytes;
        self.paid_off_at.duration_since(now) <= CREDIT
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// How many of `steps` are allowed, of which one comes each `interval`.
    fn allowed(steps: u32, interval: Duration, frames: u32, bytes: u32) -> u32 {
        let start = Instant::now();
        let mut allowance = Allowance::new(start);
        (0..steps).take_while(|step| allowance.spend(start + interval * *step, frames, bytes)).count() as u32
    }

    #[test]
    fn what_players_send_is_allowed_and_a_flood_is_not() {
        let table = [
            ("an acknowledgement for each of 240 pictures a second", 10_000, 4_166, 1, 20, 10_000),
            ("the clock each second", 1_000, 1_000_000, 1, 60, 1_000),
            ("1,000 pings at once", 1_000, 0, 1, 8, 1_000),
            ("the longest message each second", 1_000, 1_000_000, 1, 64 << 10, 1_000),
            ("empty pings without a pause", 100_000, 1, 1, 6, 3_978),
            ("nothing but bytes", 100_000, 100, 0, 4 << 10, 988),
            ("fragments", 100_000, 0, 683, 4 << 10, 5),
        ];
        for (name, steps, interval_us, frames, bytes, expected) in table {
            let got = allowed(steps, Duration::from_micros(interval_us), frames, bytes);
            assert_eq!(got, expected, "{name}");
        }
    }

    #[test]
    fn a_debt_is_paid_off_by_waiting() {
        let start = Instant::now();
        let mut allowance = Allowance::new(start);
        assert!(allowance.spend(start, 4_000, 0) && !allowance.spend(start, 1, 0));
        assert!(allowance.spend(start + Duration::from_secs(4), 1_900, 0));
    }
}

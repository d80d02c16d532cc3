//! The one clock of a source's run: all that it writes, pictures and sound, is stamped by it.
//!
//! ```text
//! RunClock { epoch, begins_at } ─┬─ arrival clock of the pictures ─► dts, duration
//!                                └─ arrival clock of the sound    ─► dts, duration
//! ```
//! Media time counts from `epoch`. No track of a run begins before the newest frame of the run before has ended.

use crate::{arrival_clock::ArrivalClock, time::Moment};

/// Where the media time of one run begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RunClock {
    epoch: Moment,
    begins_at: i64,
}

impl RunClock {
    /// A run whose media time counts from `epoch`, and none of whose frames is decoded before `begins_at`, in ticks of
    /// 90 kHz.
    #[must_use]
    pub const fn new(epoch: Moment, begins_at: i64) -> Self {
        Self { epoch, begins_at }
    }

    /// A clock for one track of the run, which gives decode times by arrival. `period_hint_90k` is the expected time from
    /// frame to frame, in ticks of 90 kHz.
    #[must_use]
    pub fn arrival(&self, period_hint_90k: u32) -> ArrivalClock {
        ArrivalClock::resume(self.epoch, self.begins_at, period_hint_90k)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tracks_of_a_run_agree_on_the_time_of_a_moment() {
        let at = |ms: u64| Moment::from_micros(1_000_000 + ms * 1_000);
        let run = RunClock::new(at(0), 90 * 500);
        let (mut pictures, mut sound) = (run.arrival(3_000), run.arrival(1_800));
        let table = [("before the run may begin", 100, 90 * 500), ("later", 700, 90 * 700)];
        for (name, ms, ticks) in table {
            assert_eq!(run.arrival(3_000).stamp(at(ms)).dts.ticks, ticks, "{name}");
        }
        assert_eq!(pictures.stamp(at(700)).dts, sound.stamp(at(700)).dts);
    }
}

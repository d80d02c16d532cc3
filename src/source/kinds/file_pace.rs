//! When the next frame of a file is due. Pure: time is an argument.
//!
//! ```text
//! time stamps   0  40  80 │ 80  80  80 │ 240 280          stand still, then jump ahead
//! due           0  40  80 │ 120 160 200│ 240 280          never closer than the stream's own rate allows
//!                           ─── ahead ──► taken back by the jump
//! ```
//! Time stamps are followed while they make sense. A step that is too small, or goes back a little (a muxer that numbers
//! frames in the order in which they are shown), takes the period of the stream instead. What that is ahead of the time
//! stamps, a later jump is shortened by. A step of hours, or back by more than a second, is a clock that was set: the period
//! again. So no file outruns its rate, whatever its time stamps say.

use std::{ops::RangeInclusive, time::Duration};

use tokio::time::Instant;

/// Ticks of time stamps in a second.
const TICKS_PER_SECOND: i64 = 90_000;
/// Time stamps further apart than this are not waited for: their clock was set in between.
const LONGEST_STEP: i64 = 10 * TICKS_PER_SECOND;
/// Steps that are believed. Time stamps that go back by more than a second begin again.
const STEPS: RangeInclusive<i64> = -TICKS_PER_SECOND..=LONGEST_STEP;
/// A shorter step is none: 300 frames a second.
const SHORTEST_STEP: i64 = 300;
/// A step that is this many times shorter than the period is none.
const SHORTEST_PART: i64 = 4;
/// The period of a stream is within these, whatever its headers say.
const PERIODS: RangeInclusive<i64> = 375..=LONGEST_STEP;

/// The pace of one file.
#[derive(Debug)]
pub(super) struct Pace {
    /// When the newest frame was due; `None` before the first one.
    due: Option<Instant>,
    /// Time stamp of the newest access unit.
    last_dts: Option<i64>,
    /// Ticks by which frames are ahead of their time stamps.
    ahead: i64,
    /// `due` and `ahead` once the access unit that was asked about last is a frame.
    next: Option<(Instant, i64)>,
    /// Whether the newest time stamp makes sense.
    is_followed: bool,
}

impl Pace {
    /// Before the first frame.
    pub(super) const fn new() -> Self {
        Self { due: None, last_dts: None, ahead: 0, next: None, is_followed: true }
    }

    /// The file is played from its beginning.
    pub(super) const fn rewind(&mut self) {
        self.last_dts = None;
        self.ahead = 0;
    }

    /// When an access unit is due. `dts` is its time stamp, `period_90k` the time of a frame as the stream says, both in ticks
    /// of 90 kHz. Playback that is late by more than a frame goes on from `now` instead of catching up.
    pub(super) fn due(&mut self, dts: Option<i64>, period_90k: u32, now: Instant) -> Instant {
        let period = i64::from(period_90k).clamp(*PERIODS.start(), *PERIODS.end());
        let step = dts.zip(self.last_dts).map(|(dts, last)| dts.saturating_sub(last));
        self.last_dts = dts;
        let Some(last) = self.due else {
            self.next = Some((now, 0));
            return now;
        };
        let (advance, ahead) = self.advance(step, period);
        self.is_followed = ahead == 0 && step.is_none_or(|step| STEPS.contains(&step));
        // Ticks of at most 10 s.
        let due = last + Duration::from_micros(advance.unsigned_abs() * 100 / 9);
        let late = now.saturating_duration_since(due);
        let due = if late > Duration::from_micros(period.unsigned_abs() * 100 / 9) { now } else { due };
        self.next = Some((due, ahead));
        due
    }

    /// The access unit has become a frame. Others cost no time.
    pub(super) const fn published(&mut self) {
        if let Some((due, ahead)) = self.next.take() {
            self.due = Some(due);
            self.ahead = ahead;
        }
    }

    /// Whether the time stamp of the access unit that was asked about last says when it is shown.
    pub(super) const fn is_followed(&self) -> bool {
        self.is_followed
    }

    /// Ticks from the newest frame to the next, and by how many it is ahead of its time stamp then.
    fn advance(&self, step: Option<i64>, period: i64) -> (i64, i64) {
        let Some(step) = step.filter(|step| STEPS.contains(step)) else {
            return (period, 0);
        };
        let advance = if step < SHORTEST_STEP.max(period / SHORTEST_PART) {
            period
        } else {
            (step - self.ahead).max(step.min(period))
        };
        (advance, (self.ahead + advance - step).clamp(0, LONGEST_STEP))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PERIOD: u32 = 3_600;

    /// Milliseconds after the first frame at which frames with these time stamps, in ms, are due.
    fn due_ms(dts_ms: &[i64], period_90k: u32) -> Vec<u128> {
        let begin = Instant::now();
        let mut pace = Pace::new();
        let mut now = begin;
        dts_ms
            .iter()
            .map(|ms| {
                now = pace.due(Some(ms * 90), period_90k, now);
                pace.published();
                (now - begin).as_millis()
            })
            .collect()
    }

    #[test]
    fn time_stamps_are_followed_while_they_make_sense() {
        const HOUR: i64 = 3_600_000;
        let table: [(&str, &[i64], &[u128]); 11] = [
            ("even", &[0, 40, 80, 120], &[0, 40, 80, 120]),
            ("twice as fast as the stream says", &[0, 20, 40, 60], &[0, 20, 40, 60]),
            ("slower than the stream says", &[0, 500, 1_000], &[0, 500, 1_000]),
            ("all equal", &[7, 7, 7, 7], &[0, 40, 80, 120]),
            ("a tick apart", &[0, 0, 1, 1], &[0, 40, 80, 120]),
            ("stand still, then jump", &[0, 0, 0, 120, 160], &[0, 40, 80, 120, 160]),
            ("jitter", &[0, 5, 80, 85, 160], &[0, 40, 80, 120, 160]),
            ("in the order of showing", &[0, 120, 40, 80, 240, 160, 200], &[0, 120, 160, 200, 240, 280, 320]),
            ("jump by hours", &[0, HOUR, HOUR + 40, 3, 43], &[0, 40, 80, 120, 160]),
            ("begin again", &[5_000, 5_040, 0, 40, 80], &[0, 40, 80, 120, 160]),
            ("a pause of 9 s", &[0, 9_000, 9_040], &[0, 9_000, 9_040]),
        ];
        for (name, dts_ms, expected) in table {
            assert_eq!(due_ms(dts_ms, PERIOD), expected, "{name}");
        }
    }

    #[test]
    fn no_second_has_more_frames_than_its_rate() {
        // Time stamps by a generator of numbers: steps of any size, forwards and backwards.
        let mut seed = 1_u32;
        let mut random = |below: u32| {
            seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            i64::from((seed >> 8) % below)
        };
        let steps = |random: &mut dyn FnMut(u32) -> i64, kind: u32| match kind {
            0 => 0,
            1 => random(9) - 4,
            2 => random(200) * 1_000_000 - 100_000_000,
            3 => -random(900),
            _ => {
                if random(50) == 0 {
                    2_000
                } else {
                    0
                }
            }
        };
        for kind in 0..5 {
            let mut dts = 0;
            let all: Vec<i64> = (0..2_000)
                .map(|_| {
                    dts += steps(&mut random, kind);
                    dts
                })
                .collect();
            let due = due_ms(&all, PERIOD);
            let most = due.windows(26).map(|frames| frames[25] - frames[0]).min().expect("many");
            assert!(most >= 999, "kind {kind}: 26 frames within {most} ms");
        }
    }

    #[test]
    fn a_rate_that_no_camera_has_is_limited() {
        assert_eq!(due_ms(&[0, 0, 0], 0), [0, 4, 8]);
        assert_eq!(due_ms(&[0, 0], u32::MAX), [0, 10_000]);
    }

    #[test]
    fn what_becomes_no_frame_costs_no_time() {
        let begin = Instant::now();
        let mut pace = Pace::new();
        assert_eq!(pace.due(None, PERIOD, begin), begin);
        pace.published();
        for _ in 0..100 {
            assert_eq!(pace.due(None, PERIOD, begin), begin + Duration::from_millis(40));
        }
    }

    #[test]
    fn late_playback_catches_up_by_less_than_a_frame() {
        const MS: Duration = Duration::from_millis(1);
        let begin = Instant::now();
        for (late_ms, expected_ms) in [(0, 40), (39, 40), (80, 40), (81, 81), (5_000, 5_000)] {
            let mut pace = Pace::new();
            pace.due(None, PERIOD, begin);
            pace.published();
            let due = pace.due(None, PERIOD, begin + MS * late_ms);
            assert_eq!(due, begin + MS * expected_ms, "{late_ms}");
        }
    }

    #[test]
    fn time_stamps_that_make_no_sense_are_not_passed_on() {
        let begin = Instant::now();
        let mut pace = Pace::new();
        let table = [
            (0, true),
            (40, true),
            (40, false),
            (80, false),
            (200, true),
            (9_000_000, false),
            (9_000_040, true),
        ];
        for (ms, expected) in table {
            pace.due(Some(ms * 90), PERIOD, begin);
            pace.published();
            assert_eq!(pace.is_followed(), expected, "{ms}");
        }
    }

    #[test]
    fn the_pace_is_kept_where_the_file_begins_again() {
        let begin = Instant::now();
        let mut pace = Pace::new();
        let mut due = begin;
        for _ in 0..3 {
            pace.rewind();
            for ms in [0, 40] {
                due = pace.due(Some(ms * 90), PERIOD, due);
                pace.published();
            }
        }
        assert_eq!(due - begin, Duration::from_millis(200));
    }
}

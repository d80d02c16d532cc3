//! Keeps sound on the server's clock, by when its samples arrive. Pure: time is an argument.
//!
//! ```text
//! arrivals ─► lateness: moment of arrival minus where the sound ends ─► least of a window ─┬─► small: another ratio
//!                                                                                          └─► large: a gap, or a leap back
//! ```
//! A sample can arrive late and never early, so the least lateness of a window says how sound and clock have drifted apart,
//! whatever pipes and a busy machine add. A controller (proportional and integral) turns it into the ratio of a resampler: a
//! few samples in a million more or less, which nobody hears. Sound that was lost makes all that follows late by its length.
//! That is more than any drift, so the time stamps leap by it at once, and it is counted as a gap.

use serde::{Deserialize, Serialize};

use crate::time::Moment;

/// At first arrivals are only measured, over this long: where sound begins is not known yet, and nothing of it is used.
const SETTLE_US: u64 = 500_000;
/// Shortest window over which the least lateness is taken.
const WINDOW_US: u64 = 500_000;
/// Fewest arrivals of a window.
const WINDOW_ARRIVALS: u32 = 3;
/// Sound that is further off was lost, or comes twice; a window of drift is a tenth of a millisecond.
const LEAP_S: f64 = 0.025;
/// The controller answers to a millisecond with a hundred samples in a million, and settles in half a minute without swinging.
const PROPORTIONAL: f64 = 0.1;
const INTEGRAL: f64 = PROPORTIONAL * PROPORTIONAL / 4.0;
/// No sound card is further off. Less than a fiftieth of a semitone.
const MOST: f64 = 1e-3;
/// Sound that is this far ahead of time comes faster than it can be heard.
const AHEAD_S: f64 = 1.0;
/// Windows that leap in the same direction, one after the other, until the rate is called wrong: three seconds.
const LEAPS_OF_WRONG_RATE: u32 = 6;

/// Sound comes at another rate than it should.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{measured} samples come in a second, and not {expected}")]
pub struct WrongRate {
    /// Samples a second of one channel that came.
    pub measured: u64,
    /// What was expected.
    pub expected: u32,
}

/// The clock of a source of sound beside that of the server, since the source began to run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct SoundClock {
    /// How far sound is from where it should be; positive: it comes late.
    pub offset_ms: f64,
    /// By how many samples in a million it is fast.
    pub drift_ppm: f64,
    /// How often sound was missing.
    pub gaps: u64,
    /// How long in all.
    pub gap_ms: f64,
}

/// The sound of one run, on its way to the server's clock.
#[derive(Debug)]
pub struct Drift {
    input_rate: u32,
    output_rate: u32,
    /// Moment of the first sample of the output, in seconds; `None` until it is known.
    begins: Option<f64>,
    /// Samples of one channel that were made since `begins`, or in the first moments.
    produced: u64,
    first_arrival: Option<Moment>,
    window: Window,
    integral: f64,
    ratio: f64,
    /// Windows in a row that leapt, negative for leaps back; and when the first of them began, with what had come by then.
    leaps: i32,
    leaps_since: (Moment, u64),
    received: u64,
    figures: SoundClock,
}

/// Arrivals since a moment.
#[derive(Clone, Copy, Debug, Default)]
struct Window {
    since: Option<Moment>,
    arrivals: u32,
    least: f64,
}

impl Drift {
    /// For sound that comes with `input_rate` samples a second of one channel, and is resampled to `output_rate`.
    #[must_use]
    pub fn new(input_rate: u32, output_rate: u32) -> Self {
        Self {
            input_rate,
            output_rate,
            begins: None,
            produced: 0,
            first_arrival: None,
            window: Window::default(),
            integral: 0.0,
            ratio: 1.0,
            leaps: 0,
            leaps_since: (Moment::default(), 0),
            received: 0,
            figures: SoundClock::default(),
        }
    }

    /// The ratio to resample with, relative to that of the two rates.
    #[must_use]
    pub const fn ratio(&self) -> f64 {
        self.ratio
    }

    /// What the source is like.
    #[must_use]
    pub const fn figures(&self) -> SoundClock {
        self.figures
    }

    /// `samples` of one channel were made. The moment of the first of them, in microseconds; `None` while that is not known.
    pub fn produced(&mut self, samples: u64) -> Option<i64> {
        let begins = self.begins.map(|begins| ((begins + self.length(self.produced)) * 1e6).round() as i64);
        self.produced += samples;
        begins
    }

    /// `samples` of one channel have arrived at `now`; of all that came, `waiting` are not in the output yet.
    ///
    /// # Errors
    /// When they come at another rate.
    pub fn arrived(&mut self, now: Moment, samples: u64, waiting: u64) -> Result<(), WrongRate> {
        self.received += samples;
        let ends = self.length(self.produced) + waiting as f64 / f64::from(self.input_rate);
        let lateness = now.as_micros() as f64 / 1e6 - ends;
        let first = *self.first_arrival.get_or_insert(now);
        let Some(begins) = self.begins else {
            self.window.add(now, lateness);
            if now.micros_since(first) >= SETTLE_US && self.window.arrivals >= WINDOW_ARRIVALS {
                self.begins = Some(self.window.least);
                self.window = Window::default();
            }
            return Ok(());
        };
        if lateness - begins < -AHEAD_S {
            return Err(self.wrong_rate(now, (first, 0)));
        }
        self.window.add(now, lateness - begins);
        let since = self.window.since.unwrap_or(now);
        let length = now.micros_since(since);
        if length < WINDOW_US || self.window.arrivals < WINDOW_ARRIVALS {
            return Ok(());
        }
        let offset = std::mem::take(&mut self.window).least;
        self.figures.offset_ms = offset * 1e3;
        if offset.abs() > LEAP_S {
            self.leap(begins, offset);
            return self.check_rate(now, offset);
        }
        self.leaps = 0;
        self.integral = (self.integral + INTEGRAL * offset * length as f64 / 1e6).clamp(-MOST, MOST);
        self.ratio = 1.0 + (PROPORTIONAL * offset + self.integral).clamp(-MOST, MOST);
        self.figures.drift_ppm = -self.integral * 1e6;
        Ok(())
    }

    fn leap(&mut self, begins: f64, offset: f64) {
        self.begins = Some(begins + offset);
        if offset > 0.0 {
            self.figures.gaps += 1;
            self.figures.gap_ms += offset * 1e3;
        }
        self.figures.offset_ms = 0.0;
    }

    /// One leap is a gap; many in one direction are another rate.
    fn check_rate(&mut self, now: Moment, offset: f64) -> Result<(), WrongRate> {
        let direction = if offset > 0.0 { 1 } else { -1 };
        if self.leaps.signum() != direction {
            self.leaps = 0;
            self.leaps_since = (now, self.received);
        }
        self.leaps += direction;
        if self.leaps.unsigned_abs() <= LEAPS_OF_WRONG_RATE {
            return Ok(());
        }
        Err(self.wrong_rate(now, self.leaps_since))
    }

    /// What has come since a moment by which `before` samples had.
    fn wrong_rate(&self, now: Moment, (since, before): (Moment, u64)) -> WrongRate {
        let measured = (self.received - before).saturating_mul(1_000_000) / now.micros_since(since).max(1);
        WrongRate { measured, expected: self.input_rate }
    }

    /// How long `samples` of the output last, in seconds.
    fn length(&self, samples: u64) -> f64 {
        samples as f64 / f64::from(self.output_rate)
    }
}

impl Window {
    fn add(&mut self, now: Moment, lateness: f64) {
        if self.since.is_none() {
            *self = Self { since: Some(now), arrivals: 0, least: f64::INFINITY };
        }
        self.arrivals += 1;
        self.least = self.least.min(lateness);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Samples of a block, 10 ms at 48 kHz.
    const BLOCK: u64 = 480;
    const START_US: u64 = 7_000_000;

    /// A microphone whose clock is `ppm` fast, read through a pipe that delays each block by up to 12 ms.
    struct Microphone {
        drift: Drift,
        ppm: f64,
        /// Samples that it has recorded, and what a resampler has made of them.
        recorded: u64,
        made: f64,
        random: u64,
        now_us: u64,
    }

    impl Microphone {
        fn new(ppm: f64) -> Self {
            let drift = Drift::new(48_000, 48_000);
            Self { drift, ppm, recorded: 0, made: 0.0, random: 1, now_us: START_US }
        }

        /// When it has recorded `samples`, in microseconds.
        fn records(&self, samples: u64) -> f64 {
            START_US as f64 + samples as f64 / 48_000.0 * 1e6 / (1.0 + self.ppm / 1e6)
        }

        /// One block. How late its time stamp is, in microseconds, and the ratio that was used.
        fn block(&mut self, is_lost: bool) -> Option<(f64, f64)> {
            let begins = self.records(self.recorded);
            self.recorded += BLOCK;
            if is_lost {
                return None;
            }
            self.random =
                self.random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            let delay = (self.random >> 33) % 12_000;
            self.now_us = self.now_us.max(self.records(self.recorded) as u64 + delay);
            let ratio = self.drift.ratio();
            let before = self.made as u64;
            self.made += BLOCK as f64 * ratio;
            let stamp = self.drift.produced(self.made as u64 - before);
            self.drift.arrived(Moment::from_micros(self.now_us), BLOCK, 0).expect("the rate is right");
            stamp.map(|stamp| (stamp as f64 - begins, ratio))
        }

        /// How late the time stamps of so many blocks are.
        fn blocks(&mut self, count: usize, are_lost: bool) -> Vec<f64> {
            (0..count).filter_map(|_| self.block(are_lost)).map(|(offset, _)| offset).collect()
        }
    }

    #[test]
    fn a_clock_that_is_fast_or_slow_stays_within_5_ms_over_10_minutes() {
        for ppm in [-200.0, 0.0, 200.0, 60.0] {
            let mut microphone = Microphone::new(ppm);
            let (mut worst, mut last) = (0.0_f64, 1.0);
            for _ in 0..60_000 {
                let Some((offset, ratio)) = microphone.block(false) else { continue };
                worst = worst.max(offset.abs());
                assert!(
                    (ratio - last).abs() < 3e-4,
                    "{ppm}: no step that could be heard, but from {last} to {ratio}"
                );
                last = ratio;
            }
            assert!(worst < 5_000.0, "{ppm}: off by {worst} us");
            let figures = microphone.drift.figures();
            assert!((figures.drift_ppm - ppm).abs() < 40.0, "{ppm}: measured {}", figures.drift_ppm);
            assert_eq!(figures.gaps, 0, "{ppm}");
        }
    }

    #[test]
    fn lost_sound_is_one_gap_of_its_length_and_what_follows_is_in_time_within_a_second() {
        let mut microphone = Microphone::new(50.0);
        microphone.blocks(1_000, false);
        microphone.blocks(30, true);
        let offsets = microphone.blocks(300, false);
        assert!(offsets[0] < -250_000.0, "at first it is thought to follow: {}", offsets[0]);
        assert!(offsets[100..].iter().all(|offset| offset.abs() < 5_000.0), "{:?}", &offsets[95..105]);
        let figures = microphone.drift.figures();
        assert_eq!(figures.gaps, 1);
        assert!((figures.gap_ms - 300.0).abs() < 5.0, "{}", figures.gap_ms);
    }

    #[test]
    fn a_reader_that_was_stopped_gets_all_of_it_late_and_nothing_leaps() {
        let mut microphone = Microphone::new(0.0);
        microphone.blocks(700, false);
        microphone.now_us += 700_000;
        let offsets = microphone.blocks(300, false);
        assert!(offsets.iter().all(|offset| offset.abs() < 5_000.0));
        assert_eq!(microphone.drift.figures().gaps, 0);
    }

    #[test]
    fn another_rate_is_named() {
        for (rate, expected) in [(44_100, 44_100), (96_000, 96_000)] {
            let mut drift = Drift::new(48_000, 48_000);
            let wrong = (1..2_000).find_map(|block| {
                drift.produced(BLOCK);
                let now = Moment::from_micros(START_US + block * BLOCK * 1_000_000 / rate);
                drift.arrived(now, BLOCK, 0).err()
            });
            let wrong = wrong.expect("it is noticed");
            assert!(wrong.measured.abs_diff(expected) < 500, "{wrong}");
        }
    }

    #[test]
    fn a_flood_is_no_sound() {
        let mut drift = Drift::new(48_000, 48_000);
        let mut floods = (0..1_000).map(|block| {
            drift.produced(32_768);
            drift.arrived(Moment::from_micros(START_US + block * 1_000), 32_768, 0)
        });
        let wrong = floods.find_map(Result::err).expect("it is noticed");
        assert!(wrong.measured > 30_000_000, "{wrong}");
        let ahead = drift.produced(0).expect("it has begun") - START_US as i64;
        assert!(ahead < 2_500_000, "nothing of it is far in the future: {ahead} us");
    }
}

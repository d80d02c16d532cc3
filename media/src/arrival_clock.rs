//! Decode times for sources without time stamps: from arrival, smoothed.
//!
//! ```text
//! arrivals   |    |  |      |    |                       |   |    |
//! dts        |----|----|----|----|-----------------------|----|---     no holes, no overlaps
//!                                '- first after the pause: its duration takes it up
//! ```
//! The `dts` of a frame was promised by the frame before it, so only durations can be chosen. Each is the
//! measured frame period plus a correction towards the arrivals:
//!
//! - Up to [`JITTER`] a tenth of the error is corrected at a time, so that jitter of 15 ms bends the durations of
//!   30 frames a second by less than a tenth. What is beyond goes within [`CATCH_UP`].
//! - A frame later than [`PAUSE`] takes the whole error at once.
//! - Frames that come faster than they last (a burst) get short durations, at least one tick, and run ahead of
//!   their arrival by at most `CATCH_UP + JITTER` and two periods, and one tick a frame.
//! - Within a group of B frames, whose presentation times are promised already, the period stays as it is and a
//!   pause waits for the end of the group.
//! - The period is the mean over the last [`WINDOW`]; it is followed slowly, but jumps when the mean and the median
//!   are off by a fifth.

use std::collections::VecDeque;

use crate::time::{Moment, Timestamp};

/// Deviation that is taken for jitter: 20 ms, in ticks.
pub const JITTER: i64 = 1_800;
/// Time in which a larger deviation is made up for: 250 ms, in ticks.
pub const CATCH_UP: i64 = 22_500;
/// A frame that is late by more ends a pause: 500 ms, in ticks.
pub const PAUSE: i64 = 45_000;
/// Time over which the frame period is measured: 400 ms, in ticks; at least [`WINDOW_FRAMES`] frames.
pub const WINDOW: i64 = 36_000;
/// Fewest intervals that the frame period is measured over.
pub const WINDOW_FRAMES: usize = 4;
/// Most arrivals that are remembered, for rates above 150 a second.
const MAX_ARRIVALS: usize = 64;
/// Most frames of a group in which a pause is not taken up: all that a decoder can hold back. What says that it is
/// longer has lost frames.
const MAX_GROUP: u32 = 16;
/// Shortest and longest frame period: 1000 frames a second, one in two seconds. What is slower is all pauses.
const PERIODS: std::ops::RangeInclusive<f64> = 90.0..=180_000.0;
/// Measured periods, as parts of the present one, that are followed slowly.
const RATE_IS_SAME: std::ops::RangeInclusive<f64> = 0.8..=1.25;

/// Decode time and duration of a frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stamp {
    /// When it is decoded: exactly the `dts + duration` of the frame before.
    pub dts: Timestamp,
    /// Ticks until the next frame is decoded; at least 1.
    pub duration: u32,
}

/// Gives decode times to frames by their arrival.
#[derive(Clone, Debug)]
pub struct ArrivalClock {
    epoch: Moment,
    next_dts: i64,
    /// The first frame may leave a hole before it.
    begins_anew: bool,
    /// Frame period in ticks, as far as it is known.
    period: f64,
    is_measured: bool,
    /// Arrivals since the last pause, the newest at the back.
    arrivals: VecDeque<i64>,
    /// The interval that ended with a pause, when that was at the last frame.
    pause: Option<i64>,
    /// Frames within a group since the last that was not, and the period that counts for all of them, since
    /// presentation times were promised by it.
    group: u32,
    group_period: Option<f64>,
}

impl ArrivalClock {
    /// A clock whose ticks of 90 kHz count from `epoch`. Its first frame has exactly `next_dts` and a duration
    /// that leads to the present; `period_hint_ticks` is the expected frame period.
    #[must_use]
    pub fn new(epoch: Moment, next_dts: i64, period_hint_ticks: u32) -> Self {
        Self {
            epoch,
            next_dts,
            begins_anew: false,
            period: period(period_hint_ticks.into()),
            is_measured: false,
            arrivals: VecDeque::new(),
            pause: None,
            group: 0,
            group_period: None,
        }
    }

    /// A clock for another run of a source: like [`Self::new`], but its first frame has the time of its arrival, or
    /// `next_dts` if that is later. The time in between was no part of the stream.
    #[must_use]
    pub fn resume(epoch: Moment, next_dts: i64, period_hint_ticks: u32) -> Self {
        Self { begins_anew: true, ..Self::new(epoch, next_dts, period_hint_ticks) }
    }

    /// The frame period that the stream claims; counts until one is measured.
    pub fn set_period_hint(&mut self, ticks: u32) {
        if !self.is_measured {
            self.period = period(ticks.into());
        }
    }

    /// The present frame period in ticks.
    #[must_use]
    pub fn period_90k(&self) -> u32 {
        // In PERIODS, so this neither wraps nor rounds to 0.
        self.group_period.unwrap_or(self.period).round() as u32
    }

    /// The `dts` of the next frame.
    #[must_use]
    pub const fn next_dts(&self) -> Timestamp {
        Timestamp::video(self.next_dts)
    }

    /// Stamps the next frame, which arrived at `received_at`.
    pub fn stamp(&mut self, received_at: Moment) -> Stamp {
        self.group = 0;
        self.group_period = None;
        self.stamp_if(received_at, true)
    }

    /// Stamps the next frame, between which and the next no pause can be taken up: a frame that is shown earlier
    /// is still to come.
    pub fn stamp_within_group(&mut self, received_at: Moment) -> Stamp {
        self.group += 1;
        self.group_period.get_or_insert(self.period);
        if self.group > MAX_GROUP { self.stamp(received_at) } else { self.stamp_if(received_at, false) }
    }

    /// Stamps the next frame, which belongs at `place`, in ticks since the epoch. There is no jitter in that, so the
    /// whole error is corrected at once: the frame after an unexpected interval is back in its place.
    pub fn stamp_exactly(&mut self, place: i64) -> Stamp {
        self.group = 0;
        self.group_period = None;
        let late_by = self.enter(place);
        self.lasting((self.period.round() as i64).saturating_add(late_by))
    }

    fn stamp_if(&mut self, received_at: Moment, may_pause: bool) -> Stamp {
        let late_by = self.enter(self.ticks_of(received_at));
        let period = self.group_period.unwrap_or(self.period);
        let correction = if late_by > PAUSE && may_pause {
            late_by
        } else {
            let within_jitter = late_by.clamp(-JITTER, JITTER);
            let beyond = (late_by - within_jitter) as f64;
            // A slow rate follows at once: more than all would swing.
            let gain = (period / CATCH_UP as f64).min(1.0);
            let correction = within_jitter as f64 * 0.1 + beyond * gain;
            // A pause that is taken up later must not leak in here: of the times that were promised to later
            // pictures of the group, MAX_GROUP frames use up one period at most.
            let share = if may_pause { 2.0 } else { f64::from(MAX_GROUP) };
            let most = period / share;
            correction.clamp(-period, most) as i64
        };
        self.lasting((period.round() as i64).saturating_add(correction))
    }

    /// A frame comes or belongs at `arrival`: how late that is.
    fn enter(&mut self, arrival: i64) -> i64 {
        if std::mem::take(&mut self.begins_anew) {
            self.next_dts = self.next_dts.max(arrival);
        }
        let late_by = arrival.saturating_sub(self.next_dts);
        self.measure(arrival);
        late_by
    }

    fn lasting(&mut self, duration: i64) -> Stamp {
        let duration = u32::try_from(duration.max(1)).unwrap_or(u32::MAX);
        let dts = Timestamp::video(self.next_dts);
        self.next_dts = self.next_dts.saturating_add(duration.into());
        Stamp { dts, duration }
    }

    /// `moment` in ticks since the epoch.
    #[must_use]
    pub fn ticks_of(&self, moment: Moment) -> i64 {
        let micros = moment.micros_since(self.epoch);
        i64::try_from(u128::from(micros) * 9 / 100).unwrap_or(i64::MAX)
    }

    /// Whether that is longer than a frame lasts. How late the frame is does not count: within a group that adds up.
    /// Behind a pause one of about its length is one, too, else jitter would decide.
    fn is_pause(&self, interval: i64) -> bool {
        let beyond_period = interval as f64 - self.period;
        let is_like = |before: i64| RATE_IS_SAME.contains(&(interval as f64 / before as f64));
        beyond_period > PAUSE as f64
            || (beyond_period > PAUSE as f64 / 2.0 && self.pause.is_some_and(is_like))
    }

    /// Follows the frame period.
    fn measure(&mut self, arrival: i64) {
        let interval = self.arrivals.back().map(|before| arrival.saturating_sub(*before));
        if let Some(interval) = interval.filter(|interval| self.is_pause(*interval)) {
            // Twice in a row is no pause but a slow rate.
            let shorter = self.pause.map(|before| before.min(interval) as f64);
            if let Some(shorter) = shorter.filter(|shorter| PERIODS.contains(shorter)) {
                self.period = shorter;
                self.is_measured = true;
            }
            self.pause = Some(interval);
            self.arrivals.clear();
            self.arrivals.push_back(arrival);
            return;
        }
        self.pause = None;
        self.arrivals.push_back(arrival);
        while self.arrivals.len() > WINDOW_FRAMES + 1
            && (self.arrivals.len() > MAX_ARRIVALS || arrival - self.arrivals[1] >= WINDOW)
        {
            self.arrivals.pop_front();
        }
        let intervals = self.arrivals.len() - 1;
        let span = arrival - self.arrivals[0];
        if intervals < WINDOW_FRAMES || span < WINDOW {
            return;
        }
        let mean = period(span as f64 / intervals as f64);
        let change = mean / self.period;
        if !self.is_measured || (!RATE_IS_SAME.contains(&change) && self.usual_change_agrees(change)) {
            self.period = mean;
            self.is_measured = true;
        } else {
            let change = change.clamp(*RATE_IS_SAME.start(), *RATE_IS_SAME.end());
            self.period *= 1.0 + (change - 1.0) * 0.05;
        }
    }

    /// Whether not only the mean but the median interval has changed: one late frame is no other rate, nor is a
    /// burst after it.
    fn usual_change_agrees(&self, change: f64) -> bool {
        let pairs = self.arrivals.iter().zip(self.arrivals.iter().skip(1));
        let mut intervals: Vec<i64> = pairs.map(|(before, after)| after.saturating_sub(*before)).collect();
        intervals.sort_unstable();
        let median = intervals[intervals.len() / 2] as f64 / self.period;
        (change > 1.0) == (median > 1.0) && !RATE_IS_SAME.contains(&median)
    }
}

fn period(ticks: f64) -> f64 {
    ticks.clamp(*PERIODS.start(), *PERIODS.end())
}

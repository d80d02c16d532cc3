//! A container's time stamps on our clock.
//!
//! ```text
//! container   0   33   67  100          5000 5033 5067       its own clock: any beginning, drifts, may be set
//! arrivals     |   |     |  |             |   | |            ours: with jitter, stalls and bursts
//! place        |   |   |   |   …          |   |   |          the container's intervals, anchored to the arrivals
//! ```
//! The anchor is the frame that took the least time to come: a later one was held up, and keeps the place it would
//! have had. Three things move it:
//!
//! - A frame that is faster moves it at once.
//! - While all frames of [`WINDOW`] are late, the clocks drift apart or the way has become longer: an eighth of the
//!   least lateness is made up for, all of it when it is more than [`STEP`].
//! - A container's time that goes back, or a frame from the future ([`EARLY`]), is a clock that was set (a camera
//!   without a battery got its time from the network) or another stream: the anchor is dropped where it comes.
//!
//! Presentation times are the container's, moved by the anchor; their order is kept whatever happens to it.

use std::collections::VecDeque;

/// A frame that is earlier by more comes from another clock: 500 ms, in ticks.
pub const EARLY: i64 = 45_000;
/// Lateness of all frames that is taken up at once: 1 s, in ticks.
pub const STEP: i64 = 90_000;
/// Time over which the least lateness is looked for: 2 s, in ticks.
pub const WINDOW: i64 = 180_000;
/// Presentation times that are remembered: more than any decoder reorders.
const REMEMBERED: usize = 20;

/// When an access unit is shown and decoded, as its container says: ticks of 90 kHz of the container's clock.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Times {
    /// When it is shown.
    pub pts: i64,
    /// When it is decoded.
    pub dts: i64,
}

/// Puts a container's times on our clock.
#[derive(Clone, Debug, Default)]
pub struct ContainerClock {
    anchor: Option<Anchor>,
    /// The last place: none goes back behind it.
    last_place: i64,
    /// Presentation times of the last frames: the container's and ours.
    shown: VecDeque<(i64, i64)>,
    /// All of ours that are not remembered any more are below or at this.
    floor: Option<i64>,
}

#[derive(Clone, Copy, Debug)]
struct Anchor {
    /// From the container's time to ours.
    offset: i64,
    last_dts: i64,
    /// When the window began, by arrival, and the least lateness in it.
    window_from: i64,
    least_lateness: i64,
}

impl ContainerClock {
    /// The place of the frame with the container's decode time `dts`, which came at `arrival`, both in ticks.
    pub fn place(&mut self, dts: i64, arrival: i64) -> i64 {
        let fresh = Anchor {
            offset: arrival.saturating_sub(dts),
            last_dts: dts,
            window_from: arrival,
            least_lateness: i64::MAX,
        };
        let Some(anchor) = self.anchor.as_mut() else {
            self.anchor = Some(fresh);
            return self.not_back(arrival);
        };
        let lateness = arrival.saturating_sub(dts.saturating_add(anchor.offset));
        if dts < anchor.last_dts || lateness < -EARLY {
            self.anchor = Some(fresh);
            while self.forget() {}
            return self.not_back(arrival);
        }
        anchor.last_dts = dts;
        if lateness < 0 {
            anchor.offset += lateness;
            anchor.least_lateness = 0;
        }
        if arrival.saturating_sub(anchor.window_from) >= WINDOW {
            let least = anchor.least_lateness.min(lateness.max(0));
            anchor.offset = anchor.offset.saturating_add(if least > STEP { least } else { least / 8 });
            (anchor.window_from, anchor.least_lateness) = (arrival, i64::MAX);
        }
        let place = dts.saturating_add(anchor.offset);
        anchor.least_lateness = anchor.least_lateness.min(arrival.saturating_sub(place).max(0));
        self.not_back(place)
    }

    /// When the frame placed last is shown; it is decoded at `dts`, which is where the promised durations have put it.
    pub fn presentation(&mut self, times: Times, dts: i64) -> i64 {
        let offset = self.anchor.map_or(0, |anchor| anchor.offset);
        let wanted = times.pts.saturating_add(offset).max(dts);
        let before =
            self.shown.iter().filter(|(theirs, _)| *theirs < times.pts).map(|(_, ours)| ours + 1).max();
        let after =
            self.shown.iter().filter(|(theirs, _)| *theirs >= times.pts).map(|(_, ours)| ours - 1).min();
        let floor = self.floor.map(|floor| floor + 1);
        let pts = wanted.min(after.unwrap_or(i64::MAX)).max(before.max(floor).unwrap_or(i64::MIN));
        if self.shown.len() == REMEMBERED {
            self.forget();
        }
        self.shown.push_back((times.pts, pts));
        pts
    }

    /// Forgets the presentation time that is remembered longest; whether there was one.
    fn forget(&mut self) -> bool {
        let oldest = self.shown.pop_front().map(|(_, ours)| ours);
        self.floor = self.floor.max(oldest);
        oldest.is_some()
    }

    fn not_back(&mut self, place: i64) -> i64 {
        self.last_place = self.last_place.max(place);
        self.last_place
    }
}

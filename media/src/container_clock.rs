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
/// Ticks that are left free where presentation times start again.
const ROOM: i64 = 64;
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
        // The first after a new anchor leaves room for those that are shown before it.
        let room = if self.shown.is_empty() { ROOM } else { 1 };
        let floor = self.floor.map(|floor| floor + room);
        let pts = wanted.min(after.unwrap_or(i64::MAX)).max(before.max(floor).unwrap_or(i64::MIN));
        self.remember(times.pts, pts)
    }

    /// A frame without times among others that have some, decoded at `dts`, is shown at `pts`, or right after, if one of
    /// those is.
    pub fn presentation_without_times(&mut self, dts: i64, pts: i64) -> i64 {
        let Some(anchor) = self.anchor else {
            self.floor = self.floor.max(Some(pts));
            return pts;
        };
        let mut theirs = pts.saturating_sub(anchor.offset);
        // One that waits for no other may have come late. What has times and comes after it is later than those before
        // it, but not always than its arrival.
        if pts <= dts
            && let Some(newest) = self.shown.iter().map(|(theirs, _)| *theirs).max()
        {
            theirs = theirs.min(newest.saturating_add(1));
        }
        let pts = pts.max(self.floor.map_or(i64::MIN, |floor| floor + 1));
        self.remember(theirs, pts)
    }

    /// Notes that what is shown at `theirs` is shown at `pts`; later by some ticks if another is shown then: where there
    /// is no room left, the order gives way.
    fn remember(&mut self, theirs: i64, mut pts: i64) -> i64 {
        while self.shown.iter().any(|(_, ours)| *ours == pts) {
            pts += 1;
        }
        if self.shown.len() == REMEMBERED {
            self.forget();
        }
        self.shown.push_back((theirs, pts));
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

#[cfg(test)]
mod tests {
    use super::*;

    const FRAME: i64 = 3_000;

    /// Places of frames that come at `arrivals`, 33 ms apart on a clock that began elsewhere.
    fn places(arrivals: impl IntoIterator<Item = i64>) -> Vec<i64> {
        let mut clock = ContainerClock::default();
        (0..).zip(arrivals).map(|(number, arrival)| clock.place(7_777 + number * FRAME, arrival)).collect()
    }

    fn steps(places: &[i64]) -> Vec<i64> {
        places.windows(2).map(|pair| pair[1] - pair[0]).collect()
    }

    #[test]
    fn jitter_does_not_come_through() {
        let jitter = [0, 1_500, 400, 2_800, 900];
        let arrivals =
            (0..300).map(|number| number * FRAME + jitter[usize::try_from(number % 5).expect("small")]);
        assert!(steps(&places(arrivals)).iter().all(|step| *step == FRAME));
    }

    #[test]
    fn a_stall_and_its_burst_change_nothing() {
        // From frame 50 on nothing comes for five seconds, and then everything at once.
        let arrivals = (0..300).map(|number| (number * FRAME).max(if number < 50 { 0 } else { 200 * FRAME }));
        assert!(steps(&places(arrivals)).iter().all(|step| *step == FRAME));
    }

    #[test]
    fn a_clock_that_runs_at_another_speed_is_followed() {
        for parts_per_million in [-200, 200] {
            let arrivals: Vec<i64> = (0..18_000)
                .map(|number| number * FRAME + number * FRAME * parts_per_million / 1_000_000)
                .collect();
            let places = places(arrivals.iter().copied());
            let error = arrivals.iter().zip(&places).map(|(arrival, place)| (arrival - place).abs()).max();
            assert!(error < Some(900), "{parts_per_million}: {error:?} ticks in ten minutes");
        }
    }

    #[test]
    fn a_clock_that_is_set_is_anchored_anew() {
        for step in [-90_000 * 3_600, -30_000, 60_000, 90_000 * 86_400 * 365] {
            let mut clock = ContainerClock::default();
            let mut places = Vec::new();
            for number in 0..100 {
                let dts = number * FRAME + if number < 50 { 0 } else { step };
                places.push(clock.place(dts, number * FRAME));
            }
            assert!(steps(&places).iter().all(|step| *step == FRAME), "{step}");
        }
    }

    #[test]
    fn a_way_that_has_become_longer_is_taken_up() {
        let arrivals = |longer: i64| {
            (0..3_000).map(move |number| number * FRAME + if number < 100 { 0 } else { longer })
        };
        for longer in [20_000, 300_000] {
            let places = places(arrivals(longer));
            let last = 2_999 * FRAME + longer - places[2_999];
            assert!((0..300).contains(&last), "{longer}: {last} ticks are left after 100 seconds");
            assert!(steps(&places).iter().all(|step| *step >= FRAME));
        }
    }

    #[test]
    fn presentation_times_keep_their_order() {
        let mut clock = ContainerClock::default();
        let mut shown = Vec::new();
        // I P B B P B B …, and in the middle of it the clock is set back.
        for number in 0..30 {
            let order = [0, 3, 1, 2]
                [usize::try_from(if number == 0 { 0 } else { (number - 1) % 3 + 1 }).expect("small")];
            let set_back = if number < 14 { 0 } else { 1_000_000 };
            let dts = number * FRAME - set_back;
            let shift = if number == 0 { 1 } else { order - (number - 1) % 3 };
            let times = Times { pts: dts + shift * FRAME, dts };
            let place = clock.place(dts, number * FRAME);
            shown.push(clock.presentation(times, place));
        }
        let mut unlike = shown.clone();
        unlike.sort_unstable();
        unlike.dedup();
        assert_eq!(unlike.len(), shown.len(), "{shown:?}");
        assert_eq!(shown[..4], [3_000, 12_000, 6_000, 9_000], "{shown:?}");
    }

    /// Gives a frame with its own times its place and its presentation.
    fn timed(clock: &mut ContainerClock, times: Times, arrival: i64) -> i64 {
        let place = clock.place(times.dts, arrival);
        clock.presentation(times, place)
    }

    #[test]
    fn a_late_frame_without_times_does_not_hold_back_the_next() {
        let mut clock = ContainerClock::default();
        let first = timed(&mut clock, Times { pts: 0, dts: 0 }, 0);
        let second = clock.presentation_without_times(4 * FRAME, 4 * FRAME);
        let third = timed(&mut clock, Times { pts: 2 * FRAME, dts: 2 * FRAME }, 4 * FRAME + 1);
        assert!(first < second && second < third, "{first} {second} {third}");
    }

    #[test]
    fn a_frame_without_times_that_waits_for_b_frames_is_shown_after_them() {
        let mut clock = ContainerClock::default();
        // I0 P3 B1 B2, and P3 has no times.
        let i0 = timed(&mut clock, Times { pts: FRAME, dts: 0 }, 0);
        let p3 = clock.presentation_without_times(FRAME, 4 * FRAME);
        let b1 = timed(&mut clock, Times { pts: 2 * FRAME, dts: 2 * FRAME }, 2 * FRAME);
        let b2 = timed(&mut clock, Times { pts: 3 * FRAME, dts: 3 * FRAME }, 3 * FRAME);
        assert!(i0 < b1 && b1 < b2 && b2 < p3, "{i0} {b1} {b2} {p3}");
    }
}

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
//! - Times that stand still, or rise by less than a quarter of what passes between the arrivals, say nothing: these frames
//!   have no place, and the arrivals decide.
//!
//! Presentation times are the container's, moved by the anchor; their order is kept whatever happens to it.

use std::collections::VecDeque;

/// A frame that is earlier by more comes from another clock: 500 ms, in ticks.
pub const EARLY: i64 = 45_000;
/// Lateness of all frames that is taken up at once: 1 s, in ticks.
pub const STEP: i64 = 90_000;
/// Time over which the least lateness is looked for: 2 s, in ticks.
pub const WINDOW: i64 = 180_000;
/// Frames whose times rose too slowly after which times say nothing. A frame that was held up is one; those behind it
/// come faster than their times rise, and each takes two away.
const SLOW: u32 = 4;
/// Presentation times this far from the decode time are no sign of B frames but wrong: behind 1 s in front of it, ...
const MOST_BEFORE: i64 = 90_000;
/// ... and beyond 60 s after it, in ticks.
const MOST_AFTER: i64 = 60 * 90_000;
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
    /// The last time said nothing.
    is_silent: bool,
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
    last_arrival: i64,
    /// Frames too slow for their arrivals, less those that were not.
    slow: u32,
    /// When the window began, by arrival, and the least lateness in it.
    window_from: i64,
    least_lateness: i64,
}

impl Anchor {
    /// Whether a frame's time stands still, or rises too slowly for its arrival as those before it did.
    fn says_nothing(&mut self, dts: i64, arrival: i64) -> bool {
        let step = dts.saturating_sub(self.last_dts);
        let passed = arrival.saturating_sub(self.last_arrival);
        self.slow = if step == 0 || step.saturating_mul(4) <= passed {
            (self.slow + 1).min(2 * SLOW)
        } else {
            self.slow.saturating_sub(2)
        };
        step == 0 || self.slow >= SLOW
    }
}

impl ContainerClock {
    /// The place of the frame with the container's decode time `dts`, which came at `arrival`, both in ticks; `None` when
    /// the time says nothing.
    pub fn place(&mut self, dts: i64, arrival: i64) -> Option<i64> {
        let fresh = Anchor {
            offset: arrival.saturating_sub(dts),
            last_dts: dts,
            last_arrival: arrival,
            slow: 0,
            window_from: arrival,
            least_lateness: i64::MAX,
        };
        let Some(anchor) = self.anchor.as_mut() else {
            self.anchor = Some(fresh);
            return Some(self.not_back(arrival));
        };
        let says_nothing = anchor.says_nothing(dts, arrival);
        let lateness = arrival.saturating_sub(dts.saturating_add(anchor.offset));
        if dts < anchor.last_dts || lateness < -EARLY {
            self.anchor = Some(fresh);
            while self.forget() {}
            return Some(self.not_back(arrival));
        }
        let slow = anchor.slow;
        (anchor.last_dts, anchor.last_arrival) = (dts, arrival);
        if says_nothing || self.is_silent {
            if says_nothing != self.is_silent {
                while self.forget() {}
            }
            self.is_silent = says_nothing;
            // Whenever the times say something again, they count from here.
            self.anchor = Some(Anchor { slow, ..fresh });
            let place = self.not_back(arrival);
            return (!says_nothing).then_some(place);
        }
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
        Some(self.not_back(place))
    }

    /// When the frame placed last is shown; it is decoded at `dts`, which is where the promised durations have put it.
    pub fn presentation(&mut self, times: Times, dts: i64) -> i64 {
        let offset = self.anchor.map_or(0, |anchor| anchor.offset);
        let is_near = (-MOST_BEFORE..=MOST_AFTER).contains(&times.pts.saturating_sub(times.dts));
        let theirs = if is_near { times.pts } else { times.dts };
        let wanted = theirs.saturating_add(offset).max(dts);
        // Of two that say the same time, the second is shown second.
        let before = self.shown.iter().filter(|(other, _)| *other <= theirs).map(|(_, ours)| ours + 1).max();
        let after = self.shown.iter().filter(|(other, _)| *other > theirs).map(|(_, ours)| ours - 1).min();
        // The first after a new anchor leaves room for those that are shown before it.
        let room = if self.shown.is_empty() { ROOM } else { 1 };
        let floor = self.floor.map(|floor| floor + room);
        let pts = wanted.min(after.unwrap_or(i64::MAX)).max(before.max(floor).unwrap_or(i64::MIN));
        self.remember(theirs, pts)
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

    /// Whether the time of the frame with this number says something.
    type Says = fn(i64) -> bool;
    /// One time of another, or of a frame's number.
    type Of = fn(i64) -> i64;

    /// Places of frames that come at `arrivals`, 33 ms apart on a clock that began elsewhere.
    fn places(arrivals: impl IntoIterator<Item = i64>) -> Vec<i64> {
        let mut clock = ContainerClock::default();
        (0..)
            .zip(arrivals)
            .map(|(number, arrival)| clock.place(7_777 + number * FRAME, arrival).expect("a time"))
            .collect()
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
                places.push(clock.place(dts, number * FRAME).expect("a time"));
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
            let place = clock.place(dts, number * FRAME).expect("a time");
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
        let place = clock.place(times.dts, arrival).expect("a time");
        clock.presentation(times, place)
    }

    #[test]
    fn times_that_say_nothing_give_no_place() {
        // How far the container's time has come at each frame, and whether it says something there.
        let table: [(&str, Of, Says); 5] = [
            ("right", |number| number * FRAME, |_| true),
            ("still", |_| 0, |number| number == 0),
            (
                "once still",
                |number| if number == 9 { 8 * FRAME } else { number * FRAME },
                |number| number != 9,
            ),
            ("a tenth", |number| number * FRAME / 10, |number| number < SLOW.into()),
            ("twice as fast", |number| number * FRAME * 2, |_| true),
        ];
        for (name, dts, says) in table {
            let mut clock = ContainerClock::default();
            for number in 0..100 {
                let place = clock.place(dts(number), number * FRAME);
                assert_eq!(place.is_some(), says(number), "{name}: {number}");
                assert!(
                    place.is_none_or(|place| (place - number * FRAME).abs() < 4 * FRAME),
                    "{name}: {place:?}"
                );
            }
        }
    }

    #[test]
    fn presentation_times_that_cannot_be_are_those_of_decoding() {
        let table: [(&str, Of); 4] = [
            ("standing still", |_| 0),
            ("far behind", |dts| dts - 10 * 90_000),
            ("far ahead, falling", |dts| (1 << 40) - dts),
            ("the same in pairs", |dts| dts - dts % (2 * FRAME)),
        ];
        for (name, pts) in table {
            let mut clock = ContainerClock::default();
            let shown: Vec<i64> = (0..100)
                .map(|number| {
                    let dts = number * FRAME;
                    timed(&mut clock, Times { pts: pts(dts), dts }, dts)
                })
                .collect();
            assert!(steps(&shown).iter().all(|step| *step == FRAME), "{name}: {shown:?}");
        }
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

//! Decode times from arrival: no holes, no overlaps, strictly rising, on time.

use lenscast_media::{
    arrival_clock::{ArrivalClock, CATCH_UP, JITTER, Stamp},
    time::Moment,
};

const SECOND: u64 = 1_000_000;

/// The stamps of frames that arrive at these microseconds, with their arrivals in ticks.
fn stamps(hint: u32, arrivals: impl IntoIterator<Item = u64>) -> Vec<(i64, Stamp)> {
    let mut clock = ArrivalClock::new(Moment::default(), 0, hint);
    let stamp = |at: u64| {
        let ticks = i64::try_from(at * 9 / 100).expect("hours at most");
        (ticks, clock.stamp(Moment::from_micros(at)))
    };
    let stamps: Vec<_> = arrivals.into_iter().map(stamp).collect();
    for pair in stamps.windows(2) {
        let (before, after) = (pair[0].1, pair[1].1);
        assert!(before.duration >= 1);
        assert_eq!(before.dts.ticks + i64::from(before.duration), after.dts.ticks, "a hole or an overlap");
    }
    stamps
}

/// How many ticks each frame is decoded after (negative: before) it arrived.
fn lead(stamps: &[(i64, Stamp)]) -> Vec<i64> {
    stamps.iter().map(|(arrival, stamp)| stamp.dts.ticks - arrival).collect()
}

/// `count` arrivals at an even rate from `start`.
fn even(start: u64, per_second: u64, count: u64) -> impl Iterator<Item = u64> {
    (0..count).map(move |index| start + index * SECOND / per_second)
}

/// A number from -`most` to `most` for each index, the same in every run.
fn jitter(index: u64, most: u64) -> i64 {
    let mut value = index.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ 0x5555;
    value ^= value >> 29;
    value = value.wrapping_mul(0xbf58_476d_1ce4_e5b9);
    value ^= value >> 32;
    (value % (2 * most + 1)) as i64 - most as i64
}

fn shifted(at: u64, by: i64) -> u64 {
    at.checked_add_signed(by).expect("after the beginning")
}

#[test]
fn even_arrivals_keep_their_distance() {
    for per_second in [1, 2, 5, 10, 15, 24, 25, 30, 50, 60, 120] {
        let period = 90_000 / per_second as i64;
        for hint in [3_000, 90_000 / per_second as u32] {
            let all = stamps(hint, even(0, per_second, 10 * per_second + 20));
            let settled = &all[2 * per_second as usize + 8..];
            for (arrival, stamp) in settled {
                let error = i64::from(stamp.duration) - period;
                assert!(error.abs() * 50 <= period, "{per_second} a second: {stamp:?}");
                let lead = stamp.dts.ticks - arrival;
                assert!(lead.abs() < period + JITTER, "{per_second} a second, hint {hint}: {lead}");
            }
        }
    }
}

#[test]
fn jitter_of_15_ms_is_smoothed() {
    let arrivals = (0..3_000u64).map(|index| shifted(100_000 + index * 33_333, jitter(index, 15_000)));
    let all = stamps(3_000, arrivals);
    for (index, (arrival, stamp)) in all.iter().enumerate().skip(30) {
        assert!((2_700..=3_300).contains(&stamp.duration), "{index}: {stamp:?}");
        assert!((stamp.dts.ticks - arrival).abs() < 3_000, "{index}: {stamp:?} at {arrival}");
    }
}

#[test]
fn after_ten_minutes_it_is_still_on_time() {
    for (name, period_us) in [("30", 33_333.0), ("29.97", 33_366.7), ("a crystal that is off", 33_340.1)] {
        let arrivals = (0..18_000u64).map(|index| {
            let at = 50_000.0 + index as f64 * period_us;
            shifted(at as u64, jitter(index, 10_000))
        });
        let all = stamps(3_000, arrivals);
        let leads = lead(&all);
        let mean = leads[17_000..].iter().sum::<i64>() / 1_000;
        assert!(mean.abs() < 900, "{name}: {mean} ticks ahead on the mean");
        assert!(leads[100..].iter().all(|lead| lead.abs() < 3_000), "{name}");
    }
}

#[test]
fn a_pause_is_taken_up_by_the_frame_after_it() {
    for pause in [600_000, SECOND, 3 * SECOND, 3_600 * SECOND] {
        let arrivals = even(0, 30, 100).chain(even(100 * SECOND / 30 + pause, 30, 100));
        let all = stamps(3_000, arrivals);
        let pause_ticks = i64::try_from(pause * 9 / 100).expect("hours");
        for (index, (arrival, stamp)) in all.iter().enumerate() {
            let lead = stamp.dts.ticks - arrival;
            let duration = i64::from(stamp.duration);
            if index == 100 {
                assert!((duration - 3_000 - pause_ticks).abs() < 300, "{pause}: {stamp:?}");
            } else {
                assert!((duration - 3_000).abs() <= 300, "{pause}: {stamp:?} is frame {index}");
                assert!(lead.abs() < 300, "{pause}: {lead} at frame {index}");
            }
        }
    }
}

#[test]
fn a_pause_within_a_group_waits_for_its_end() {
    let mut clock = ArrivalClock::new(Moment::default(), 0, 3_000);
    for at in even(0, 30, 60) {
        clock.stamp(Moment::from_micros(at));
    }
    let late = 5 * SECOND;
    let inside = clock.stamp_within_group(Moment::from_micros(late));
    assert!((2_000..=4_000).contains(&inside.duration), "{inside:?}");
    let inside = clock.stamp_within_group(Moment::from_micros(late + 33_333));
    assert!((2_000..=4_000).contains(&inside.duration), "{inside:?}");
    let outside = clock.stamp(Moment::from_micros(late + 66_666));
    assert!(outside.duration > 250_000, "{outside:?}");
    let on_time = (late + 100_000) * 9 / 100;
    assert!(clock.next_dts().ticks.abs_diff(on_time as i64) < 400, "{:?} is not {on_time}", clock.next_dts());
}

#[test]
fn another_rate_is_followed_within_a_second() {
    for (before, after) in [(30, 60), (60, 30), (30, 15), (15, 30), (25, 50), (10, 20), (20, 10), (60, 15)] {
        let change = 5 * SECOND;
        let all = stamps(3_000, even(0, before, 5 * before).chain(even(change, after, 10 * after)));
        let period = 90_000 / after as i64;
        for (arrival, stamp) in &all {
            let since = *arrival - 5 * 90_000;
            let lead = stamp.dts.ticks - arrival;
            if since > 90_000 {
                let error = i64::from(stamp.duration) - period;
                assert!(error.abs() * 4 < period, "{before} to {after}: {stamp:?} {since} ticks after");
                assert!(
                    lead.abs() < 2 * period.max(3_000),
                    "{before} to {after}: lead {lead} after {since} ticks"
                );
            }
            if since > 2 * 90_000 {
                let error = i64::from(stamp.duration) - period;
                assert!(error.abs() * 10 < period, "{before} to {after}: {stamp:?} {since} ticks after");
            }
        }
    }
}

/// At 500 ms from frame to frame, a little jitter decides on which side of `PAUSE` an interval is.
#[test]
fn a_slow_rate_is_known_after_some_frames_with_and_without_b_frames() {
    for interval in (250_000..1_900_000).step_by(16_667) {
        for group in [1, 2, 3, 4, 8] {
            let mut clock = ArrivalClock::new(Moment::default(), 0, 3_000);
            for index in 0..60 {
                let arrival = shifted((index + 1) * interval, jitter(index, 4_000));
                let arrival = Moment::from_micros(arrival);
                if (index + 1) % group == 0 {
                    clock.stamp(arrival);
                } else {
                    clock.stamp_within_group(arrival);
                }
                // What a group has promised stays.
                if index >= 6 + group {
                    let (period, real) = (f64::from(clock.period_90k()), interval as f64 * 0.09);
                    let off = (period / real - 1.0).abs();
                    assert!(
                        off < 0.1,
                        "{interval} us in groups of {group}, frame {index}: {period} for {real}"
                    );
                }
            }
        }
    }
}

#[test]
fn a_burst_runs_ahead_by_a_bounded_time_and_is_worked_off() {
    for frames in [10, 100, 1_000, 10_000] {
        let burst = std::iter::repeat_n(2 * SECOND, frames);
        let all = stamps(3_000, even(0, 30, 60).chain(burst).chain(even(2 * SECOND, 30, 300)));
        let bound = CATCH_UP + JITTER + 2 * 3_000 + i64::try_from(frames).expect("few");
        let most = lead(&all).into_iter().max().expect("frames");
        assert!(most <= bound, "{frames} at once: {most} of {bound} ticks ahead");
        let (arrival, last) = all.last().expect("frames");
        assert!((last.dts.ticks - arrival).abs() < 3_000, "{frames} at once: {last:?} at {arrival}");
    }
}

#[test]
fn a_stall_and_the_frames_it_held_back() {
    // A network that stops for 300 ms and then gives what it held back: no pause, only jitter.
    let held = even(2 * SECOND, 30, 9).map(|_| 2 * SECOND + 300_000);
    let all = stamps(3_000, even(0, 30, 60).chain(held).chain(even(2 * SECOND + 300_000, 30, 120)));
    assert!(all.iter().all(|(_, stamp)| (1..5_000).contains(&stamp.duration)));
    let settled = lead(&all[110..]);
    assert!(settled.iter().all(|lead| lead.abs() < 2_000), "{settled:?}");
}

#[test]
fn a_restarted_source_goes_on_where_the_last_ended() {
    let mut clock = ArrivalClock::new(Moment::from_micros(7 * SECOND), 90_000, 3_000);
    let first = clock.stamp(Moment::from_micros(17 * SECOND));
    assert_eq!((first.dts.ticks, first.duration), (90_000, 9 * 90_000 + 3_000));
    let second = clock.stamp(Moment::from_micros(17 * SECOND + 33_333));
    assert_eq!(second.dts.ticks, 10 * 90_000 + 3_000);
}

#[test]
fn the_claimed_rate_counts_until_one_is_measured() {
    let mut clock = ArrivalClock::new(Moment::default(), 0, 3_000);
    clock.set_period_hint(1_500);
    assert_eq!(clock.stamp(Moment::default()).duration, 1_500);
    for at in even(20_000, 50, 60) {
        clock.stamp(Moment::from_micros(at));
    }
    clock.set_period_hint(3_000);
    assert!(clock.period_90k().abs_diff(1_800) < 20);
}

#[test]
fn arrivals_that_go_back_are_survived() {
    let all = stamps(3_000, [SECOND, 0, 5 * SECOND, SECOND, u64::MAX / 100, 0, 1, 2, 3]);
    assert_eq!(all.len(), 9);
}

#[test]
fn another_run_begins_at_its_arrival_and_never_in_the_past() {
    let second = |seconds: u64| Moment::from_micros(seconds * 1_000_000);
    let table = [("after a minute", 90_000, 60, 60 * 90_000), ("at once", 90_000 * 61, 60, 90_000 * 61)];
    for (name, next_dts, arrival, expected) in table {
        let mut clock = ArrivalClock::resume(second(0), next_dts, 3_000);
        let first = clock.stamp(second(arrival));
        assert_eq!(first.dts.ticks, expected, "{name}");
        assert!(first.duration < 6_000, "{name}: {}", first.duration);
        let next = clock.stamp(second(arrival).plus_micros(33_333));
        assert_eq!(next.dts.ticks, first.dts.ticks + i64::from(first.duration), "{name}");
    }
}

//! Decode times of any arrivals: no holes, no overlaps, and never far from the arrivals for long.
#![no_main]

use lenscast_media::{
    arrival_clock::{ArrivalClock, CATCH_UP, JITTER},
    time::Moment,
};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let [hint, group, data @ ..] = data else { return };
    let mut clock = ArrivalClock::new(Moment::default(), 0, u32::from(*hint) * 100);
    let mut now = Moment::default();
    let mut next = 0;
    for (index, &interval) in data.iter().enumerate() {
        // From nothing over milliseconds to an hour.
        let micros = match interval {
            255 => 3_600_000_000,
            240.. => u64::from(interval - 239) * 500_000,
            _ => u64::from(interval) * 700,
        };
        now = now.plus_micros(micros);
        let is_within_group = *group > 0 && index % (usize::from(*group) + 1) != 0;
        let stamp = if is_within_group { clock.stamp_within_group(now) } else { clock.stamp(now) };
        assert_eq!(stamp.dts.ticks, next);
        assert!(stamp.duration >= 1);
        next += i64::from(stamp.duration);
        assert_eq!(clock.next_dts().ticks, next);
        let arrival = i64::try_from(now.as_micros() * 9 / 100).expect("some hours");
        // The longest period, with which a burst may begin, and what corrections let it overshoot.
        let most = arrival + CATCH_UP + JITTER + 2 * 180_000 + index as i64;
        assert!(next <= most, "{next} is far ahead of {arrival}");
    }
    // An even rate brings everything back.
    let mut settled = false;
    for _ in 0..2_000 {
        now = now.plus_micros(40_000);
        let stamp = clock.stamp(now);
        let arrival = i64::try_from(now.as_micros() * 9 / 100).expect("some hours");
        settled = (stamp.dts.ticks - arrival).abs() < 3_600 && stamp.duration.abs_diff(3_600) < 400;
    }
    assert!(settled, "after 80 seconds of an even rate it is not on time");
});

//! Whether decoding keeps up with the camera, and what is decoded when it does not.
//!
//! ```text
//! All ── takes longer than the pictures last, and they are late ──► KeyframesOnly
//!  ▲                                                                    │
//!  └──── at a keyframe, 10 s later; then 20, 40 … up to 320 s ──────────┘
//! ```

use lenscast_media::time::Moment;

/// A picture that is decoded 250 ms after it was there is late.
const LATE_US: u64 = 250_000;
/// Part of the time that decoding takes beyond which it does not keep up.
const FULL: f64 = 1.0;
/// Weight of the newest frame in the measure.
const WEIGHT: f64 = 1.0 / 16.0;
/// First and longest time for which only keyframes are decoded.
const REST_US: std::ops::RangeInclusive<u64> = 10_000_000..=320_000_000;
/// So long without falling behind makes the next rest short again.
const RECOVERED_US: u64 = 60_000_000;

/// Measures decoding.
#[derive(Debug, Default)]
pub(super) struct Load {
    /// Time that decoding takes for the time that a picture lasts; followed slowly.
    part: f64,
    /// Only keyframes are decoded until this moment, and how long that is in microseconds.
    rest: Option<(Moment, u64)>,
    /// How long it last rested, and when that ended.
    rested: Option<(u64, Moment)>,
}

impl Load {
    /// Whether only keyframes are decoded.
    pub(super) const fn is_too_high(&self) -> bool {
        self.rest.is_some()
    }

    /// Whether a frame is to be decoded at `now`.
    pub(super) fn takes(&mut self, is_keyframe: bool, now: Moment) -> bool {
        let Some((until, rest)) = self.rest else { return true };
        if is_keyframe && now >= until {
            self.rest = None;
            self.rested = Some((rest, now));
            self.part = 0.0;
        }
        is_keyframe
    }

    /// A frame that lasts `duration_us` was there at `ready_at` and was decoded from `began` to `ended`.
    pub(super) fn decoded(&mut self, ready_at: Moment, duration_us: u64, began: Moment, ended: Moment) {
        let part = ended.micros_since(began) as f64 / duration_us.max(1) as f64;
        self.part += (part - self.part) * WEIGHT;
        let is_late = ended.micros_since(ready_at) > LATE_US;
        if self.rest.is_none() && is_late && self.part > FULL {
            let longer = self.rested.filter(|(_, ended_at)| ended.micros_since(*ended_at) < RECOVERED_US);
            let rest = longer.map_or(*REST_US.start(), |(rest, _)| (rest * 2).min(*REST_US.end()));
            self.rest = Some((ended.plus_micros(rest), rest));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FRAME_US: u64 = 33_333;

    /// Decodes 30 frames a second with a keyframe every second, each taking `cost_us`.
    /// Gives the frames that were decoded, and the seconds in which keyframes alone were.
    fn decode(load: &mut Load, from_s: u64, seconds: u64, cost_us: u64) -> (u64, u64) {
        let (mut now, mut decoded, mut reduced) = (Moment::default(), 0, 0);
        for number in from_s * 30..(from_s + seconds) * 30 {
            let ready_at = Moment::from_micros(number * FRAME_US);
            now = now.max(ready_at);
            let is_keyframe = number % 30 == 0;
            reduced += u64::from(is_keyframe && load.is_too_high());
            if load.takes(is_keyframe, now) {
                let ended = now.plus_micros(cost_us);
                load.decoded(ready_at, FRAME_US, now, ended);
                now = ended;
                decoded += 1;
            }
        }
        (decoded, reduced)
    }

    #[test]
    fn what_keeps_up_is_decoded_whole() {
        assert_eq!(decode(&mut Load::default(), 0, 60, 30_000), (1_800, 0));
    }

    #[test]
    fn what_does_not_is_reduced_to_keyframes_for_longer_and_longer() {
        let (decoded, reduced) = decode(&mut Load::default(), 0, 120, 50_000);
        assert!(reduced > 70, "{reduced}");
        assert!(decoded < 800, "{decoded}");
    }

    #[test]
    fn it_is_tried_again() {
        let mut load = Load::default();
        decode(&mut load, 0, 5, 50_000);
        assert!(load.is_too_high());
        let (decoded, reduced) = decode(&mut load, 5, 60, 10_000);
        assert!(!load.is_too_high());
        assert!(decoded > 1_300 && reduced < 15, "{decoded} {reduced}");
    }

    #[test]
    fn a_newcomers_burst_is_no_load() {
        let mut load = Load::default();
        for number in 0..60 {
            let ready_at = Moment::from_micros(number * FRAME_US);
            let began = Moment::from_micros(60 * FRAME_US + number * 3_000);
            load.decoded(ready_at, FRAME_US, began, began.plus_micros(3_000));
        }
        assert!(!load.is_too_high());
    }
}

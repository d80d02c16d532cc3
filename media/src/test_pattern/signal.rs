//! What the test pattern shows and sounds at the beginning of each second: a flash and a beep. Their distance shows how well
//! sound and pictures are in time.

use crate::{pcm::SAMPLE_RATE, time::Moment};

/// How long flash and beep last: a tenth of a second.
const PARTS: u32 = 10;
const MICROS_PER_SECOND: u64 = 1_000_000;
const TONE_HZ: f32 = 1_000.0;
/// A quarter of what is possible.
const LOUDNESS: f32 = 8_192.0;
/// Samples in which the tone begins and ends, so that it does not click: 1 ms.
const RAMP: u32 = SAMPLE_RATE / 1_000;

/// Whether the pattern flashes at `moment`.
pub(super) const fn flashes_at(moment: Moment) -> bool {
    moment.as_micros() % MICROS_PER_SECOND < MICROS_PER_SECOND / PARTS as u64
}

/// The beep: its value `sample` samples after the beginning of a second, at 48 kHz.
#[must_use]
pub fn beep_sample(sample: u32) -> i16 {
    let length = SAMPLE_RATE / PARTS;
    if sample >= length {
        return 0;
    }
    let edge = sample.min(length - 1 - sample).min(RAMP) as f32 / RAMP as f32;
    let turn = sample as f32 * TONE_HZ / SAMPLE_RATE as f32;
    // At most LOUDNESS, so it fits.
    ((turn * std::f32::consts::TAU).sin() * LOUDNESS * edge) as i16
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn flash_and_beep_are_the_first_tenth_of_a_second() {
        for (micros, flashes) in
            [(0, true), (99_999, true), (100_000, false), (7_999_999, false), (8_000_000, true)]
        {
            assert_eq!(flashes_at(Moment::from_micros(micros)), flashes, "{micros}");
        }
        let loudest = |from: u32, to: u32| (from..to).map(|sample| beep_sample(sample).unsigned_abs()).max();
        assert!(loudest(0, 480) > Some(8_000) && loudest(4_000, 4_800) > Some(8_000));
        assert_eq!(loudest(4_800, 48_000), Some(0));
    }
}

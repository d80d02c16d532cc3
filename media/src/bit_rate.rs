//! The bit rate that suits a picture.

use crate::picture::Size;

/// Least bit rate that is suggested, in bits a second.
const MIN_BITS_PER_SECOND: u32 = 100_000;
/// Highest bit rate that is suggested, in bits a second.
const MAX_BITS_PER_SECOND: u32 = 40_000_000;

/// A good H.264 bit rate for a live picture, in bits a second: 2 Mbit/s at 1280x720 and 30 pictures a second, and by the
/// power of 3/4 more or less for others.
#[must_use]
pub fn default_bits_per_second(size: Size, frames_per_second: f32) -> u32 {
    let reference = 1280.0 * 720.0 * 30.0;
    let rate = size.pixels() as f32 * frames_per_second.max(1.0);
    let bits_per_second = 2_000_000.0 * (rate / reference).powf(0.75);
    (bits_per_second as u32).clamp(MIN_BITS_PER_SECOND, MAX_BITS_PER_SECOND)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn default_bit_rates() {
        let table = [
            ((160, 120), 109_700),
            ((640, 480), 877_000),
            ((1280, 720), 2_000_000),
            ((1920, 1080), 3_674_000),
        ];
        for ((width, height), bits) in table {
            let default = default_bits_per_second(Size::new(width, height).expect("allowed"), 30.0);
            assert!(default.abs_diff(bits) < 1_000, "{width}x{height}: {default}");
        }
    }
}

//! The frame rates that MPEG-1 has (table 2.4.3.2 "picture_rate"), and which of them stands for a camera's.
//!
//! A camera may have any rate. The one in the sequence header paces nothing in a live stream, where a player shows what
//! has come; the encoder shares out its bits by it.

/// Number of frames in so many seconds, by code; code 0 stands for none.
const RATES: [(u32, u32); 8] =
    [(24_000, 1_001), (24, 1), (25, 1), (30_000, 1_001), (30, 1), (50, 1), (60_000, 1_001), (60, 1)];

/// A frame rate of MPEG-1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FrameRate {
    /// Index in [`RATES`].
    index: usize,
}

impl FrameRate {
    /// The rate of that code in a sequence header.
    #[must_use]
    pub fn from_code(code: u32) -> Option<Self> {
        let index = usize::try_from(code).ok()?.checked_sub(1)?;
        (index < RATES.len()).then_some(Self { index })
    }

    /// Its code in a sequence header.
    #[must_use]
    pub const fn code(self) -> u32 {
        // At most 8.
        self.index as u32 + 1
    }

    /// The rate nearest to `per_second`.
    #[must_use]
    pub fn nearest(per_second: f64) -> Self {
        let distance = |index: usize| (Self { index }.per_second() - per_second).abs();
        let nearest = (0..RATES.len()).min_by(|one, other| distance(*one).total_cmp(&distance(*other)));
        Self { index: nearest.unwrap_or_default() }
    }

    /// Number of frames in so many seconds.
    #[must_use]
    pub const fn fraction(self) -> (u32, u32) {
        RATES[self.index]
    }

    /// Frames a second.
    #[must_use]
    pub fn per_second(self) -> f64 {
        let (frames, seconds) = self.fraction();
        f64::from(frames) / f64::from(seconds)
    }
}

impl std::fmt::Display for FrameRate {
    /// As a fraction, where it is one.
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match RATES[self.index] {
            (frames, 1) => write!(out, "{frames}"),
            (frames, seconds) => write!(out, "{frames}/{seconds}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_rate_stands_for_any() {
        let table = [
            (0.5, "24000/1001"),
            (10.0, "24000/1001"),
            (23.98, "24000/1001"),
            (24.0, "24"),
            (25.0, "25"),
            (27.0, "25"),
            (29.97, "30000/1001"),
            (30.0, "30"),
            (32.0, "30"),
            (45.0, "50"),
            (59.94, "60000/1001"),
            (60.0, "60"),
            (120.0, "60"),
        ];
        for (camera, expected) in table {
            assert_eq!(FrameRate::nearest(camera).to_string(), expected, "{camera}");
        }
    }

    #[test]
    fn codes_are_those_of_the_standard() {
        for code in 1..=8 {
            let rate = FrameRate::from_code(code).expect("it is known");
            assert_eq!((rate.code(), FrameRate::nearest(rate.per_second())), (code, rate));
        }
        assert_eq!((FrameRate::from_code(0), FrameRate::from_code(9)), (None, None));
    }
}

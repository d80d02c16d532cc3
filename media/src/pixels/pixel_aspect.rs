//! The shape of a pixel: how wide it is shown for its height.
//!
//! ```text
//! 720x576 coded, pixels 16:11 ─► shown as 1047x576
//! ```

/// Width and height of a pixel, without a common divisor (H.264 section E.2.1, sar_width and sar_height).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct PixelAspect {
    width: u32,
    height: u32,
}

impl PixelAspect {
    /// As wide as high.
    pub const SQUARE: Self = Self { width: 1, height: 1 };
    /// Most that one side may have of the other. Any more is damage and no camera.
    const MOST: u32 = 16;

    /// `width` to `height`; square when one of them is 0, which stands for unknown, or the shape is impossible.
    #[must_use]
    pub const fn new(width: u32, height: u32) -> Self {
        let is_possible =
            width > 0 && height > 0 && width / Self::MOST <= height && height / Self::MOST <= width;
        if !is_possible {
            return Self::SQUARE;
        }
        let (mut a, mut b) = (width, height);
        while b != 0 {
            (a, b) = (b, a % b);
        }
        Self { width: width / a, height: height / a }
    }

    /// Its width, in the unit of its height.
    #[must_use]
    pub const fn width(self) -> u32 {
        self.width
    }

    /// Its height, in the unit of its width.
    #[must_use]
    pub const fn height(self) -> u32 {
        self.height
    }

    /// Whether it is as wide as high.
    #[must_use]
    pub const fn is_square(self) -> bool {
        self.width == self.height
    }

    /// Width and height in square pixels of a picture of `width` by `height` of these. No side shrinks.
    #[must_use]
    pub fn shown_size(self, (width, height): (u32, u32)) -> (u32, u32) {
        let stretched = |side: u32, by: u32, from: u32| {
            let (side, by, from) = (u64::from(side), u64::from(by), u64::from(from));
            u32::try_from((side * by + from / 2) / from).unwrap_or(u32::MAX)
        };
        if self.width >= self.height {
            (stretched(width, self.width, self.height), height)
        } else {
            (width, stretched(height, self.height, self.width))
        }
    }
}

impl Default for PixelAspect {
    fn default() -> Self {
        Self::SQUARE
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes() {
        let table = [
            ("square", (1, 1), (1280, 720), (1280, 720)),
            ("square, not reduced", (7, 7), (1280, 720), (1280, 720)),
            ("unknown", (0, 0), (720, 576), (720, 576)),
            ("half unknown", (4, 0), (720, 576), (720, 576)),
            ("PAL, wide", (16, 11), (720, 576), (1047, 576)),
            ("twice as wide", (2, 1), (320, 240), (640, 240)),
            ("half as wide", (1, 2), (320, 240), (320, 480)),
            ("impossible", (65_535, 1), (320, 240), (320, 240)),
            ("the most", (16, 1), (320, 240), (5120, 240)),
        ];
        for (name, (width, height), coded, shown) in table {
            assert_eq!(PixelAspect::new(width, height).shown_size(coded), shown, "{name}");
        }
    }
}

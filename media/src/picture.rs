//! An uncompressed picture: planar YUV 4:2:0 (I420), and its size.
//!
//! ```text
//! ┌────────────┐
//! │ Y  w x h   │  one byte a pixel, rows without padding
//! ├─────┬──────┘
//! │ U   │  w/2 x h/2
//! ├─────┤
//! │ V   │  w/2 x h/2
//! └─────┘
//! ```
//! Values are BT.601, limited range: black is 16, white 235, no colour 128.

use std::{fmt, str::FromStr};

/// Size of a picture in pixels; both sides even and from 16 to 4096.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Size {
    width: u32,
    height: u32,
}

/// Why something is not the size of a picture.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SizeError {
    /// A side is odd, too short or too long.
    #[error("{side} {pixels} is not allowed; it must be an even number from {min} to {max}", min = Size::MIN_SIDE, max = Size::MAX_SIDE)]
    Side {
        /// `width` or `height`.
        side: &'static str,
        /// What was asked for.
        pixels: u32,
    },
    /// A text is not two numbers with an `x` between.
    #[error("size {0:?} is not allowed; it must be WIDTHxHEIGHT in pixels, such as 1280x720")]
    Text(String),
}

impl Size {
    /// Fewest pixels a side may have.
    pub const MIN_SIDE: u32 = 16;
    /// Most pixels a side may have.
    pub const MAX_SIDE: u32 = 4096;

    /// A size of `width` by `height` pixels.
    ///
    /// # Errors
    /// When a side is odd or not from 16 to 4096.
    pub const fn new(width: u32, height: u32) -> Result<Self, SizeError> {
        if !is_side(width) {
            return Err(SizeError::Side { side: "width", pixels: width });
        }
        if !is_side(height) {
            return Err(SizeError::Side { side: "height", pixels: height });
        }
        Ok(Self { width, height })
    }

    /// Pixels across.
    #[must_use]
    pub const fn width(self) -> u32 {
        self.width
    }

    /// Pixels down.
    #[must_use]
    pub const fn height(self) -> u32 {
        self.height
    }

    /// Pixels of the luma plane.
    #[must_use]
    pub const fn pixels(self) -> usize {
        self.width as usize * self.height as usize
    }

    /// Bytes of a whole picture, all planes.
    #[must_use]
    pub const fn picture_bytes(self) -> usize {
        self.pixels() + self.pixels() / 2
    }
}

const fn is_side(pixels: u32) -> bool {
    pixels.is_multiple_of(2) && Size::MIN_SIDE <= pixels && pixels <= Size::MAX_SIDE
}

impl fmt::Display for Size {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}x{}", self.width, self.height)
    }
}

impl FromStr for Size {
    type Err = SizeError;

    fn from_str(text: &str) -> Result<Self, SizeError> {
        let sides = text.split_once('x').and_then(|(width, height)| Some((side(width)?, side(height)?)));
        let (width, height) = sides.ok_or_else(|| SizeError::Text(text.to_owned()))?;
        Self::new(width, height)
    }
}

/// Digits only: `u32::from_str` would let a sign pass.
fn side(text: &str) -> Option<u32> {
    text.bytes().all(|byte| byte.is_ascii_digit()).then(|| text.parse().ok()).flatten()
}

/// Planes Y, U, V of one picture, BT.601 limited range; the chroma planes have half the width and height.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RawPicture<B = Vec<u8>> {
    size: Size,
    planes: B,
}

impl RawPicture {
    /// A black picture.
    #[must_use]
    pub fn black(size: Size) -> Self {
        let luma = size.pixels();
        let mut planes = vec![16; luma + luma / 2];
        planes[luma..].fill(128);
        Self { size, planes }
    }

    /// Becomes what `other` is.
    ///
    /// # Panics
    /// When that has another size.
    pub fn copy_from<B: AsRef<[u8]>>(&mut self, other: &RawPicture<B>) {
        self.planes.copy_from_slice(other.as_bytes());
    }

    /// The planes Y, U and V, to draw into.
    pub fn planes_mut(&mut self) -> (&mut [u8], &mut [u8], &mut [u8]) {
        let luma = self.size.pixels();
        let (y, chroma) = self.planes.split_at_mut(luma);
        let (u, v) = chroma.split_at_mut(luma / 4);
        (y, u, v)
    }
}

impl<B: AsRef<[u8]>> RawPicture<B> {
    /// A picture of bytes that are its planes, Y then U then V, without padding; `None` if there are more or fewer
    /// than its size asks for.
    #[must_use]
    pub fn from_planes(size: Size, planes: B) -> Option<Self> {
        (planes.as_ref().len() == size.picture_bytes()).then_some(Self { size, planes })
    }

    /// Its bytes, all planes.
    #[must_use]
    pub fn into_planes(self) -> B {
        self.planes
    }

    /// Its size in pixels.
    #[must_use]
    pub const fn size(&self) -> Size {
        self.size
    }

    /// All planes, Y then U then V, without padding.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        self.planes.as_ref()
    }

    /// The planes Y, U and V, without padding between rows.
    #[must_use]
    pub fn planes(&self) -> (&[u8], &[u8], &[u8]) {
        let luma = self.size.pixels();
        let (y, chroma) = self.planes.as_ref().split_at(luma);
        let (u, v) = chroma.split_at(luma / 4);
        (y, u, v)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_size_is_read_as_it_is_written() {
        for text in ["16x16", "1280x720", "4096x4096", "160x120"] {
            assert_eq!(text.parse::<Size>().map(|size| size.to_string()).as_deref(), Ok(text));
        }
    }

    #[test]
    fn what_is_not_a_size_is_refused_with_value_and_rule() {
        let table = [
            ("1281x720", "width 1281 is not allowed; it must be an even number from 16 to 4096"),
            ("1280x14", "height 14 is not allowed; it must be an even number from 16 to 4096"),
            ("4098x16", "width 4098 is not allowed; it must be an even number from 16 to 4096"),
            ("720p", "size \"720p\" is not allowed; it must be WIDTHxHEIGHT in pixels, such as 1280x720"),
            (
                "+640x480",
                "size \"+640x480\" is not allowed; it must be WIDTHxHEIGHT in pixels, such as 1280x720",
            ),
            ("x", "size \"x\" is not allowed; it must be WIDTHxHEIGHT in pixels, such as 1280x720"),
            (
                "99999999999x2",
                "size \"99999999999x2\" is not allowed; it must be WIDTHxHEIGHT in pixels, such as 1280x720",
            ),
        ];
        for (text, message) in table {
            assert_eq!(
                text.parse::<Size>().map_err(|error| error.to_string()),
                Err(message.into()),
                "{text}"
            );
        }
    }

    #[test]
    fn a_new_picture_is_black() {
        let picture = RawPicture::black(Size::new(32, 16).expect("even"));
        let (y, u, v) = picture.planes();
        assert_eq!((y.len(), u.len(), v.len()), (512, 128, 128));
        assert!(y.iter().all(|&value| value == 16) && u.iter().chain(v).all(|&value| value == 128));
    }
}

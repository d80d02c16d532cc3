//! JPEG encoder: raw pictures in, one JFIF picture each out.
//!
//! ```text
//! RawPicture ─► scaled down, if asked for ─► full range ─► JPEG 4:2:0, without thumbnail or EXIF
//! BT.601, 16 to 235                          0 to 255, as JFIF wants it
//! ```

use bytes::Bytes;
use lenscast_media::picture::{RawPicture, Size};
use rusty_jpeg::{Encoder, SamplingFactor, encode::PlanarYcbcrImage};

use super::scaler::{ScaleError, Scaler};

/// Quality if none is asked for, from 1 to 100.
pub const DEFAULT_QUALITY: u8 = 80;

/// Why a picture was not encoded.
#[derive(Debug, thiserror::Error)]
pub enum JpegError {
    /// The picture could not be made smaller.
    #[error("JPEG encoder: {0}")]
    Scale(#[from] ScaleError),
    /// The encoder failed.
    #[error("JPEG encoder: {0}")]
    Encoder(String),
}

/// One running encoder.
#[derive(Debug)]
pub struct JpegEncoder {
    quality: u8,
    width: Option<u32>,
    scaler: Scaler,
    /// The picture that is being encoded, in full range.
    full_range: Option<RawPicture>,
    /// Bytes of the last picture, as a guess for the next.
    last_bytes: usize,
}

impl JpegEncoder {
    /// An encoder of this quality, for pictures at most `width` pixels across.
    #[must_use]
    pub fn new(quality: Option<u8>, width: Option<u32>) -> Self {
        Self {
            quality: quality.unwrap_or(DEFAULT_QUALITY).clamp(1, 100),
            width,
            scaler: Scaler::default(),
            full_range: None,
            last_bytes: 0,
        }
    }

    /// Encodes `picture`; what comes out has this size.
    ///
    /// # Errors
    /// When scaling or encoding fails.
    pub fn encode<B: AsRef<[u8]>>(&mut self, picture: &RawPicture<B>) -> Result<(Bytes, Size), JpegError> {
        let from = picture.size();
        let size = scaled(from, self.width);
        let planes = match &mut self.full_range {
            Some(planes) if planes.size() == size => planes,
            none_of_that_size => none_of_that_size.insert(RawPicture::black(size)),
        };
        if size == from {
            planes.copy_from(picture);
        } else {
            self.scaler.scale(picture, planes)?;
        }
        let (luma, u, v) = planes.planes_mut();
        luma.iter_mut().for_each(|value| *value = full_range_luma(*value));
        u.iter_mut().chain(&mut *v).for_each(|value| *value = full_range_chroma(*value));
        let side = |pixels: u32| u16::try_from(pixels).unwrap_or(u16::MAX);
        let row = size.width() as usize;
        let strides = [row, row / 2, row / 2];
        let planes =
            PlanarYcbcrImage::new(luma, u, v, strides, side(size.width()), side(size.height()), (2, 2));
        let planes = planes.ok_or_else(|| JpegError::Encoder("the planes do not fit the size".into()))?;
        let mut out = Vec::with_capacity(self.last_bytes + self.last_bytes / 8);
        let mut encoder = Encoder::new(&mut out, self.quality);
        encoder.set_sampling_factor(SamplingFactor::F_2_2);
        encoder.encode_image(planes).map_err(|error| JpegError::Encoder(error.to_string()))?;
        self.last_bytes = out.len();
        Ok((out.into(), size))
    }
}

/// The size of a picture of `from` when it may be `width` across: never larger, both sides even.
fn scaled(from: Size, width: Option<u32>) -> Size {
    let Some(width) = width.filter(|width| *width < from.width()) else { return from };
    let width = (width & !1).max(Size::MIN_SIDE);
    // Sides are at most 4096, so this does not overflow.
    let height = (from.height() * width + from.width()) / (2 * from.width()) * 2;
    Size::new(width, height.max(Size::MIN_SIDE)).unwrap_or(from)
}

/// 16 to 235 becomes 0 to 255.
fn full_range_luma(value: u8) -> u8 {
    let scaled = (u32::from(value.saturating_sub(16)) * 76_309 + 32_768) >> 16;
    scaled.min(255) as u8
}

/// 16 to 240 around 128 becomes 0 to 255 around 128.
fn full_range_chroma(value: u8) -> u8 {
    let scaled = (i32::from(value) - 128) * 74_606;
    (((scaled + 32_768) >> 16) + 128).clamp(0, 255) as u8
}

#[cfg(test)]
mod tests {
    use lenscast_media::{
        test_pattern::{TestPattern, read_frame_clock_luma},
        time::Moment,
    };

    use super::*;

    fn size(width: u32, height: u32) -> Size {
        Size::new(width, height).expect("an allowed size")
    }

    #[test]
    fn sizes_follow_the_width_and_never_grow() {
        let table = [
            ((1280, 720), None, (1280, 720)),
            ((1280, 720), Some(640), (640, 360)),
            ((1280, 720), Some(641), (640, 360)),
            ((1280, 720), Some(500), (500, 282)),
            ((1280, 720), Some(1280), (1280, 720)),
            ((1280, 720), Some(4096), (1280, 720)),
            ((4096, 16), Some(16), (16, 16)),
            ((16, 4096), Some(16), (16, 4096)),
            ((722, 406), Some(360), (360, 202)),
        ];
        for ((width, height), wanted, (to_width, to_height)) in table {
            assert_eq!(scaled(size(width, height), wanted), size(to_width, to_height), "{width} {wanted:?}");
        }
    }

    #[test]
    fn ranges() {
        let luma = [(0, 0), (16, 0), (17, 1), (126, 128), (235, 255), (255, 255)];
        for (limited, full) in luma {
            assert_eq!(full_range_luma(limited), full, "{limited}");
        }
        let chroma = [(0, 0), (16, 0), (128, 128), (129, 129), (240, 255), (255, 255)];
        for (limited, full) in chroma {
            assert_eq!(full_range_chroma(limited), full, "{limited}");
        }
    }

    #[test]
    fn a_picture_can_be_read_by_another_decoder_at_every_width() {
        for width in [None, Some(640), Some(322)] {
            let at = Moment::from_micros(1_795_180_454_789_123);
            let mut pattern = TestPattern::new(size(1280, 720));
            let picture = pattern.draw(77, at, at);
            let (jpeg, size) = JpegEncoder::new(None, width).encode(picture).expect("encodes");
            assert_eq!(size.width(), width.unwrap_or(1280));
            assert_eq!(jpeg[..4], [0xff, 0xd8, 0xff, 0xe0], "JFIF");
            let mut decoder = rusty_jpeg::Decoder::new(&jpeg[..]);
            let decoded = decoder.decode_planar().expect("a JPEG picture");
            assert_eq!((u32::from(decoded.width), u32::from(decoded.height)), (size.width(), size.height()));
            assert!(decoder.exif_data().is_none());
            let luma = &decoded.components[0];
            let clock = read_frame_clock_luma(&luma.data, luma.stride, luma.width, luma.height);
            assert_eq!(clock.map(|clock| clock.number), Some(77), "{width:?}");
        }
    }

    #[test]
    fn grey_stays_grey_and_quality_counts() {
        let picture = RawPicture::black(size(64, 64));
        let (jpeg, _) = JpegEncoder::new(Some(100), None).encode(&picture).expect("encodes");
        let decoded = rusty_jpeg::Decoder::new(&jpeg[..]).decode_planar().expect("a JPEG picture");
        let values: Vec<_> = decoded.components.iter().map(|component| component.data[0]).collect();
        assert_eq!(values, [0, 128, 128]);
        let at = Moment::from_micros(1_795_180_454_789_123);
        let mut pattern = TestPattern::new(size(640, 360));
        let lengths = [5, 50, 95].map(|quality| {
            let encoded = JpegEncoder::new(Some(quality), None).encode(pattern.draw(1, at, at));
            encoded.expect("encodes").0.len()
        });
        assert!(lengths.is_sorted() && lengths[0] * 2 < lengths[2], "{lengths:?}");
    }
}

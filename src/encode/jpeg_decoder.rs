//! JPEG decoder: one picture in, a raw one out.
//!
//! ```text
//! JPEG ─► planes as they are ─► chroma to 4:2:0, sides even ─► RawPicture
//!         grey, 4:4:4, 4:2:2, 4:2:0, 4:1:1   0 to 255 becomes 16 to 235 (BT.601)
//! ```

use bytes::Bytes;
use lenscast_media::picture::{RawPicture, Size, SizeError};
use rusty_jpeg::{
    Decoder,
    decode::{PixelFormat, PlanarComponent},
};

/// Why a picture was not decoded.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum JpegDecodeError {
    /// It is damaged.
    #[error("JPEG decoder: {0}")]
    Damaged(String),
    /// The picture has a size that nothing here can take.
    #[error(transparent)]
    Size(#[from] SizeError),
    /// It is of a kind that no camera gives.
    #[error("the JPEG is {0}, which is not decoded here: grey and YCbCr of 8 bits are")]
    Unsupported(&'static str),
}

impl JpegDecodeError {
    /// Whether the pictures that follow will be refused just so.
    #[must_use]
    pub const fn is_for_all(&self) -> bool {
        matches!(self, Self::Size(_) | Self::Unsupported(_))
    }
}

/// One running decoder.
#[derive(Debug, Default)]
pub struct JpegDecoder {
    /// Planes to decode into.
    spare: Vec<Vec<u8>>,
}

impl JpegDecoder {
    /// A decoder.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Decodes one picture.
    ///
    /// # Errors
    /// When it is damaged, too large, or of a kind that no camera gives.
    pub fn decode(&mut self, jpeg: &[u8]) -> Result<RawPicture<Bytes>, JpegDecodeError> {
        let damaged = |error: rusty_jpeg::decode::Error| JpegDecodeError::Damaged(error.to_string());
        let mut decoder = Decoder::new(jpeg);
        decoder.set_single_threaded(true);
        decoder.recycle_planes(std::mem::take(&mut self.spare));
        decoder.read_info().map_err(damaged)?;
        let info = decoder.info().ok_or_else(|| JpegDecodeError::Damaged("it has no frame".into()))?;
        match info.pixel_format {
            PixelFormat::L8 | PixelFormat::RGB24 => {}
            PixelFormat::L16 => return Err(JpegDecodeError::Unsupported("of 16 bits")),
            PixelFormat::CMYK32 => return Err(JpegDecodeError::Unsupported("CMYK")),
        }
        // Before anything of that size is allocated.
        let size = Size::new(u32::from(info.width) & !1, u32::from(info.height) & !1)?;
        let decoded = decoder.decode_planar().map_err(damaged)?;
        let mut planes = vec![0; size.picture_bytes()];
        let (luma, chroma) = planes.split_at_mut(size.pixels());
        let (u, v) = chroma.split_at_mut(size.pixels() / 4);
        let [y, others @ ..] = &decoded.components[..] else {
            return Err(JpegDecodeError::Damaged("it has no plane".into()));
        };
        let width = size.width() as usize;
        for (to, from) in luma.chunks_exact_mut(width).zip(y.data.chunks(y.stride.max(1))) {
            to.iter_mut().zip(from).for_each(|(to, from)| *to = limited_luma(*from));
        }
        match others {
            [] => chroma_is_grey(u, v),
            [cb, cr] => {
                for (to, from) in [(u, cb), (v, cr)] {
                    let across = y.horizontal_sampling_factor / from.horizontal_sampling_factor.max(1);
                    let down = y.vertical_sampling_factor / from.vertical_sampling_factor.max(1);
                    halve(to, width / 2, from, (across, down))?;
                }
            }
            _ => return Err(JpegDecodeError::Unsupported("of four colours")),
        }
        self.spare = decoded.into_planes();
        RawPicture::from_planes(size, planes.into())
            .ok_or_else(|| JpegDecodeError::Damaged("its planes do not fit its size".into()))
    }
}

fn chroma_is_grey(u: &mut [u8], v: &mut [u8]) {
    u.fill(128);
    v.fill(128);
}

/// Fills rows of `width` of a chroma plane of 4:2:0 from one that has a sample for each `across` by `down` pixels.
fn halve(
    to: &mut [u8],
    width: usize,
    from: &PlanarComponent,
    (across, down): (u8, u8),
) -> Result<(), JpegDecodeError> {
    let row = |number: usize| {
        let number = number.min(from.height.saturating_sub(1));
        from.data.get(number * from.stride..).unwrap_or_default()
    };
    for (number, to) in to.chunks_exact_mut(width).enumerate() {
        // The two rows of samples that the two rows of pixels have.
        let (upper, lower) = match down {
            1 => (row(2 * number), row(2 * number + 1)),
            2 => (row(number), row(number)),
            _ => return Err(JpegDecodeError::Unsupported("of an unusual chroma subsampling")),
        };
        let pairs = to.iter_mut();
        match across {
            1 => pairs.zip(upper.chunks_exact(2).zip(lower.chunks_exact(2))).for_each(
                |(to, (upper, lower))| {
                    let sum = [upper[0], upper[1], lower[0], lower[1]].map(u16::from).iter().sum::<u16>();
                    *to = limited_chroma(((sum + 2) / 4) as u8);
                },
            ),
            2 => pairs.zip(upper.iter().zip(lower)).for_each(|(to, (upper, lower))| {
                *to = limited_chroma(upper.midpoint(*lower));
            }),
            4 => pairs.enumerate().for_each(|(number, to)| {
                let mean = |row: &[u8]| row.get(number / 2).copied().unwrap_or(128);
                *to = limited_chroma(mean(upper).midpoint(mean(lower)));
            }),
            _ => return Err(JpegDecodeError::Unsupported("of an unusual chroma subsampling")),
        }
    }
    Ok(())
}

/// 0 to 255 becomes 16 to 235.
fn limited_luma(value: u8) -> u8 {
    (((u32::from(value) * 56_284 + 32_768) >> 16) + 16) as u8
}

/// 0 to 255 around 128 becomes 16 to 240 around 128.
fn limited_chroma(value: u8) -> u8 {
    ((((i32::from(value) - 128) * 57_569 + 32_768) >> 16) + 128) as u8
}

#[cfg(test)]
mod tests {
    use lenscast_media::{
        test_pattern::{TestPattern, read_frame_clock},
        time::Moment,
    };
    use rusty_jpeg::{ColorType, Encoder, SamplingFactor};

    use super::*;
    use crate::encode::JpegEncoder;

    fn size(width: u32, height: u32) -> Size {
        Size::new(width, height).expect("an allowed size")
    }

    #[test]
    fn ranges() {
        for (full, limited) in [(0, 16), (128, 126), (255, 235)] {
            assert_eq!(limited_luma(full), limited, "{full}");
        }
        for (full, limited) in [(0, 16), (128, 128), (255, 240)] {
            assert_eq!(limited_chroma(full), limited, "{full}");
        }
    }

    #[test]
    fn a_picture_comes_back_with_its_colours() {
        let at = Moment::from_micros(1_795_180_454_789_123);
        let mut pattern = TestPattern::new(size(640, 360));
        let picture = pattern.draw(123, at, at);
        let (jpeg, _) = JpegEncoder::new(Some(95), None).encode(picture).expect("encodes");
        let mut decoder = JpegDecoder::new();
        for _ in 0..2 {
            let decoded = decoder.decode(&jpeg).expect("decodes");
            assert_eq!(decoded.size(), size(640, 360));
            assert_eq!(read_frame_clock(&decoded).map(|clock| clock.number), Some(123));
            let difference: u64 = picture
                .as_bytes()
                .iter()
                .zip(decoded.as_bytes())
                .map(|(one, other)| u64::from(one.abs_diff(*other)))
                .sum();
            assert!(difference < 2 * size(640, 360).picture_bytes() as u64, "{difference}");
        }
    }

    /// A picture of one colour, of an odd size, as RGB.
    fn of_one_colour(colour: [u8; 3], sampling: SamplingFactor) -> Vec<u8> {
        let pixels: Vec<u8> = colour.repeat(67 * 35);
        let mut jpeg = Vec::new();
        let mut encoder = Encoder::new(&mut jpeg, 100);
        encoder.set_sampling_factor(sampling);
        encoder.encode(&pixels, 67, 35, ColorType::Rgb).expect("encodes");
        jpeg
    }

    #[test]
    fn every_subsampling_gives_the_same_colours() {
        // Limited range BT.601 of these colours.
        let colours =
            [([255, 0, 0], [81, 90, 240]), ([0, 0, 255], [41, 240, 110]), ([255; 3], [235, 128, 128])];
        let samplings = [
            SamplingFactor::F_1_1,
            SamplingFactor::F_2_1,
            SamplingFactor::F_1_2,
            SamplingFactor::F_2_2,
            SamplingFactor::F_4_1,
        ];
        for sampling in samplings {
            for (rgb, yuv) in colours {
                let decoded = JpegDecoder::new().decode(&of_one_colour(rgb, sampling)).expect("decodes");
                assert_eq!(decoded.size(), size(66, 34), "an odd row and column are left out");
                let (y, u, v) = decoded.planes();
                for (plane, expected) in [y, u, v].into_iter().zip(yuv) {
                    let off = plane.iter().map(|value| value.abs_diff(expected)).max();
                    assert!(off <= Some(2), "{sampling:?} {rgb:?}: {off:?} off {expected}");
                }
            }
        }
    }

    #[test]
    fn grey_is_decoded_and_what_no_camera_gives_is_refused() {
        let mut jpeg = Vec::new();
        Encoder::new(&mut jpeg, 90).encode(&[200; 32 * 32], 32, 32, ColorType::Luma).expect("encodes");
        let decoded = JpegDecoder::new().decode(&jpeg).expect("decodes");
        assert_eq!((decoded.planes().0[0], decoded.planes().1[0]), (188, 128));

        let mut cmyk = Vec::new();
        Encoder::new(&mut cmyk, 90).encode(&[9; 32 * 32 * 4], 32, 32, ColorType::Cmyk).expect("encodes");
        let refused = JpegDecoder::new().decode(&cmyk).expect_err("CMYK");
        assert!(refused.is_for_all(), "{refused}");

        let mut small = Vec::new();
        Encoder::new(&mut small, 90).encode(&[9; 8 * 8], 8, 8, ColorType::Luma).expect("encodes");
        let refused = JpegDecoder::new().decode(&small).expect_err("too small").to_string();
        assert_eq!(refused, "width 8 is not allowed; it must be an even number from 16 to 4096");
    }

    #[test]
    fn damaged_pictures_are_errors_and_never_panic() {
        let jpeg = of_one_colour([10, 200, 30], SamplingFactor::F_2_1);
        let mut decoder = JpegDecoder::new();
        for cut in 0..jpeg.len() - 2 {
            drop(decoder.decode(&jpeg[..cut]));
        }
        let mut seed = 1_u32;
        for _ in 0..2_000 {
            let mut damaged = jpeg.clone();
            for _ in 0..3 {
                seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                let at = (seed >> 8) as usize % damaged.len();
                damaged[at] ^= (seed >> 3) as u8;
            }
            drop(decoder.decode(&damaged));
        }
        assert!(decoder.decode(&jpeg).is_ok());
    }
}

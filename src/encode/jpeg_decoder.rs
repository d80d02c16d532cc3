//! JPEG decoder: one picture in, a raw one out.
//!
//! ```text
//! JPEG ─► JpegSplitter ─► planes as they are, ─► chroma to 4:2:0, sides even ─► turned as Exif says ─► RawPicture
//!         repairs, and    of 1, 1/2, 1/4 or      0 to 255 becomes 16 to 235
//!         bounds scans    1/8 of the size        (BT.601), RGB becomes YCbCr
//! ```
//! A picture with a side over 4096 pixels is decoded at the largest of these sizes that has none.

use bytes::Bytes;
use lenscast_media::{
    jpeg::{JpegError, JpegPicture, JpegSplitter},
    picture::{RawPicture, Size, SizeError},
};
use rusty_jpeg::{
    Decoder,
    decode::{Error, PixelFormat, PlanarComponent, PlanarImage, UnsupportedFeature},
};

use super::orientation::turned;

/// Pixels of a coded picture at most: 32 Mi, which is 8192x4096. While a progressive one is decoded, each takes 3 to 6 bytes.
const MAX_PIXELS: u64 = 32 << 20;
/// The decoder makes pictures smaller by these whole factors.
const FACTORS: [u16; 4] = [1, 2, 4, 8];

/// Why a picture was not decoded.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum JpegDecodeError {
    /// It is damaged.
    #[error("JPEG decoder: {0}")]
    Damaged(String),
    /// It is damaged, of a kind that nobody shows, or too much work.
    #[error(transparent)]
    Refused(#[from] JpegError),
    /// The picture has a size that nothing here can take.
    #[error(transparent)]
    Size(#[from] SizeError),
    /// The picture is larger than anything here can take.
    #[error("a JPEG picture of {0}x{1} is too large to be decoded: up to 32 million pixels are")]
    TooLarge(u16, u16),
    /// It is of a kind that no camera gives.
    #[error("the JPEG is {0}, which is not decoded here: grey, YCbCr and RGB of 8 bits are")]
    Unsupported(&'static str),
}

impl JpegDecodeError {
    /// Whether the pictures that follow will be refused just so.
    #[must_use]
    pub const fn is_for_all(&self) -> bool {
        matches!(
            self,
            Self::Size(_) | Self::TooLarge(..) | Self::Unsupported(_) | Self::Refused(JpegError::NotShown(_))
        )
    }
}

impl From<Error> for JpegDecodeError {
    fn from(error: Error) -> Self {
        match error {
            Error::Unsupported(UnsupportedFeature::ComponentCount(_)) => {
                Self::Unsupported("of an unusual number of colours")
            }
            Error::Unsupported(
                UnsupportedFeature::SubsamplingRatio | UnsupportedFeature::NonIntegerSubsamplingRatio,
            ) => Self::Unsupported(UNUSUAL_SUBSAMPLING),
            error => Self::Damaged(error.to_string()),
        }
    }
}

const UNUSUAL_SUBSAMPLING: &str = "of an unusual chroma subsampling";

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
        let picture = only_picture(jpeg)?;
        let (is_rgb, orientation) = (picture.is_rgb, picture.orientation);
        // Before anything of that size is allocated.
        let (size, factor) = decoded_size(picture.width, picture.height)?;
        let bytes = picture.into_bytes_with_tables();
        let mut decoder = Decoder::new(&bytes[..]);
        decoder.set_single_threaded(true);
        decoder.recycle_planes(std::mem::take(&mut self.spare));
        decoder.read_info()?;
        let info = decoder.info().ok_or_else(|| JpegDecodeError::Damaged("it has no frame".into()))?;
        match info.pixel_format {
            PixelFormat::L8 | PixelFormat::RGB24 => {}
            PixelFormat::L16 => return Err(JpegDecodeError::Unsupported("of 16 bits")),
            PixelFormat::CMYK32 => return Err(JpegDecodeError::Unsupported("CMYK")),
        }
        if factor > 1 {
            decoder.scale(info.width.div_ceil(factor), info.height.div_ceil(factor))?;
        }
        let decoded = decoder.decode_planar()?;
        let planes = limited_planes(&decoded, size, is_rgb)?;
        self.spare = decoded.into_planes();
        let picture = RawPicture::from_planes(size, Bytes::from(planes))
            .ok_or_else(|| JpegDecodeError::Damaged("its planes do not fit its size".into()))?;
        Ok(turned(picture, orientation))
    }
}

/// The picture in `jpeg`, with what decoders refuse repaired.
fn only_picture(jpeg: &[u8]) -> Result<JpegPicture, JpegDecodeError> {
    let mut splitter = JpegSplitter::new();
    let mut found = None;
    let mut take = |picture: Result<JpegPicture, JpegError>| {
        // Of a picture that is damaged in part, the part follows.
        if !matches!(found, Some(Ok(_))) {
            found = Some(picture);
        }
    };
    splitter.push(jpeg, &mut take);
    splitter.end(&mut take);
    Ok(found.ok_or_else(|| JpegDecodeError::Damaged("there is no picture".into()))??)
}

/// The even size in which a picture of `width` by `height` is decoded, and by which factor that is smaller.
fn decoded_size(width: u16, height: u16) -> Result<(Size, u16), JpegDecodeError> {
    if u64::from(width) * u64::from(height) > MAX_PIXELS {
        return Err(JpegDecodeError::TooLarge(width, height));
    }
    let smaller = |side: u16, factor: u16| u32::from(side.div_ceil(factor)) & !1;
    let fits = |factor: &u16| smaller(width.max(height), *factor) <= Size::MAX_SIDE;
    let factor = FACTORS.into_iter().find(fits).unwrap_or(8);
    Ok((Size::new(smaller(width, factor), smaller(height, factor))?, factor))
}

/// The planes of a raw picture of `size`.
fn limited_planes(decoded: &PlanarImage, size: Size, is_rgb: bool) -> Result<Vec<u8>, JpegDecodeError> {
    let mut planes = vec![0; size.picture_bytes()];
    let (luma, chroma) = planes.split_at_mut(size.pixels());
    let (u, v) = chroma.split_at_mut(size.pixels() / 4);
    let width = size.width() as usize;
    let [y, others @ ..] = &decoded.components[..] else {
        return Err(JpegDecodeError::Damaged("it has no plane".into()));
    };
    if let ([green, blue], true) = (others, is_rgb) {
        rgb_to_limited([y, green, blue], width, luma, u, v);
        return Ok(planes);
    }
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
    Ok(planes)
}

/// Fills planes of pictures of `width` from red, green and blue of any subsampling.
fn rgb_to_limited(colours: [&PlanarComponent; 3], width: usize, luma: &mut [u8], u: &mut [u8], v: &mut [u8]) {
    let most = |of: fn(&PlanarComponent) -> u8| usize::from(colours.map(of).into_iter().max().unwrap_or(1));
    let (most_across, most_down) =
        (most(|plane| plane.horizontal_sampling_factor), most(|plane| plane.vertical_sampling_factor));
    let at = |x: usize, y: usize| {
        colours.map(|plane| {
            let x = x * usize::from(plane.horizontal_sampling_factor) / most_across.max(1);
            let y = y * usize::from(plane.vertical_sampling_factor) / most_down.max(1);
            i32::from(plane.data.get(y * plane.stride + x).copied().unwrap_or_default())
        })
    };
    for (y, row) in luma.chunks_exact_mut(width).enumerate() {
        for (x, to) in row.iter_mut().enumerate() {
            let [red, green, blue] = at(x, y);
            *to = (((66 * red + 129 * green + 25 * blue + 128) >> 8) + 16) as u8;
        }
    }
    let half = width / 2;
    for (number, (u, v)) in u.iter_mut().zip(v).enumerate() {
        let (x, y) = (number % half * 2, number / half * 2);
        let corners = [at(x, y), at(x + 1, y), at(x, y + 1), at(x + 1, y + 1)];
        let [red, green, blue] =
            [0, 1, 2].map(|colour| corners.iter().map(|corner| corner[colour]).sum::<i32>());
        *u = (((-38 * red - 74 * green + 112 * blue + 512) >> 10) + 128) as u8;
        *v = (((112 * red - 94 * green - 18 * blue + 512) >> 10) + 128) as u8;
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
            _ => return Err(JpegDecodeError::Unsupported(UNUSUAL_SUBSAMPLING)),
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
            _ => return Err(JpegDecodeError::Unsupported(UNUSUAL_SUBSAMPLING)),
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
    fn what_libjpeg_shows_is_decoded() {
        macro_rules! inputs {
            ($($name:literal),*) => {
                [$(($name, &include_bytes!(concat!("../../tests/inputs/", $name, ".mjpeg"))[..])),*]
            };
        }
        let table = inputs![
            "mjpeg-end-of-image-missing",
            "mjpeg-end-of-image-missing-zeros-instead",
            "mjpeg-ff-not-stuffed-in-coded-bytes",
            "mjpeg-rgb-not-ycbcr",
            "mjpeg-two-start-markers",
            "mjpeg-two-stray-bytes-between-segments"
        ];
        for (name, bytes) in table {
            let decoded = JpegDecoder::new().decode(bytes).map(|picture| picture.size());
            assert_eq!(decoded, Ok(size(64, 48)), "{name}: its first picture");
        }
    }

    #[test]
    fn red_green_and_blue_keep_their_colours() {
        let jpeg = include_bytes!("../../tests/inputs/mjpeg-rgb-not-ycbcr.mjpeg");
        let decoded = JpegDecoder::new().decode(jpeg).expect("decodes");
        let (y, u, v) = decoded.planes();
        // As ffmpeg has them.
        for ((column, row), expected) in [
            ((4, 4), [78, 103, 229]),
            ((20, 20), [64, 154, 185]),
            ((40, 10), [73, 122, 212]),
            ((60, 40), [47, 217, 129]),
        ] {
            let (luma, chroma) = (row * 64 + column, row / 2 * 32 + column / 2);
            let found = [y[luma], u[chroma], v[chroma]];
            let off = found.iter().zip(expected).map(|(found, expected)| found.abs_diff(expected)).max();
            assert!(off <= Some(3), "{column}, {row}: {found:?}, not {expected:?}");
        }
    }

    /// A picture that is red in its left half and blue in its right, with `segments` behind SOI.
    fn red_and_blue(width: u16, height: u16, segments: &[u8]) -> Vec<u8> {
        let half = usize::from(width) / 2;
        let row = [[200, 0, 0].repeat(half), [0, 0, 200].repeat(half)].concat();
        let mut jpeg = Vec::new();
        let pixels = row.repeat(height.into());
        Encoder::new(&mut jpeg, 95).encode(&pixels, width, height, ColorType::Rgb).expect("encodes");
        jpeg.splice(2..2, segments.iter().copied());
        jpeg
    }

    #[test]
    fn a_picture_over_4096_pixels_wide_is_decoded_smaller() {
        let table =
            [(4096, 32, "4096x32"), (4112, 64, "2056x32"), (8208, 128, "2052x32"), (16_400, 128, "2050x16")];
        for (width, height, expected) in table {
            let decoded = JpegDecoder::new().decode(&red_and_blue(width, height, &[])).expect("decodes");
            assert_eq!(decoded.size().to_string(), expected, "{width}x{height}");
            let (_, _, v) = decoded.planes();
            let half = decoded.size().width() as usize / 2;
            assert!(v[4] > 180 && v[half - 4] < 128, "{width}x{height}: red, then blue");
        }
        let mut jpeg = red_and_blue(64, 32, &[]);
        let frame = jpeg.windows(2).position(|marker| marker == [0xff, 0xc0]).expect("a frame header");
        jpeg[frame + 5..frame + 9].fill(0xff);
        let refused = JpegDecoder::new().decode(&jpeg).expect_err("too large");
        assert_eq!(
            refused.to_string(),
            "a JPEG picture of 65535x65535 is too large to be decoded: up to 32 million pixels are"
        );
        assert!(refused.is_for_all());
    }

    #[test]
    fn a_picture_is_turned_as_exif_says() {
        let exif = |orientation: u8| {
            [
                &[0xff, 0xe1, 0, 34][..],
                b"Exif\0\0MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0",
                &[orientation, 0, 0, 0, 0, 0, 0],
            ]
            .concat()
        };
        // Where it is red: left, right, top, bottom.
        let table = [
            (1, "64x32", (0, 0)),
            (2, "64x32", (31, 0)),
            (3, "64x32", (31, 15)),
            (6, "32x64", (0, 0)),
            (8, "32x64", (0, 31)),
        ];
        for (orientation, expected, (column, row)) in table {
            let jpeg = red_and_blue(64, 32, &exif(orientation));
            let decoded = JpegDecoder::new().decode(&jpeg).expect("decodes");
            assert_eq!(decoded.size().to_string(), expected, "{orientation}");
            let (_, _, v) = decoded.planes();
            let width = decoded.size().width() as usize / 2;
            let (last, at) = (v.len() - 1, row * width + column);
            assert!(v[at] > 180 && v[last - at] < 128, "{orientation}");
        }
    }

    #[test]
    fn a_picture_that_is_too_much_work_is_refused() {
        let mut jpeg = red_and_blue(64, 32, &[]);
        let scan = jpeg.windows(2).position(|marker| marker == [0xff, 0xda]).expect("a scan");
        let frame = jpeg.windows(2).position(|marker| marker == [0xff, 0xc0]).expect("a frame header");
        jpeg[frame + 1] = 0xc2;
        // Refinements of the DC coefficients: a scan of a bit a block, again and again.
        let refinement = [&[0xff, 0xda, 0, 12, 3, 1, 0, 2, 0, 3, 0, 0, 0, 0x10][..], &[0; 64]].concat();
        jpeg.splice(scan.., [&refinement.repeat(3_000)[..], &[0xff, 0xd9]].concat());
        let refused = JpegDecoder::new().decode(&jpeg).expect_err("too much");
        assert_eq!(refused, JpegDecodeError::Refused(JpegError::TooManyScans));
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

//! Makes raw pictures smaller, or fits them into another shape.
//!
//! ```text
//! scale      the whole picture becomes the size         fit   ┌─┬─────┬─┐  it keeps its shape,
//!                                                             │ │     │ │  in the middle; what is
//!                                                             └─┴─────┴─┘  left is black
//! ```
//! Each pixel becomes the mean of those it covers.

use bytes::Bytes;
use fast_image_resize::{
    FilterType, PixelType, ResizeAlg, ResizeOptions, Resizer,
    images::{CroppedImageMut, Image, ImageRef},
};
use lenscast_media::{
    picture::{RawPicture, Size},
    pixels::PixelAspect,
};

/// Why a picture was not scaled.
#[derive(Debug, thiserror::Error)]
#[error("cannot scale the picture: {0}")]
pub struct ScaleError(String);

/// Where a picture goes within another one, in pixels; all even.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Place {
    left: u32,
    top: u32,
    size: Size,
}

/// Scales pictures; keeps its tables for the next of the same sizes.
#[derive(Debug, Default)]
pub(super) struct Scaler {
    resizer: Resizer,
}

impl Scaler {
    /// `picture` in the size of `into`, which need not have its shape.
    pub(super) fn scale<B: AsRef<[u8]>>(
        &mut self,
        picture: &RawPicture<B>,
        into: &mut RawPicture,
    ) -> Result<(), ScaleError> {
        let size = into.size();
        self.place(picture, into, Place { left: 0, top: 0, size })
    }

    /// `picture` within a picture of `size`, in its own shape.
    pub(super) fn fit<B: AsRef<[u8]>>(
        &mut self,
        picture: &RawPicture<B>,
        size: Size,
    ) -> Result<RawPicture, ScaleError> {
        let mut fitted = RawPicture::black(size);
        self.place(picture, &mut fitted, middle(picture.size(), size))?;
        Ok(fitted)
    }

    fn place<B: AsRef<[u8]>>(
        &mut self,
        picture: &RawPicture<B>,
        into: &mut RawPicture,
        place: Place,
    ) -> Result<(), ScaleError> {
        let options = ResizeOptions::new().resize_alg(ResizeAlg::Convolution(FilterType::Bilinear));
        let (from, whole, to) = (picture.size(), into.size(), place.size);
        let (y, u, v) = picture.planes();
        let (to_y, to_u, to_v) = into.planes_mut();
        for (source, target, half) in [(y, to_y, 1), (u, to_u, 2), (v, to_v, 2)] {
            let cannot = |error: &dyn std::error::Error| ScaleError(error.to_string());
            let source = ImageRef::new(from.width() / half, from.height() / half, source, PixelType::U8)
                .map_err(|error| cannot(&error))?;
            let mut target =
                Image::from_slice_u8(whole.width() / half, whole.height() / half, target, PixelType::U8)
                    .map_err(|error| cannot(&error))?;
            let (left, top) = (place.left / half, place.top / half);
            let mut target =
                CroppedImageMut::new(&mut target, left, top, to.width() / half, to.height() / half)
                    .map_err(|error| cannot(&error))?;
            self.resizer.resize(&source, &mut target, &options).map_err(|error| cannot(&error))?;
        }
        Ok(())
    }
}

/// `picture`, whose pixels have this aspect, with square pixels: no side shrinks, unless it would be longer than a picture
/// may be.
pub(super) fn with_square_pixels(
    picture: RawPicture<Bytes>,
    aspect: PixelAspect,
    scaler: &mut Scaler,
) -> Result<RawPicture<Bytes>, ScaleError> {
    if aspect.is_square() {
        return Ok(picture);
    }
    let (size, most) = (picture.size(), f64::from(Size::MAX_SIDE));
    let (width, height) = aspect.shown_size((size.width(), size.height()));
    let (width, height) = (f64::from(width), f64::from(height));
    let scale = (most / width).min(most / height).min(1.0);
    // Even, since colours are coded for two pixels.
    let side = |pixels: f64| ((pixels * scale + 0.01) as u32 & !1).max(Size::MIN_SIDE);
    let shown = Size::new(side(width), side(height)).unwrap_or(size);
    let mut into = RawPicture::black(shown);
    scaler.scale(&picture, &mut into)?;
    Ok(RawPicture::from_planes(shown, Bytes::from(into.into_planes())).unwrap_or(picture))
}

/// The size of pictures of `size` made smaller to fit into that width and height, if they do not; both sides even.
pub(super) fn fitting(size: Size, (width, height): (u32, u32)) -> Size {
    let scale = scale_into(size, (width, height)).min(1.0);
    if scale >= 1.0 { size } else { scaled(size, scale) }
}

/// The place of a picture of size `inner` in the middle of one of size `outer`, as large as it can be.
fn middle(inner: Size, outer: Size) -> Place {
    let size = scaled(inner, scale_into(inner, (outer.width(), outer.height())));
    // A side that was too short to be scaled as the other was may be longer than there is room.
    let side = |inner: u32, outer: u32| inner.min(outer);
    let size =
        Size::new(side(size.width(), outer.width()), side(size.height(), outer.height())).unwrap_or(outer);
    let margin = |outer: u32, inner: u32| ((outer - inner) / 2) & !1;
    Place { left: margin(outer.width(), size.width()), top: margin(outer.height(), size.height()), size }
}

/// The factor that makes a picture of `size` fill a box of that width or height, and no more than it.
fn scale_into(size: Size, (width, height): (u32, u32)) -> f64 {
    (f64::from(width) / f64::from(size.width())).min(f64::from(height) / f64::from(size.height()))
}

/// `size` times `scale`, both sides even and long enough.
fn scaled(size: Size, scale: f64) -> Size {
    let side = |pixels: u32| {
        // Rounded down, so that it stays within its box.
        let scaled = (f64::from(pixels) * scale + 0.01) as u32 & !1;
        scaled.clamp(Size::MIN_SIDE, Size::MAX_SIDE)
    };
    Size::new(side(size.width()), side(size.height())).unwrap_or(size)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn size(text: &str) -> Size {
        text.parse().expect("a size")
    }

    #[test]
    fn what_is_too_large_is_made_to_fit() {
        let table = [
            ("640x480", "640x480"),
            ("1280x720", "1280x720"),
            ("1920x1080", "1280x720"),
            ("720x1280", "404x720"),
            ("4096x16", "1280x16"),
            ("3280x2464", "958x720"),
        ];
        for (from, expected) in table {
            assert_eq!(fitting(size(from), (1280, 720)).to_string(), expected, "{from}");
        }
    }

    #[test]
    fn places_keep_the_shape_in_the_middle() {
        let table = [
            ("640x480", "640x480", (0, 0, "640x480")),
            ("320x240", "640x480", (0, 0, "640x480")),
            ("640x360", "640x480", (0, 60, "640x360")),
            ("480x640", "640x480", (140, 0, "360x480")),
            ("1920x1080", "320x240", (0, 30, "320x180")),
            ("4096x16", "64x64", (0, 24, "64x16")),
            ("16x4096", "16x16", (0, 0, "16x16")),
        ];
        for (inner, outer, (left, top, expected)) in table {
            let place = middle(size(inner), size(outer));
            let expected = Place { left, top, size: size(expected) };
            assert_eq!(place, expected, "{inner} into {outer}");
        }
    }

    #[test]
    fn a_fitted_picture_has_bars_and_keeps_its_brightness() {
        let mut picture = RawPicture::black(size("64x32"));
        let (y, u, v) = picture.planes_mut();
        y.fill(200);
        u.fill(90);
        v.fill(160);
        let fitted = Scaler::default().fit(&picture, size("32x32")).expect("it is scaled");
        let (y, u, v) = fitted.planes();
        let rows = |plane: &[u8], width: usize| -> Vec<Vec<u8>> {
            plane.chunks(width).map(|row| vec![row[0], row[width / 2], row[width - 1]]).collect()
        };
        for (at, row) in rows(y, 32).iter().enumerate() {
            let expected = if (8..24).contains(&at) { 200 } else { 16 };
            assert_eq!(row[..], [expected; 3], "row {at}");
        }
        for (plane, value) in [(u, 90), (v, 160)] {
            for (at, row) in rows(plane, 16).iter().enumerate() {
                let expected = if (4..12).contains(&at) { value } else { 128 };
                assert_eq!(row[..], [expected; 3], "row {at}");
            }
        }
    }
}

//! Raw pictures from rpicam-vid (`--codec yuv420`), which are encoded here, so that we choose keyframes and bit rate.
//!
//! Rows are padded to 64 bytes, and colours are in full range.

use lenscast_media::{
    picture::Size,
    pixels::{Colours, Layout, Matrix, PixelFormat},
};

use super::settings::Config;
use crate::source::typed::raw_format::RawFormat;

/// libcamera pads rows to this.
const ROW_ALIGNMENT: u32 = 64;
/// rpicam-vid asks for the colours of JPEG with this codec: BT.601, full range.
const COLOURS: Colours = Colours { is_full_range: true, matrix: Matrix::Bt601 };

/// Where the pixels of a picture of `size` are.
pub(super) fn layout(size: Size) -> Layout {
    let stride = size.width().next_multiple_of(ROW_ALIGNMENT) as usize;
    Layout::with_stride(PixelFormat::Yuv420p, size, stride).expect("the width, rounded up a little, fits")
}

/// What rpicam-vid gives by this configuration.
pub(super) fn format(config: &Config) -> RawFormat {
    RawFormat {
        layout: layout(config.size),
        colours: COLOURS,
        period_90k: (90_000.0 / config.frames_per_second) as u32,
        bits_per_second: None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn size(width: u32, height: u32) -> Size {
        Size::new(width, height).expect("allowed")
    }

    #[test]
    fn rows_are_padded_as_libcamera_pads_them() {
        let table = [
            (size(1280, 720), 1280 * 720 * 3 / 2),
            (size(1920, 1080), 1920 * 1080 * 3 / 2),
            (size(800, 600), 832 * 600 * 3 / 2),
            (size(66, 64), 128 * 64 * 3 / 2),
        ];
        for (size, bytes) in table {
            assert_eq!(layout(size).bytes(), bytes, "{size}");
        }
    }
}

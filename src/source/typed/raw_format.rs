//! Layout, colours and rate of raw pictures.

use bytes::Bytes;
use lenscast_media::{
    picture::RawPicture,
    pixels::{Colours, Layout, PixelFormat},
};

/// How raw pictures stand in a stream of bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RawFormat {
    /// Where the pixels of a picture are among its bytes.
    pub layout: Layout,
    /// What its colours mean.
    pub colours: Colours,
    /// Nominal duration of a picture in ticks of 90 kHz.
    pub period_90k: u32,
    /// Bit rate to encode them with; by size and rate if not given.
    pub bits_per_second: Option<u32>,
}

impl RawFormat {
    /// Whether its bytes are planes as the hub has them, so that nothing is to be converted.
    fn is_planes(&self) -> bool {
        let planes = Layout::packed(PixelFormat::Yuv420p, self.layout.size());
        self.layout == planes && self.colours == Colours::default()
    }

    /// The picture of these bytes, which are as many as the layout has.
    pub(in crate::source) fn picture(&self, bytes: Vec<u8>) -> RawPicture<Bytes> {
        let planes = if self.is_planes() {
            Bytes::from(bytes)
        } else {
            self.layout.convert(&bytes, self.colours).expect("a picture's bytes are all there").into()
        };
        RawPicture::from_planes(self.layout.size(), planes).expect("it has this size")
    }
}

impl std::fmt::Display for RawFormat {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "{} {}", self.layout.size(), self.layout.format().name())
    }
}

#[cfg(test)]
mod tests {
    use lenscast_media::picture::Size;

    use super::*;

    #[test]
    fn planes_are_taken_as_they_are_and_others_converted() {
        let size = Size::new(16, 16).expect("allowed");
        let format = |pixels, is_full_range| RawFormat {
            layout: Layout::packed(pixels, size),
            colours: Colours { is_full_range, ..Colours::default() },
            period_90k: 3_750,
            bits_per_second: None,
        };
        let bytes: Vec<u8> = (0..size.picture_bytes()).map(|at| (at % 251) as u8).collect();
        assert_eq!(format(PixelFormat::Yuv420p, false).picture(bytes.clone()).as_bytes(), bytes);
        assert_ne!(format(PixelFormat::Yuv420p, true).picture(bytes.clone()).as_bytes(), bytes);
        assert_ne!(format(PixelFormat::Nv12, false).picture(bytes.clone()).as_bytes(), bytes);
    }
}

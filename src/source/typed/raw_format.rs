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

    /// The format of pictures that fill a file of `length` bytes: with rows of padding, if only these fit.
    pub(in crate::source) fn of_file(self, length: u64) -> Self {
        let fits = |bytes: usize| length.is_multiple_of(bytes as u64);
        let is_packed = self.layout.rows() == self.layout.size().height() as usize;
        let padded = if is_packed && !fits(self.layout.bytes()) { self.layout.padded(fits) } else { None };
        Self { layout: padded.unwrap_or(self.layout), ..self }
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
    fn the_length_of_a_file_says_how_many_rows_its_pictures_have() {
        let size = Size::new(1920, 1080).expect("allowed");
        let layout = Layout::packed(PixelFormat::Yuv420p, size);
        let (packed, padded) = (layout.bytes() as u64, 1_920 * 1_088 * 3 / 2);
        let table = [
            (packed * 3, 0, 1_080),
            (padded * 3, 0, 1_088),
            (padded, 1_082, 1_082),
            (padded * 3 + 1, 0, 1_080),
            (0, 0, 1_080),
        ];
        for (length, rows, expected) in table {
            let layout = layout.with_rows(rows).expect("more");
            let format =
                RawFormat { layout, colours: Colours::default(), period_90k: 3_750, bits_per_second: None };
            assert_eq!(format.of_file(length).layout.rows(), expected, "{length} bytes");
        }
    }

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

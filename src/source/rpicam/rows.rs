//! How long the rows of raw pictures are, which rpicam-vid does not say: the length of the first picture tells. Pure.
//!
//! ```text
//! page, page, …, part of a page│page, …      one picture, one write; rows of 2 · bytes / 3 / height
//! page, page, …, page│ quiet │page, …        a picture of whole pages
//! ```
//! libcamera pads rows to what the image processor of the machine wants: 128 bytes on a Pi 5, 64 before, 32 with old kernels.
//! The pipe cuts a write at whole pages, so a piece that is no whole page ends a picture. A picture of whole pages ends where
//! quiet follows a length that a picture can have; without quiet, where only one of these paddings is left.

use lenscast_media::{
    picture::Size,
    pixels::{Layout, PixelFormat},
};

/// The pipe cuts writes at multiples of this.
const PAGE_BYTES: usize = 4096;
/// What rows are padded to, so far as it is known.
const ALIGNMENTS: [usize; 3] = [32, 64, 128];

/// A picture of this many bytes has no rows that fit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("pictures of {bytes} bytes come, which are none of {size}: with rows of {} bytes one has {least}", size.width())]
pub(super) struct RowError {
    bytes: usize,
    size: Size,
    least: usize,
}

/// Looks for the end of the first picture.
#[derive(Debug)]
pub(super) struct RowFinder {
    size: Size,
    /// Bytes of the first picture so far.
    bytes: usize,
    /// The padding that this machine has most likely.
    usual: usize,
}

impl RowFinder {
    /// For pictures of `size` on a machine that pads rows to `usual` as a rule.
    pub(super) const fn new(size: Size, usual: usize) -> Self {
        Self { size, bytes: 0, usual }
    }

    /// A piece of `bytes` has come; the layout, once it is known.
    ///
    /// # Errors
    /// When the picture that it ends has no rows that fit.
    pub(super) fn push(&mut self, bytes: usize) -> Result<Option<Layout>, RowError> {
        self.bytes += bytes;
        if !bytes.is_multiple_of(PAGE_BYTES) {
            return self.layout().map(Some).ok_or_else(|| self.error());
        }
        let longest = self.padded().last().map_or(0, |longest| longest.bytes());
        if self.bytes <= longest {
            return Ok(None);
        }
        let whole_pages: Vec<_> =
            self.padded().filter(|layout| layout.bytes().is_multiple_of(PAGE_BYTES)).collect();
        let usual = self.with_rows_of(self.padded_to(self.usual)).filter(|usual| whole_pages.contains(usual));
        let found = usual.or_else(|| whole_pages.first().copied());
        if found.is_none() && self.bytes > self.most_bytes() {
            return Err(self.error());
        }
        Ok(found)
    }

    /// Nothing has come for a while; the layout, if that is the end of a picture.
    pub(super) fn quiet(&self) -> Option<Layout> {
        self.layout()
    }

    /// The layout of a picture of the bytes that have come.
    fn layout(&self) -> Option<Layout> {
        let rows_and_half = self.size.height() as usize * 3;
        let stride =
            (self.bytes * 2).is_multiple_of(rows_and_half).then(|| self.bytes * 2 / rows_and_half)?;
        self.with_rows_of(stride).filter(|layout| layout.bytes() == self.bytes)
    }

    /// The layouts that known paddings give, from short rows to long ones.
    fn padded(&self) -> impl Iterator<Item = Layout> {
        ALIGNMENTS.iter().filter_map(|alignment| self.with_rows_of(self.padded_to(*alignment)))
    }

    const fn padded_to(&self, alignment: usize) -> usize {
        (self.size.width() as usize).next_multiple_of(alignment)
    }

    fn with_rows_of(&self, stride: usize) -> Option<Layout> {
        Layout::with_stride(PixelFormat::Yuv420p, self.size, stride).ok()
    }

    /// No padding makes a picture longer than this.
    const fn most_bytes(&self) -> usize {
        let longest_row = 2 * self.size.width() as usize + PAGE_BYTES;
        longest_row * self.size.height() as usize * 3 / 2
    }

    const fn error(&self) -> RowError {
        let least = Layout::packed(PixelFormat::Yuv420p, self.size).bytes();
        RowError { bytes: self.bytes, size: self.size, least }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Sizes whose pictures end with a part of a page, and some whose pictures are whole pages with more than one padding.
    const SIZES: [(u32, u32); 13] = [
        (320, 240),
        (640, 480),
        (800, 600),
        (960, 540),
        (1280, 720),
        (1440, 1080),
        (1600, 1200),
        (1920, 1080),
        (66, 64),
        (1024, 768),
        (320, 256),
        (960, 768),
        (800, 640),
    ];

    fn size((width, height): (u32, u32)) -> Size {
        Size::new(width, height).expect("allowed")
    }

    fn padded(size: Size, alignment: u32) -> Layout {
        let stride = size.width().next_multiple_of(alignment) as usize;
        Layout::with_stride(PixelFormat::Yuv420p, size, stride).expect("it fits")
    }

    /// The layout that pictures of `bytes` have, if quiet follows each.
    fn found(finder: &mut RowFinder, bytes: usize) -> Result<Option<Layout>, RowError> {
        let mut left = bytes;
        while left > 0 {
            let piece = left.min(PAGE_BYTES);
            left -= piece;
            if let Some(layout) = finder.push(piece)? {
                return Ok(Some(layout));
            }
        }
        Ok(finder.quiet())
    }

    #[test]
    fn rows_follow_from_the_length_of_the_first_picture() {
        for size in SIZES.map(size) {
            for alignment in [16, 32, 64, 128, 256, 512] {
                let layout = padded(size, alignment);
                let is_known = ALIGNMENTS.contains(&(alignment as usize));
                if !is_known && layout.bytes().is_multiple_of(PAGE_BYTES) {
                    continue;
                }
                for usual in [64, 128] {
                    let found = found(&mut RowFinder::new(size, usual), layout.bytes());
                    assert_eq!(found, Ok(Some(layout)), "{size}, rows of a multiple of {alignment}");
                }
            }
        }
    }

    #[test]
    fn without_quiet_the_usual_padding_is_taken_where_several_are_possible() {
        let endless = |size, usual| {
            let mut finder = RowFinder::new(size, usual);
            (0..).find_map(|_| finder.push(PAGE_BYTES).transpose()).expect("some time")
        };
        for size in [(320, 256), (960, 768), (800, 640)].map(size) {
            for usual in [64, 128] {
                assert_eq!(endless(size, usual as usize), Ok(padded(size, usual)), "{size} {usual}");
            }
        }
        let one = size((1024, 768));
        assert_eq!(endless(one, 64), Ok(padded(one, 64)));
        // None of the lengths that it could have is whole pages.
        assert!(endless(size((640, 480)), 64).is_err());
    }

    #[test]
    fn a_pause_within_a_picture_is_no_end() {
        let size = size((960, 768));
        let mut finder = RowFinder::new(size, 64);
        for _ in 0..269 {
            assert_eq!((finder.push(PAGE_BYTES), finder.quiet()), (Ok(None), None));
        }
        assert_eq!((finder.push(PAGE_BYTES), finder.quiet()), (Ok(None), Some(padded(size, 64))));
    }

    #[test]
    fn what_fits_no_rows_is_a_sentence() {
        let vga = size((640, 480));
        for bytes in [1, 460_799, 460_801, 500_001, 30_000_001] {
            let error = found(&mut RowFinder::new(vga, 64), bytes).expect_err("no picture").to_string();
            assert!(error.ends_with("none of 640x480: with rows of 640 bytes one has 460800"), "{error}");
        }
        let cropped = found(&mut RowFinder::new(vga, 64), 320 * 240 * 3 / 2).expect_err("another size");
        assert!(cropped.to_string().starts_with("pictures of 115200 bytes come"), "{cropped}");
    }
}

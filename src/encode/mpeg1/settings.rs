//! How MPEG-1 is made of raw pictures.

use lenscast_media::picture::Size;

use crate::encode::scaler::fitting;

/// Size that larger pictures are fitted into where none was asked for: what decoders in JavaScript keep up with.
const DEFAULT_BOX: (u32, u32) = (1280, 720);

/// How an MPEG-1 rendition is made.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Mpeg1Settings {
    /// Bit rate to aim at; by size and rate if not given.
    pub bits_per_second: Option<u32>,
    /// Size of the picture; that of the source if not given, but no more than 1280x720.
    pub size: Option<Size>,
    /// Pictures a second, at most; all if not given.
    pub frames_per_second: Option<u32>,
}

impl Mpeg1Settings {
    /// Size of the rendition of pictures of size `input`.
    pub(super) fn output_size(&self, input: Size) -> Size {
        self.size.unwrap_or_else(|| fitting(input, DEFAULT_BOX))
    }
}

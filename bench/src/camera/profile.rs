//! What the synthetic camera can film: size, bit rate, and how the bits are shared out.

use lenscast_media::picture::Size;

/// Frames from one keyframe to the next, of every profile.
pub(crate) const GOP_FRAMES: usize = 60;
/// A keyframe has so many times the bytes of another frame.
const KEY_WEIGHT: usize = 5;

/// A kind of stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Profile {
    /// 640x480, 1.5 Mbit/s.
    Vga,
    /// 1280x720, 3 Mbit/s.
    #[value(name = "720p")]
    Hd,
    /// 1920x1080, 5 Mbit/s.
    #[value(name = "1080p")]
    FullHd,
    /// 320x240, every frame 8,100 bytes: for the cost of a frame.
    #[value(name = "8k")]
    Even,
    /// 160x120, 200 kbit/s: for a quick try.
    Tiny,
}

impl Profile {
    /// Its name on the command line.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Vga => "vga",
            Self::Hd => "720p",
            Self::FullHd => "1080p",
            Self::Even => "8k",
            Self::Tiny => "tiny",
        }
    }

    /// Size of the pictures.
    pub(super) fn size(self) -> Size {
        let (width, height) = match self {
            Self::Vga => (640, 480),
            Self::Hd => (1280, 720),
            Self::FullHd => (1920, 1080),
            Self::Even => (320, 240),
            Self::Tiny => (160, 120),
        };
        Size::new(width, height).expect("even sides")
    }

    /// Bits a second, padding included.
    pub(crate) const fn bits_per_second(self) -> u32 {
        match self {
            Self::Vga => 1_500_000,
            Self::Hd => 3_000_000,
            Self::FullHd => 5_000_000,
            Self::Even => 8_100 * 8 * 30,
            Self::Tiny => 200_000,
        }
    }

    /// Bytes that frame `index` of a GOP is filled up to.
    pub(super) fn frame_bytes(self, index: usize) -> usize {
        let gop_bytes = self.bits_per_second() as usize / 8 * GOP_FRAMES / 30;
        match (self, index) {
            (Self::Even, _) => gop_bytes / GOP_FRAMES,
            (_, 0) => gop_bytes * KEY_WEIGHT / (GOP_FRAMES - 1 + KEY_WEIGHT),
            _ => gop_bytes / (GOP_FRAMES - 1 + KEY_WEIGHT),
        }
    }
}

//! What may be asked for of a camera: a codec, and how the rendition of it is made.
//!
//! Two that are equal are one track, and share one encoder. Only the code that makes renditions reads the
//! values.

use crate::{codec::Codec, pixels::PixelFormat};

/// A rendition of a camera's pictures or sound. What is not set is as the source has it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Rendition {
    /// How it is coded.
    pub codec: Codec,
    /// Frames a second, at most.
    pub frames_per_second: Option<u32>,
    /// Pixels across; the height follows.
    pub width: Option<u32>,
    /// Quality from 1 to 100.
    pub quality: Option<u8>,
}

impl Rendition {
    /// H.264 as the source has it.
    pub const H264: Self = Self::of(Codec::H264);
    /// JPEG as the source has it.
    pub const JPEG: Self = Self::of(Codec::Jpeg);
    /// Raw pictures as encoders take them: planar YUV 4:2:0.
    pub const RAW_VIDEO: Self = Self::of(Codec::RawVideo(PixelFormat::Yuv420p));
    /// MPEG-1 video.
    pub const MPEG1: Self = Self::of(Codec::Mpeg1);
    /// Raw sound as the source has it.
    pub const PCM: Self = Self::of(Codec::Pcm);
    /// Opus.
    pub const OPUS: Self = Self::of(Codec::Opus);

    /// `codec`, with everything else as the source has it.
    #[must_use]
    pub const fn of(codec: Codec) -> Self {
        Self { codec, frames_per_second: None, width: None, quality: None }
    }

    /// Whether everything but the codec is as the source has it.
    #[must_use]
    pub fn is_plain(&self) -> bool {
        *self == Self::of(self.codec)
    }

    /// Its name in the status, in metrics and in logs.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self.codec {
            Codec::H264 => "video",
            Codec::H265 => "h265",
            Codec::RawVideo(_) => "pictures",
            Codec::Jpeg => "jpeg",
            Codec::Mpeg1 => "mpeg1",
            Codec::Opus => "opus",
            Codec::Aac => "aac",
            Codec::Mp2 => "mp2",
            Codec::Pcm => "pcm",
        }
    }
}

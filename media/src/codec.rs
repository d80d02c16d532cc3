//! What a decoder must know before the first frame of a track.
//!
//! ```text
//! CodecConfig ── codec, codec string, description      what all media have
//!            └── media ─┬─ Video  size, pixel aspect, reordering, colours
//!                       └─ Audio  sample rate, channels, pre-skip
//! ```

use bytes::Bytes;

use crate::pixels::{Colours, PixelAspect, PixelFormat};

/// How the frames of a track are coded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Codec {
    /// ITU-T H.264, Annex B.
    H264,
    /// ITU-T H.265, Annex B.
    H265,
    /// ITU-T T.81: each frame is one picture from SOI to EOI.
    Jpeg,
    /// Raw pictures with this layout.
    RawVideo(PixelFormat),
    /// ISO/IEC 11172-2.
    Mpeg1,
    /// RFC 6716.
    Opus,
    /// AAC-LC, ISO/IEC 14496-3.
    Aac,
    /// MPEG-1 audio layer II, ISO/IEC 11172-3.
    Mp2,
    /// Raw samples: signed, 16 bits, little-endian, channels interleaved.
    Pcm,
}

/// What a track is for: to be seen or to be heard.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Medium {
    /// Pictures.
    Video,
    /// Sound.
    Audio,
}

impl Codec {
    /// The medium that it codes.
    #[must_use]
    pub const fn medium(self) -> Medium {
        match self {
            Self::H264 | Self::H265 | Self::Jpeg | Self::RawVideo(_) | Self::Mpeg1 => Medium::Video,
            Self::Opus | Self::Aac | Self::Mp2 | Self::Pcm => Medium::Audio,
        }
    }
}

/// Configuration of a track. A new one stands for a new resolution, profile or parameter set; frames point to the one
/// they are decoded with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CodecConfig {
    /// How the frames are coded.
    pub codec: Codec,
    /// The codec with its profile, as RFC 6381 writes it, such as `avc1.42c01f`; our own word for raw media.
    pub codec_string: String,
    /// Decoder configuration record (`avcC` for H.264, ISO/IEC 14496-15 section 5.3.3.1); empty for codecs without one.
    pub description: Bytes,
    /// What is particular to the medium.
    pub media: MediaConfig,
}

/// What is particular to a medium.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MediaConfig {
    /// Pictures.
    Video(VideoConfig),
    /// Sound.
    Audio(AudioConfig),
}

/// The pictures of a track.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct VideoConfig {
    /// Width of the picture in pixels, after cropping.
    pub width: u32,
    /// Height of the picture in pixels, after cropping.
    pub height: u32,
    /// How many frames a decoder holds back to put them in order; 0 without B frames.
    pub reorder_depth: u32,
    /// What the samples mean.
    pub colours: Colours,
    /// The shape of a pixel.
    pub pixel_aspect: PixelAspect,
    /// Pixels cropped at the left side and at the top, where some decoders leave them in.
    pub crop_origin: (u32, u32),
}

/// The sound of a track.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AudioConfig {
    /// Samples a second of one channel.
    pub sample_rate: u32,
    /// Channels: 1 or 2.
    pub channels: u8,
    /// Samples at the start of the stream that a decoder throws away (RFC 7845 section 4.2).
    pub pre_skip: u32,
}

impl CodecConfig {
    /// The pictures; `None` for sound.
    #[must_use]
    pub const fn video(&self) -> Option<&VideoConfig> {
        match &self.media {
            MediaConfig::Video(video) => Some(video),
            MediaConfig::Audio(_) => None,
        }
    }

    /// The sound; `None` for pictures.
    #[must_use]
    pub const fn audio(&self) -> Option<&AudioConfig> {
        match &self.media {
            MediaConfig::Video(_) => None,
            MediaConfig::Audio(audio) => Some(audio),
        }
    }

    /// Width and height of the picture in pixels; `None` for sound.
    #[must_use]
    pub const fn size(&self) -> Option<(u32, u32)> {
        match self.video() {
            Some(video) => Some((video.width, video.height)),
            None => None,
        }
    }

    /// How many frames a decoder holds back to put them in order; 0 for sound and without B frames.
    #[must_use]
    pub const fn reorder_depth(&self) -> u32 {
        match self.video() {
            Some(video) => video.reorder_depth,
            None => 0,
        }
    }
}

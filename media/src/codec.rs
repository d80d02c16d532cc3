//! What a decoder must know before the first frame of a track.

use bytes::Bytes;

use crate::pixels::Colours;

/// Configuration of a video track, made from its parameter sets. A new one stands for a new
/// resolution, profile or parameter set; frames point to the one they are decoded with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CodecConfig {
    /// RFC 6381 codec string, such as `avc1.42c01f`.
    pub codec: String,
    /// Width of the picture in pixels, after cropping.
    pub width: u32,
    /// Height of the picture in pixels, after cropping.
    pub height: u32,
    /// How many frames a decoder holds back to put them in order; 0 without B frames.
    pub reorder_depth: u32,
    /// What the samples mean.
    pub colours: Colours,
    /// Decoder configuration record (`avcC` for H.264, ISO/IEC 14496-15 section 5.3.3.1).
    pub description: Bytes,
}

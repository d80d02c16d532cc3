//! Opus as a track (RFC 6716, RFC 7845). The packets are made elsewhere.
//!
//! The configuration is the same for every camera: a decoder makes two channels of every packet (RFC 7845 section 5.1.1), also
//! of those that hold one. So it is known before the first packet, and no picture waits for sound.

use bytes::Bytes;

use crate::{
    codec::{AudioConfig, Codec, CodecConfig, MediaConfig},
    pcm::{SAMPLE_RATE, ticks_of},
};

/// Samples that a decoder gives before the first that was encoded: what the encoder looks ahead, at 48 kHz.
pub const PRE_SKIP: u32 = 312;
/// Samples of one channel in a packet: 20 ms.
pub const PACKET_SAMPLES: usize = 960;

/// The configuration of all Opus tracks.
#[must_use]
pub fn config() -> CodecConfig {
    let audio = AudioConfig { sample_rate: SAMPLE_RATE, channels: 2, pre_skip: PRE_SKIP };
    CodecConfig {
        codec: Codec::Opus,
        codec_string: "opus".into(),
        description: Bytes::new(),
        media: MediaConfig::Audio(audio),
    }
}

/// When the first sample that a decoder gives of a packet is heard, if its first that was encoded is heard at `pts`. In ticks
/// of 90 kHz.
#[must_use]
pub const fn decoded_from(pts: i64) -> i64 {
    pts.saturating_sub(ticks_of(PRE_SKIP as i64))
}

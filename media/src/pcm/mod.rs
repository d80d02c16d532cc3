//! Raw sound as frames of a track: 48 kHz, signed 16 bits, little-endian, channels interleaved. Every frame is a keyframe.
//!
//! ```text
//! source ─ samples, PTS ─► SoundFramer ─► Frame          a recipe: Frame ─► Blocks ─► blocks of one length, without holes
//! ```
//! Times are ticks of 90 kHz, as those of pictures: 8 samples are 15 ticks.

mod blocks;
mod drift;
mod sample_format;

pub use blocks::{Block, Blocks};
pub use drift::{Drift, SoundClock, WrongRate};
pub use sample_format::{PcmReader, SampleFormat, to_s16};

use std::sync::Arc;

use bytes::Bytes;

use crate::{
    codec::{AudioConfig, Codec, CodecConfig, MediaConfig},
    frame::{Frame, Role},
    time::{Moment, Timestamp},
};

/// Samples a second of one channel, of all raw sound.
pub const SAMPLE_RATE: u32 = 48_000;
/// Its codec string.
const CODEC_STRING: &str = "s16";
/// Bytes of one sample of one channel.
const SAMPLE_BYTES: usize = 2;

/// The ticks of 90 kHz that `samples` of one channel last, rounded down.
#[must_use]
pub const fn ticks_of(samples: i64) -> i64 {
    samples.saturating_mul(15).div_euclid(8)
}

/// The samples of one channel that `ticks` of 90 kHz last, rounded down.
#[must_use]
pub const fn samples_in(ticks: i64) -> i64 {
    ticks.saturating_mul(8).div_euclid(15)
}

/// Makes frames of raw sound.
#[derive(Debug)]
pub struct SoundFramer {
    config: Arc<CodecConfig>,
}

impl SoundFramer {
    /// For sound of one or two channels.
    #[must_use]
    pub fn new(channels: u8) -> Self {
        let audio = AudioConfig { sample_rate: SAMPLE_RATE, channels, pre_skip: 0 };
        let config = CodecConfig {
            codec: Codec::Pcm,
            codec_string: CODEC_STRING.into(),
            description: Bytes::new(),
            media: MediaConfig::Audio(audio),
        };
        Self { config: Arc::new(config) }
    }

    /// The frame of `samples`, channels interleaved, the first of which was taken at `captured_at` and is heard at `pts`, in
    /// ticks of 90 kHz.
    #[must_use]
    pub fn frame(&self, samples: &[i16], pts: i64, captured_at: Moment, ready_at: Moment) -> Frame {
        let channels = self.config.audio().map_or(1, |audio| usize::from(audio.channels.max(1)));
        let length = i64::try_from(samples.len() / channels).unwrap_or(i64::MAX);
        Frame {
            sequence: 0,
            role: Role::Key,
            recovery_frames: 0,
            pts: Timestamp::video(pts),
            dts: Timestamp::video(pts),
            duration: u32::try_from(ticks_of(length)).unwrap_or(u32::MAX),
            captured_at: Some(captured_at),
            received_at: ready_at,
            ready_at,
            payload: samples.iter().flat_map(|sample| sample.to_le_bytes()).collect(),
            units: Box::default(),
            config: Arc::clone(&self.config),
        }
    }
}

/// The samples of a frame that [`SoundFramer`] has made, channels interleaved.
pub fn samples_of(frame: &Frame) -> impl Iterator<Item = i16> {
    frame.payload.chunks_exact(SAMPLE_BYTES).map(|bytes| i16::from_le_bytes([bytes[0], bytes[1]]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_frame_gives_its_samples_back() {
        let samples = [0, 1, -1, i16::MAX, i16::MIN, 7];
        let now = Moment::from_micros(5);
        let frame = SoundFramer::new(2).frame(&samples, 90, now, now);
        assert_eq!(samples_of(&frame).collect::<Vec<_>>(), samples);
        assert_eq!((frame.pts.ticks, frame.duration), (90, 5), "three samples of each channel");
    }

    #[test]
    fn eight_samples_are_fifteen_ticks() {
        for (samples, ticks) in [(0, 0), (8, 15), (480, 900), (-8, -15), (1, 1), (48_000, 90_000)] {
            assert_eq!(ticks_of(samples), ticks);
        }
        for (ticks, samples) in [(0, 0), (15, 8), (900, 480), (-15, -8), (1, 0), (90_000, 48_000)] {
            assert_eq!(samples_in(ticks), samples);
        }
    }
}

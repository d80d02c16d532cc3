//! Frames and configurations for tests, so that a test spells out only what it is about.

use std::sync::Arc;

use bytes::Bytes;

use crate::{
    codec::{Codec, CodecConfig, MediaConfig, VideoConfig},
    frame::{Frame, Role},
    pixels::{Colours, PixelAspect},
    time::{Moment, Timestamp},
};

/// H.264, baseline, level 3.1, of `width` by `height` pixels, without a decoder configuration record.
#[must_use]
pub fn h264_config(width: u32, height: u32) -> CodecConfig {
    let video = VideoConfig {
        width,
        height,
        reorder_depth: 0,
        colours: Colours::default(),
        pixel_aspect: PixelAspect::SQUARE,
        crop_origin: (0, 0),
    };
    CodecConfig {
        codec: Codec::H264,
        codec_string: "avc1.42c01f".into(),
        description: Bytes::new(),
        media: MediaConfig::Video(video),
    }
}

/// A keyframe of 16 by 16 pixels with the number 0: at time 0, a thirtieth of a second long, without a payload.
#[must_use]
pub fn keyframe() -> Frame {
    Frame {
        sequence: 0,
        role: Role::Key,
        recovery_frames: 0,
        pts: Timestamp::video(0),
        dts: Timestamp::video(0),
        duration: 3_000,
        captured_at: None,
        received_at: Moment::default(),
        ready_at: Moment::default(),
        payload: Bytes::new(),
        units: Box::default(),
        config: Arc::new(h264_config(16, 16)),
    }
}

/// The frame number `sequence` of a stream of which a letter stands for each frame: `K` a keyframe, `R` one whose pictures are
/// whole after two more, `d` a disposable frame, `l` one that is shown before the frame that it follows, anything else one
/// that others need. Frames are shown every two ticks.
#[must_use]
pub fn lettered(letter: char, sequence: u64) -> Frame {
    let place = i64::try_from(sequence).unwrap_or(i64::MAX / 2);
    let shown = if letter == 'l' { 2 * place - 3 } else { 2 * place };
    Frame {
        sequence,
        pts: Timestamp::video(shown),
        recovery_frames: if letter == 'R' { 2 } else { 0 },
        role: match letter {
            'K' | 'R' => Role::Key,
            'd' => Role::Disposable,
            _ => Role::Reference,
        },
        ..keyframe()
    }
}

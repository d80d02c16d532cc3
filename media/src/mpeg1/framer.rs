//! The framer: coded pictures to frames with role, times and configuration.
//!
//! A keyframe is an intra picture with a sequence header in front; it may be begun at, since nothing refers across it in a
//! stream without B pictures. The configuration is the same `Arc` as long as the sequence header is. Pictures before the
//! first sequence header are dropped.

use std::sync::Arc;

use bytes::Bytes;

use super::{
    CODEC,
    header::{PictureCoding, SequenceHeader},
    splitter::Picture,
};
use crate::{
    arrival_clock::Stamp,
    codec::{Codec, CodecConfig, MediaConfig, VideoConfig},
    frame::{Frame, Role},
    pixels::{Colours, PixelAspect},
    raw_video::Moments,
};

/// Makes frames of coded pictures.
#[derive(Debug, Default)]
pub struct Framer {
    known: Option<(SequenceHeader, Arc<CodecConfig>)>,
}

impl Framer {
    /// The frame of `picture`; `None` before the first sequence header.
    pub fn frame(&mut self, picture: Picture, stamp: Stamp, moments: Moments) -> Option<Frame> {
        if let Some(sequence) = picture.sequence
            && self.known.as_ref().is_none_or(|(known, _)| *known != sequence)
        {
            self.known = Some((sequence, Arc::new(config(sequence))));
        }
        let (_, config) = self.known.as_ref()?;
        let role = match (picture.coding, picture.sequence) {
            (PictureCoding::Intra, Some(_)) => Role::Key,
            (PictureCoding::Bidirectional, _) => Role::Disposable,
            (PictureCoding::Intra | PictureCoding::Predicted, _) => Role::Reference,
        };
        Some(Frame {
            sequence: 0,
            role,
            recovery_frames: 0,
            pts: stamp.dts,
            dts: stamp.dts,
            duration: stamp.duration,
            captured_at: moments.captured_at,
            received_at: moments.received_at,
            ready_at: moments.ready_at,
            payload: picture.bytes,
            units: Box::default(),
            config: Arc::clone(config),
        })
    }
}

fn config(sequence: SequenceHeader) -> CodecConfig {
    let video = VideoConfig {
        width: sequence.width,
        height: sequence.height,
        reorder_depth: 0,
        colours: Colours::default(),
        pixel_aspect: PixelAspect::SQUARE,
        crop_origin: (0, 0),
    };
    CodecConfig {
        codec: Codec::Mpeg1,
        codec_string: CODEC.into(),
        description: Bytes::new(),
        media: MediaConfig::Video(video),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        mpeg1::frame_rate::FrameRate,
        time::{Moment, Timestamp},
    };

    fn picture(coding: PictureCoding, width: Option<u32>) -> Picture {
        let frame_rate = FrameRate::nearest(24.0);
        let sequence = width.map(|width| SequenceHeader { width, height: 48, frame_rate });
        Picture { bytes: Bytes::from_static(b"picture"), coding, sequence }
    }

    #[test]
    fn roles_and_configurations_follow_from_the_headers() {
        use PictureCoding::{Bidirectional, Intra, Predicted};
        let table = [
            (Predicted, None, None),
            (Intra, None, None),
            (Intra, Some(64), Some((Role::Key, 64, true))),
            (Predicted, None, Some((Role::Reference, 64, false))),
            (Bidirectional, None, Some((Role::Disposable, 64, false))),
            (Intra, Some(64), Some((Role::Key, 64, false))),
            (Intra, None, Some((Role::Reference, 64, false))),
            (Intra, Some(80), Some((Role::Key, 80, true))),
        ];
        let mut framer = Framer::default();
        let mut before: Option<Arc<CodecConfig>> = None;
        let now = Moment::default();
        for (number, (coding, width, expected)) in table.into_iter().enumerate() {
            let stamp = Stamp { dts: Timestamp::video(9), duration: 3 };
            let moments = Moments { captured_at: None, received_at: now, ready_at: now };
            let frame = framer.frame(picture(coding, width), stamp, moments);
            let met = frame.as_ref().map(|frame| {
                let is_new = before.as_ref().is_none_or(|before| !Arc::ptr_eq(before, &frame.config));
                (frame.role, frame.config.size().expect("pictures").0, is_new)
            });
            assert_eq!(met, expected, "picture {number}");
            before = frame.map(|frame| frame.config).or(before);
        }
    }
}

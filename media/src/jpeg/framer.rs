//! JPEG pictures as frames of a track: every one a keyframe, its payload one picture from SOI to EOI.

use std::sync::Arc;

use bytes::Bytes;

use crate::{
    arrival_clock::Stamp,
    codec::{Codec, CodecConfig, MediaConfig, VideoConfig},
    frame::{Frame, Role},
    pixels::{Colours, Matrix, PixelAspect},
    raw_video::Moments,
};

/// Codec string of JPEG pictures.
pub const CODEC: &str = "jpeg";

/// Makes frames of JPEG pictures.
#[derive(Debug, Default)]
pub struct JpegFramer {
    config: Option<Arc<CodecConfig>>,
}

impl JpegFramer {
    /// The frame of `picture`, which is `width` by `height` pixels.
    pub fn frame(
        &mut self,
        picture: Bytes,
        (width, height): (u32, u32),
        stamp: Stamp,
        moments: Moments,
    ) -> Frame {
        let known = self.config.take().filter(|config| config.size() == Some((width, height)));
        let colours = Colours { is_full_range: true, matrix: Matrix::Bt601 };
        let video = VideoConfig {
            width,
            height,
            reorder_depth: 0,
            colours,
            pixel_aspect: PixelAspect::SQUARE,
            crop_origin: (0, 0),
        };
        let new = || CodecConfig {
            codec: Codec::Jpeg,
            codec_string: CODEC.into(),
            description: Bytes::new(),
            media: MediaConfig::Video(video),
        };
        let config = known.unwrap_or_else(|| Arc::new(new()));
        self.config = Some(Arc::clone(&config));
        Frame {
            sequence: 0,
            role: Role::Key,
            recovery_frames: 0,
            pts: stamp.dts,
            dts: stamp.dts,
            duration: stamp.duration,
            captured_at: moments.captured_at,
            received_at: moments.received_at,
            ready_at: moments.ready_at,
            payload: picture,
            units: Box::default(),
            config,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::{Moment, Timestamp};

    #[test]
    fn another_size_is_another_configuration() {
        let mut framer = JpegFramer::default();
        let now = Moment::from_micros(5);
        let stamp = Stamp { dts: Timestamp::video(90), duration: 3_000 };
        let moments = Moments { captured_at: None, received_at: now, ready_at: now };
        let mut frame = |width| framer.frame(Bytes::from_static(&[0xff]), (width, 480), stamp, moments);
        let frames = [frame(640), frame(640), frame(320)];
        assert!(Arc::ptr_eq(&frames[0].config, &frames[1].config));
        assert!(!Arc::ptr_eq(&frames[1].config, &frames[2].config));
        assert_eq!(
            (frames[2].config.size().map(|(width, _)| width), frames[2].config.codec_string.as_str()),
            (Some(320), "jpeg")
        );
    }
}

//! Raw pictures as frames of a track: every one a keyframe, its payload the planes of a [`RawPicture`].

use std::sync::Arc;

use bytes::Bytes;

use crate::{
    arrival_clock::Stamp,
    codec::{Codec, CodecConfig, MediaConfig, VideoConfig},
    frame::{Frame, Role},
    picture::{RawPicture, Size},
    pixels::{Colours, PixelAspect, PixelFormat},
    time::Moment,
};

/// Raw pictures of a track: planar YUV 4:2:0, Y then U then V.
const CODEC: Codec = Codec::RawVideo(PixelFormat::Yuv420p);
/// Its codec string.
const CODEC_STRING: &str = "i420";

/// The moments of a picture's life.
#[derive(Clone, Copy, Debug)]
pub struct Moments {
    /// When it was taken, where that is known.
    pub captured_at: Option<Moment>,
    /// When its first byte was here.
    pub received_at: Moment,
    /// When it was whole.
    pub ready_at: Moment,
}

/// Makes frames of raw pictures.
#[derive(Debug, Default)]
pub struct PictureFramer {
    config: Option<Arc<CodecConfig>>,
}

impl PictureFramer {
    /// The frame of `picture`.
    pub fn frame(&mut self, picture: RawPicture<Bytes>, stamp: Stamp, moments: Moments) -> Frame {
        let config = self.config(picture.size());
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
            payload: picture.into_planes(),
            units: Box::default(),
            config,
        }
    }

    fn config(&mut self, size: Size) -> Arc<CodecConfig> {
        let (width, height) = (size.width(), size.height());
        let known = self.config.take().filter(|config| config.size() == Some((width, height)));
        let config = known.unwrap_or_else(|| {
            let (colours, pixel_aspect) = (Colours::default(), PixelAspect::SQUARE);
            let video =
                VideoConfig { width, height, reorder_depth: 0, colours, pixel_aspect, crop_origin: (0, 0) };
            Arc::new(CodecConfig {
                codec: CODEC,
                codec_string: CODEC_STRING.into(),
                description: Bytes::new(),
                media: MediaConfig::Video(video),
            })
        });
        self.config = Some(Arc::clone(&config));
        config
    }
}

/// The picture of a frame that [`PictureFramer`] has made; `None` for any other frame.
#[must_use]
pub fn picture_of(frame: &Frame) -> Option<RawPicture<Bytes>> {
    let (width, height) = frame.config.size()?;
    let size = Size::new(width, height).ok()?;
    let is_raw = frame.config.codec == CODEC;
    is_raw.then(|| RawPicture::from_planes(size, frame.payload.clone())).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::Timestamp;

    fn frame(framer: &mut PictureFramer, side: u32) -> Frame {
        let size = Size::new(side, side).expect("even");
        let picture =
            RawPicture::from_planes(size, Bytes::from(vec![7; size.picture_bytes()])).expect("whole");
        let now = Moment::from_micros(5);
        let stamp = Stamp { dts: Timestamp::video(90), duration: 3_000 };
        framer.frame(picture, stamp, Moments { captured_at: None, received_at: now, ready_at: now })
    }

    #[test]
    fn a_frame_gives_its_picture_back() {
        let frame = frame(&mut PictureFramer::default(), 32);
        let picture = picture_of(&frame).expect("a raw picture");
        assert_eq!((picture.size().width(), picture.as_bytes().len()), (32, 1536));
    }

    #[test]
    fn another_size_is_another_configuration() {
        let mut framer = PictureFramer::default();
        let frames: Vec<_> = [32, 32, 64].map(|side| frame(&mut framer, side)).into();
        assert!(Arc::ptr_eq(&frames[0].config, &frames[1].config));
        assert!(!Arc::ptr_eq(&frames[1].config, &frames[2].config));
    }

    #[test]
    fn what_is_no_picture_is_none() {
        let mut frame = frame(&mut PictureFramer::default(), 32);
        frame.payload.truncate(100);
        assert!(picture_of(&frame).is_none());
    }
}

//! H.264 decoder: one access unit in, its picture out, in this process (OpenH264).

use bytes::{Bytes, BytesMut};
use lenscast_media::picture::{RawPicture, Size, SizeError};
use openh264::{decoder::Decoder, formats::YUVSource};

/// Why an access unit was not decoded.
#[derive(Debug, thiserror::Error)]
pub enum DecodeError {
    /// The decoder failed.
    #[error("H.264 decoder: {0}")]
    Decoder(#[from] openh264::Error),
    /// The picture has a size that nothing here can take.
    #[error(transparent)]
    Size(#[from] SizeError),
}

/// One running decoder.
pub struct H264Decoder {
    decoder: Decoder,
}

impl H264Decoder {
    /// A decoder; the first access unit has to be a keyframe.
    ///
    /// # Errors
    /// When the decoder cannot be made.
    pub fn new() -> Result<Self, DecodeError> {
        Ok(Self { decoder: Decoder::new()? })
    }

    /// Decodes an access unit in Annex B form and copies the picture if it is `wanted`. `None` when it is not, or when
    /// the decoder holds the picture back.
    ///
    /// # Errors
    /// When the access unit cannot be decoded; the next keyframe can.
    pub fn decode(
        &mut self,
        access_unit: &[u8],
        wanted: bool,
    ) -> Result<Option<RawPicture<Bytes>>, DecodeError> {
        let decoded = self.decoder.decode(access_unit)?;
        let Some(decoded) = decoded.filter(|_| wanted) else { return Ok(None) };
        let (width, height) = decoded.dimensions();
        let side = |pixels: usize| u32::try_from(pixels).unwrap_or(u32::MAX);
        let size = Size::new(side(width), side(height))?;
        let mut planes = BytesMut::with_capacity(size.picture_bytes());
        let (y, u, v) = decoded.strides();
        let rows = [
            (decoded.y(), y, width, height),
            (decoded.u(), u, width / 2, height / 2),
            (decoded.v(), v, width / 2, height / 2),
        ];
        for (plane, stride, width, height) in rows {
            for row in plane.chunks(stride).take(height) {
                planes.extend_from_slice(&row[..width]);
            }
        }
        Ok(RawPicture::from_planes(size, planes.freeze()))
    }
}

#[cfg(test)]
mod tests {
    use lenscast_media::{
        test_pattern::{TestPattern, read_frame_clock},
        time::Moment,
    };

    use super::*;
    use crate::encode::{EncoderSettings, H264Encoder};

    #[test]
    fn pictures_come_back_at_once_and_only_when_wanted() {
        let size = Size::new(642, 366).expect("even");
        let settings = EncoderSettings {
            size,
            frames_per_second: 30.0,
            bitrate_bps: 1_000_000,
            keyframe_interval_frames: 60,
        };
        let mut encoder = H264Encoder::new(settings).expect("an encoder");
        let (mut pattern, mut decoder) = (TestPattern::new(size), H264Decoder::new().expect("a decoder"));
        for number in 0..20 {
            let at = Moment::from_micros(1_795_180_454_789_123 + number * 33_333);
            let coded = encoder.encode(pattern.draw(number, at, at), at).expect("encodes").expect("a frame");
            let wanted = number % 3 == 0;
            let picture = decoder.decode(&coded, wanted).expect("decodes");
            let clock = picture.map(|picture| {
                assert_eq!(picture.size(), size);
                read_frame_clock(&picture).map(|clock| u64::from(clock.number))
            });
            assert_eq!(clock, wanted.then_some(Some(number)));
        }
    }

    #[test]
    fn rubbish_is_an_error_and_a_keyframe_behind_it_is_decoded() {
        let size = Size::new(320, 180).expect("even");
        let settings = EncoderSettings {
            size,
            frames_per_second: 30.0,
            bitrate_bps: 500_000,
            keyframe_interval_frames: 1,
        };
        let at = Moment::from_micros(1);
        let mut encoder = H264Encoder::new(settings).expect("an encoder");
        let coded =
            encoder.encode(TestPattern::new(size).draw(0, at, at), at).expect("encodes").expect("a frame");
        let mut decoder = H264Decoder::new().expect("a decoder");
        assert!(!matches!(decoder.decode(&coded[..coded.len() / 2 - 8], true), Ok(Some(_))));
        assert!(matches!(decoder.decode(&coded, true), Ok(Some(_))));
    }
}

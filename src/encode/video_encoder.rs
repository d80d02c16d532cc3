//! The encoder for a camera's raw pictures: the Raspberry Pi's own where there is one, else OpenH264.
//!
//! ```text
//! new ─► Hardware ── fails, or gives nothing for so many pictures ──► Software
//! ```

use std::path::Path;

use bytes::Bytes;
use lenscast_media::{picture::RawPicture, time::Moment};

use super::{
    EncodeError, EncoderSettings, H264Encoder,
    m2m::{self, M2mEncoder},
};

/// A hardware encoder that gives nothing for so many pictures in a row is given up.
const EMPTY_IN_A_ROW: u32 = 15;

/// One running encoder.
pub(super) struct VideoEncoder {
    settings: EncoderSettings,
    backend: Backend,
}

enum Backend {
    Hardware { encoder: M2mEncoder, empty: u32 },
    Software(Box<H264Encoder>),
}

impl VideoEncoder {
    pub(super) fn new(settings: EncoderSettings) -> Result<Self, EncodeError> {
        if Path::new(m2m::DEVICE).exists() {
            match M2mEncoder::open(settings) {
                Ok(encoder) => {
                    tracing::info!("the hardware encodes {}: {}", settings.size, m2m::DEVICE);
                    return Ok(Self { settings, backend: Backend::Hardware { encoder, empty: 0 } });
                }
                Err(error) => tracing::debug!("the software encodes: {error}"),
            }
        }
        Ok(Self { settings, backend: Self::software(settings)? })
    }

    fn software(settings: EncoderSettings) -> Result<Backend, EncodeError> {
        Ok(Backend::Software(Box::new(H264Encoder::new(settings)?)))
    }

    /// Makes the next frame a keyframe.
    pub(super) fn request_keyframe(&mut self) {
        match &mut self.backend {
            Backend::Hardware { encoder, .. } => {
                if let Err(error) = encoder.request_keyframe() {
                    tracing::debug!("the hardware encoder makes no keyframe: {error}");
                }
            }
            Backend::Software(encoder) => encoder.request_keyframe(),
        }
    }

    /// The access unit of `picture`, taken `at`; `None` when the encoder left it out.
    pub(super) fn encode<B: AsRef<[u8]>>(
        &mut self,
        picture: &RawPicture<B>,
        at: Moment,
    ) -> Result<Option<Bytes>, EncodeError> {
        let trouble = match &mut self.backend {
            Backend::Software(encoder) => return encoder.encode(picture, at),
            Backend::Hardware { encoder, empty } => match encoder.encode(picture, at) {
                Ok(Some(coded)) => {
                    *empty = 0;
                    return Ok(Some(coded));
                }
                Ok(None) if *empty < EMPTY_IN_A_ROW => {
                    *empty += 1;
                    return Ok(None);
                }
                Ok(None) => "it gives nothing any more".to_owned(),
                Err(error) => error.to_string(),
            },
        };
        tracing::warn!("the hardware encoder has failed, the software goes on: {trouble}");
        self.backend = Self::software(self.settings)?;
        self.encode(picture, at)
    }
}

//! The encoder for a camera's raw pictures: the Raspberry Pi's own where there is one, else OpenH264.
//!
//! ```text
//! new ─► Hardware ── fails, or gives nothing for EMPTY_IN_A_ROW pictures ──► Software
//! ```

use std::path::Path;

use bytes::Bytes;
use lenscast_media::{picture::RawPicture, time::Moment};

use super::{
    EncodeError, EncoderSettings, H264Encoder,
    m2m::{self, M2mEncoder},
};

/// After this many pictures in a row without output, OpenH264 replaces the hardware encoder.
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
                    tracing::info!("encoding {} with {}", settings.size, m2m::DEVICE);
                    return Ok(Self { settings, backend: Backend::Hardware { encoder, empty: 0 } });
                }
                Err(error) => tracing::info!("no hardware encoder ({error}), using OpenH264"),
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
                    tracing::debug!("hardware encoder: cannot request a keyframe: {error}");
                }
            }
            Backend::Software(encoder) => encoder.request_keyframe(),
        }
    }

    /// The access unit of `picture`, taken `at`; `None` when the encoder skipped it.
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
                Ok(None) => format!("no output for {EMPTY_IN_A_ROW} pictures"),
                Err(error) => error.to_string(),
            },
        };
        tracing::warn!("hardware encoder failed ({trouble}), using OpenH264");
        self.backend = Self::software(self.settings)?;
        self.encode(picture, at)
    }
}

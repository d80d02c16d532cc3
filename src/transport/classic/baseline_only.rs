//! For viewers that decode H.264's baseline profile only (Broadway): when they cannot decode the stream, they are closed
//! with the reason, and the log warns of it once for each configuration, with the encoder's option that helps.

use std::sync::{Arc, Mutex, Weak};

use lenscast_media::{
    codec::CodecConfig,
    frame::Frame,
    h264::simple_decoder::{BeyondBaseline, beyond_baseline},
};

use crate::transport::socket::{Flow, code};

/// What happens to a viewer that probably cannot decode the stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum RefusalPolicy {
    /// The log warns; the viewer gets the stream, for it may decode more than Broadway.
    Warn,
    /// The log warns, and the connection is closed with the reason.
    Close,
}

/// The configurations that the log has warned of, for all viewers of an address.
#[derive(Clone, Debug, Default)]
pub(super) struct WarnedConfigs(Arc<Mutex<Vec<Weak<CodecConfig>>>>);

impl WarnedConfigs {
    /// Adds `config`; whether it is new.
    fn add(&self, config: &Arc<CodecConfig>) -> bool {
        let mut warned = self.0.lock().expect("no holder of this lock panics");
        warned.retain(|known| known.strong_count() > 0);
        let is_new = !warned.iter().any(|known| std::ptr::eq(known.as_ptr(), Arc::as_ptr(config)));
        if is_new {
            warned.push(Arc::downgrade(config));
        }
        is_new
    }
}

/// Checks the stream of one viewer.
#[derive(Debug)]
pub(super) struct BaselineOnly {
    camera: String,
    policy: RefusalPolicy,
    warned: WarnedConfigs,
    seen: Option<Arc<CodecConfig>>,
    refused: Option<BeyondBaseline>,
}

impl BaselineOnly {
    pub(super) fn new(camera: &str, policy: RefusalPolicy, warned: WarnedConfigs) -> Self {
        Self { camera: camera.to_owned(), policy, warned, seen: None, refused: None }
    }

    /// Whether `frame` is sent.
    pub(super) fn allows(&mut self, frame: &Frame) -> bool {
        let is_known = self.seen.as_ref().is_some_and(|seen| Arc::ptr_eq(seen, &frame.config));
        if !is_known {
            self.seen = Some(Arc::clone(&frame.config));
            self.refused = beyond_baseline(&frame.config.description);
            if let Some(found) = self.refused.filter(|_| self.warned.add(&frame.config)) {
                let camera = self.camera.as_str();
                tracing::warn!(
                    camera,
                    "stream beyond baseline profile: {}; rpicam-vid: --profile baseline, ffmpeg: -profile:v baseline",
                    sentence(found)
                );
            }
        }
        self.refused.is_none() || self.policy == RefusalPolicy::Warn
    }

    /// The flow that the transport returns.
    pub(super) fn flow(&self) -> Flow {
        match self.refused {
            Some(found) if self.policy == RefusalPolicy::Close => {
                Flow::Close(code::POLICY_VIOLATION, sentence(found))
            }
            _ => Flow::Continue,
        }
    }
}

/// At most 123 bytes, which a close frame holds.
fn sentence(found: BeyondBaseline) -> String {
    format!(
        "Broadway plays baseline H.264 only, and this stream has {found}: set the encoder to profile baseline"
    )
}

#[cfg(test)]
mod tests {
    use lenscast_media::fixtures::h264_config;

    use super::*;

    #[test]
    fn each_configuration_is_new_once() {
        let config =
            |codec: &str| Arc::new(CodecConfig { codec_string: codec.into(), ..h264_config(16, 16) });
        let (one, other, warned) = (config("avc1.640028"), config("avc1.4d0028"), WarnedConfigs::default());
        assert!(warned.add(&one));
        let of_another_viewer = warned.clone();
        assert!(!of_another_viewer.add(&one));
        assert!(warned.add(&other));
        drop(one);
        assert!(!warned.add(&other));
        assert_eq!(warned.0.lock().expect("not poisoned").len(), 1, "a dropped configuration is removed");
    }

    #[test]
    fn the_reason_fits_into_a_close_frame() {
        for found in [BeyondBaseline::WeightedPrediction, BeyondBaseline::Interlaced, BeyondBaseline::Cabac] {
            assert!(sentence(found).len() <= 123, "{}", sentence(found));
        }
    }
}

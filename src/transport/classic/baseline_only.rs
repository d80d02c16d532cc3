//! For viewers that play H.264's baseline profile only (Broadway): a stream that they cannot decode is named to them and
//! in the log, with what to set, once for each configuration.

use std::sync::{Arc, Mutex, Weak};

use lenscast_media::{
    codec::CodecConfig,
    frame::Frame,
    h264::simple_decoder::{BeyondBaseline, beyond_baseline},
};

use crate::transport::socket::{Flow, code};

/// What is done for a viewer that cannot decode the stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum RefusalPolicy {
    /// The log says so; it gets the stream, for it may know more than it seems.
    Warn,
    /// The connection is closed with the reason, too.
    Close,
}

/// The configurations that the log has warned of; one for all viewers of an address.
#[derive(Clone, Debug, Default)]
pub(super) struct WarnedConfigs(Arc<Mutex<Vec<Weak<CodecConfig>>>>);

impl WarnedConfigs {
    /// Whether `config` is warned of for the first time.
    fn is_news(&self, config: &Arc<CodecConfig>) -> bool {
        let mut warned = self.0.lock().expect("no holder of this lock panics");
        warned.retain(|known| known.strong_count() > 0);
        let is_news = !warned.iter().any(|known| std::ptr::eq(known.as_ptr(), Arc::as_ptr(config)));
        if is_news {
            warned.push(Arc::downgrade(config));
        }
        is_news
    }
}

/// Looks at what one viewer is to be sent.
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

    /// Whether `frame` is to be sent.
    pub(super) fn takes(&mut self, frame: &Frame) -> bool {
        let is_known = self.seen.as_ref().is_some_and(|seen| Arc::ptr_eq(seen, &frame.config));
        if !is_known {
            self.seen = Some(Arc::clone(&frame.config));
            self.refused = beyond_baseline(&frame.config.description);
            if let Some(found) = self.refused.filter(|_| self.warned.is_news(&frame.config)) {
                let camera = self.camera.as_str();
                tracing::warn!(
                    camera,
                    "{}; rpicam-vid: --profile baseline, ffmpeg: -profile:v baseline",
                    sentence(found)
                );
            }
        }
        self.refused.is_none() || self.policy == RefusalPolicy::Warn
    }

    /// What the transport is to wish.
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
    fn each_configuration_is_news_once() {
        let config =
            |codec: &str| Arc::new(CodecConfig { codec_string: codec.into(), ..h264_config(16, 16) });
        let (one, other, warned) = (config("avc1.640028"), config("avc1.4d0028"), WarnedConfigs::default());
        assert!(warned.is_news(&one));
        let of_another_viewer = warned.clone();
        assert!(!of_another_viewer.is_news(&one));
        assert!(warned.is_news(&other));
        drop(one);
        assert!(!warned.is_news(&other));
        assert_eq!(warned.0.lock().expect("not poisoned").len(), 1, "what is gone is forgotten");
    }

    #[test]
    fn the_reason_fits_into_a_close_frame() {
        for found in [BeyondBaseline::WeightedPrediction, BeyondBaseline::Interlaced, BeyondBaseline::Cabac] {
            assert!(sentence(found).len() <= 123, "{}", sentence(found));
        }
    }
}

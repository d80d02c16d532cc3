//! For viewers that learn the size of the picture once: when it changes, they are closed with a reason, to connect again.

use lenscast_media::frame::Frame;

use crate::transport::socket::{Flow, code};

/// The size that one viewer knows.
#[derive(Debug, Default)]
pub(super) struct OneSize {
    known: Option<(u32, u32)>,
    new: Option<(u32, u32)>,
}

impl OneSize {
    /// Whether `frame` is to be sent.
    pub(super) fn allows(&mut self, frame: &Frame) -> bool {
        let Some(size) = frame.config.size() else { return false };
        let same = *self.known.get_or_insert(size) == size;
        if !same {
            self.new = Some(size);
        }
        same
    }

    /// The flow that the transport returns.
    pub(super) fn flow(&self) -> Flow {
        match self.new {
            None => Flow::Continue,
            Some((width, height)) => Flow::Close(
                code::GOING_AWAY,
                format!("the picture is {width}x{height} pixels now: connect again"),
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use lenscast_media::fixtures::{h264_config, keyframe};

    use super::*;

    fn frame(width: u32) -> Frame {
        Frame { config: Arc::new(h264_config(width, 48)), ..keyframe() }
    }

    #[test]
    fn another_size_closes_the_connection() {
        let mut one_size = OneSize::default();
        assert!(one_size.allows(&frame(64)) && one_size.allows(&frame(64)));
        assert_eq!(one_size.flow(), Flow::Continue);
        assert!(!one_size.allows(&frame(80)));
        let reason = "the picture is 80x48 pixels now: connect again".to_owned();
        assert_eq!(one_size.flow(), Flow::Close(1001, reason));
    }
}

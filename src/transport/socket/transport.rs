//! What a WebSocket transport says: the messages that it makes of frames, states and what its viewer asks.

use std::time::Duration;

use super::outbox::Outbox;
use crate::hub::{CameraState, Delivery, SharedFrame, Subscription};

/// What one transport sends to its viewers. All methods put whole WebSocket messages into the outbox.
pub(in crate::transport) trait Transport: Send {
    /// How long the viewer needs, once it is connected, until it can play what it gets.
    fn joins_after(&self) -> Duration {
        Duration::ZERO
    }
    /// The subscription is new: chooses where it begins, if not at the newest keyframe.
    fn join(&mut self, _: &mut Subscription) {}
    /// The connection is open.
    fn begin(&mut self, out: &mut Outbox);
    /// The subscription has something.
    fn deliver(&mut self, delivery: Delivery, out: &mut Outbox);
    /// There is a frame of the sound that its viewer listens to.
    fn sound(&mut self, _: &SharedFrame, _: &mut Outbox) {}
    /// The camera's state, at the beginning and at each change.
    fn state(&mut self, _: &CameraState, _: &mut Outbox) {}
    /// The number of viewers, at the beginning and when it changed.
    fn viewers(&mut self, _: usize, _: &mut Outbox) {}
    /// The viewer sent a text message.
    fn text(&mut self, _: &str, _: &mut Subscription, _: &mut Outbox) {}
    /// Whether a viewer whose track cannot be made is closed with the reason, instead of waiting for the track.
    fn needs_its_track(&self) -> bool {
        false
    }
    /// Whether it says itself that its viewer waits for a keyframe. Otherwise the viewer is closed with that reason.
    fn explains_waiting(&self) -> bool {
        false
    }
    /// How to go on after a delivery or a message.
    fn flow(&mut self) -> Flow {
        Flow::Continue
    }
}

/// How a session goes on.
#[derive(Debug, PartialEq, Eq)]
pub(in crate::transport) enum Flow {
    /// With the next delivery.
    Continue,
    /// Without deliveries, until the viewer asks for them: it does not count as a viewer.
    Pause,
    /// Not at all: the connection is closed with this code and reason.
    Close(u16, String),
}

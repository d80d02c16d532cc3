//! The source's end of a camera: frames and states in, demand out.
//!
//! A source writes one track, its origin: [`TrackKind::Video`] unless it says otherwise by [`Publisher::publish_as`].
//! The camera's other tracks are made of that one by recipes, on demand.

use std::sync::Arc;

use lenscast_media::{frame::Frame, time::Moment};
use tokio::sync::watch;

use super::{Camera, CameraState, Demand, TrackKind, TrackPublisher};

/// The one writer of what a camera's source gives.
#[derive(Debug)]
pub struct Publisher {
    camera: Arc<Camera>,
    out: TrackPublisher,
}

impl Publisher {
    pub(super) const fn new(camera: Arc<Camera>, out: TrackPublisher) -> Self {
        Self { camera, out }
    }

    /// Name of the camera, for the log.
    #[must_use]
    pub fn camera(&self) -> &str {
        self.camera.name()
    }

    /// Says what the source gives, before its first frame of it.
    pub fn publish_as(&mut self, origin: TrackKind) {
        if self.out.track().kind() != origin {
            self.out.end_run();
            self.out = self.camera.origin_publisher(origin);
        }
        self.camera.set_origin(origin);
    }

    /// Viewers of all tracks of this camera, now and whenever that changes: what a source on demand runs by.
    #[must_use]
    pub fn viewers(&self) -> watch::Receiver<usize> {
        self.camera.viewers()
    }

    /// What is wanted of the track that the source writes: requests for a keyframe.
    #[must_use]
    pub fn demand(&self) -> watch::Receiver<Demand> {
        self.out.demand()
    }

    /// The moment of media time 0.
    #[must_use]
    pub const fn epoch(&self) -> Moment {
        self.out.epoch()
    }

    /// Least decode time of the next frame in 90 kHz ticks, so that a new run never goes back behind the last one.
    #[must_use]
    pub fn next_dts(&self) -> i64 {
        self.out.next_dts()
    }

    /// Hands a frame to the viewers; its sequence is given here. Before the first keyframe of a run, frames are
    /// dropped and counted.
    pub fn publish(&mut self, frame: Frame) {
        if !self.out.needs_keyframe() || frame.role == lenscast_media::frame::Role::Key {
            self.set_state(CameraState::Live);
        }
        self.out.publish(frame);
    }

    /// Says what the source is doing.
    pub fn set_state(&mut self, state: CameraState) {
        self.camera.set_state(state);
    }

    /// Counts a frame by the rule that ended it.
    pub fn count_ended_by(&self, rule: &'static str) {
        self.out.count_ended_by(rule);
    }

    /// The newest frame was published damaged: nobody gets what needs it, and all go on at the next keyframe.
    pub fn damaged(&mut self) {
        self.out.damaged();
    }

    /// The source's run is over: what is cached is the past, in every track, and the next run begins with a keyframe.
    /// Gives the time over which frames came in it, in microseconds.
    pub fn end_run(&mut self) -> u64 {
        self.camera.seal_renditions();
        self.out.end_run()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        clock::Clock,
        hub::{CacheLimits, JpegSettings},
    };

    #[tokio::test]
    async fn what_a_source_once_gave_can_be_made_when_it_gives_something_else() {
        let (_camera, mut publisher, mut requests) =
            Camera::new("cam".into(), Clock::start(), CacheLimits::default());
        publisher.publish_as(TrackKind::Pictures);
        publisher.publish_as(TrackKind::Jpeg(JpegSettings::default()));
        publisher.publish_as(TrackKind::Pictures);
        let mut requested = Vec::new();
        for _ in 0..3 {
            requested.push(requests.next().await.expect("a request").kind().name());
        }
        assert_eq!(requested, ["video", "pictures", "jpeg"]);
    }
}

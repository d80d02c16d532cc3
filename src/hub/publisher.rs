//! The source's end of a camera: frames and states in, demand out.

use std::sync::Arc;

use lenscast_media::{
    frame::{Frame, Role},
    time::Moment,
};
use tokio::sync::watch;

use super::{Camera, CameraState, Demand, Track, track::PublishOutcome};

/// The one writer of a camera's video track.
#[derive(Debug)]
pub struct Publisher {
    camera: Arc<Camera>,
    track: Arc<Track>,
    next_dts: i64,
    needs_keyframe: bool,
    run: Option<RunSpan>,
}

/// When the first and the newest frame of a run were ready.
#[derive(Clone, Copy, Debug)]
struct RunSpan {
    first: Moment,
    newest: Moment,
}

impl Publisher {
    pub(super) const fn new(camera: Arc<Camera>, track: Arc<Track>) -> Self {
        Self { camera, track, next_dts: 0, needs_keyframe: true, run: None }
    }

    /// Name of the camera, for the log.
    #[must_use]
    pub fn camera(&self) -> &str {
        self.camera.name()
    }

    /// What the viewers want, now and whenever it changes.
    #[must_use]
    pub fn demand(&self) -> watch::Receiver<Demand> {
        self.track.demand()
    }

    /// The moment of media time 0.
    #[must_use]
    pub fn epoch(&self) -> Moment {
        self.camera.clock().epoch()
    }

    /// Least decode time of the next frame in 90 kHz ticks, so that a new run never goes back behind the last one.
    #[must_use]
    pub const fn next_dts(&self) -> i64 {
        self.next_dts
    }

    /// Hands a frame to the viewers; its sequence is given here. Before the first keyframe of a run, frames are
    /// dropped and counted.
    pub fn publish(&mut self, frame: Frame) {
        if self.needs_keyframe && frame.role != Role::Key {
            self.track.count_dropped();
            return;
        }
        self.needs_keyframe = false;
        let newest = frame.ready_at;
        self.next_dts = frame.dts.ticks + i64::from(frame.duration);
        let config = Arc::clone(&frame.config);
        let frame_ms = u64::from(frame.duration) * 1_000 / u64::from(frame.dts.timebase.ticks_per_second());
        self.set_state(CameraState::Live);
        let outcome = self.track.publish(frame);
        if self.run.is_none() || outcome == PublishOutcome::NewConfig {
            tracing::info!(
                camera = self.camera(),
                codec = config.codec,
                "{}x{}",
                config.width,
                config.height
            );
            if config.reorder_depth > 0 {
                tracing::warn!(
                    camera = self.camera(),
                    "the stream allows B frames: players hold back up to {} frames (about {} ms) to put them in order; \
                     encode with -bf 0 (x264: -tune zerolatency; rpicam-vid: --low-latency) to be rid of that",
                    config.reorder_depth,
                    u64::from(config.reorder_depth) * frame_ms
                );
            }
        }
        self.run = Some(RunSpan { first: self.run.map_or(newest, |run| run.first), newest });
    }

    /// Says what the source is doing.
    pub fn set_state(&mut self, state: CameraState) {
        self.camera.set_state(state);
    }

    /// Counts a frame by the rule that ended it.
    pub fn count_ended_by(&self, rule: &'static str) {
        self.track.count_ended_by(rule);
    }

    /// The newest frame was published damaged: nobody gets what needs it, and all go on at the next keyframe.
    pub fn damaged(&mut self) {
        self.needs_keyframe = true;
        self.track.seal();
        self.track.request_keyframe();
    }

    /// The source's run is over: what is cached is the past, and the next run begins with a keyframe.
    /// Gives the time over which frames came in it, in microseconds.
    pub fn end_run(&mut self) -> u64 {
        self.needs_keyframe = true;
        self.track.seal();
        self.run.take().map_or(0, |run| run.newest.micros_since(run.first))
    }
}

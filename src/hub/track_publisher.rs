//! The one writer of a track: of what a source gives, or of a rendition.

use std::sync::Arc;

use lenscast_media::{
    codec::CodecConfig,
    frame::{Frame, Role},
    time::Moment,
};
use tokio::sync::watch;

use super::{demand::Demand, encoder_state::EncoderState, track::Track};

/// Frames of one track in, demand out.
#[derive(Debug)]
pub struct TrackPublisher {
    camera: Arc<str>,
    epoch: Moment,
    track: Arc<Track>,
    needs_keyframe: bool,
    run: Option<RunSpan>,
}

/// When the first and the newest frame of a run were ready.
#[derive(Clone, Copy, Debug)]
struct RunSpan {
    first: Moment,
    newest: Moment,
}

impl TrackPublisher {
    pub(super) const fn new(camera: Arc<str>, epoch: Moment, track: Arc<Track>) -> Self {
        Self { camera, epoch, track, needs_keyframe: true, run: None }
    }

    /// Name of the camera, for the log.
    #[must_use]
    pub fn camera(&self) -> &str {
        &self.camera
    }

    /// The track it writes.
    #[must_use]
    pub const fn track(&self) -> &Arc<Track> {
        &self.track
    }

    /// What viewers and recipes want of this track, now and whenever it changes.
    #[must_use]
    pub fn demand(&self) -> watch::Receiver<Demand> {
        self.track.demand()
    }

    /// The moment of media time 0.
    #[must_use]
    pub const fn epoch(&self) -> Moment {
        self.epoch
    }

    /// Least decode time of the next frame in 90 kHz ticks, so that a new run never goes back behind the last one.
    #[must_use]
    pub fn next_dts(&self) -> i64 {
        self.track.next_dts()
    }

    /// Hands a frame to the viewers; its sequence is given here. Before the first keyframe of a run, frames are
    /// dropped and counted.
    pub fn publish(&mut self, frame: Frame) {
        self.publish_found(frame, None);
    }

    /// As [`Self::publish`], for a frame whose end had to be found: `boundary` names what said that it is complete.
    pub(super) fn publish_found(&mut self, frame: Frame, boundary: Option<&'static str>) {
        if self.needs_keyframe && frame.role != Role::Key {
            self.track.count_dropped();
            return;
        }
        self.needs_keyframe = false;
        self.track.clear_encoder_failure();
        let newest = frame.ready_at;
        let config = Arc::clone(&frame.config);
        let is_new_config = self.track.publish(frame, boundary);
        if self.run.is_none() || is_new_config {
            self.log_config(&config);
        }
        self.run = Some(RunSpan { first: self.run.map_or(newest, |run| run.first), newest });
    }

    fn log_config(&self, config: &CodecConfig) {
        let (camera, track) = (self.camera(), self.track.rendition().name());
        let size = config.size().map(|(width, height)| format!(" {width}x{height}")).unwrap_or_default();
        tracing::info!(camera, track, "track format: {}{size}", config.codec_string);
    }

    /// Whether the next frame has to be a keyframe, because others are dropped.
    #[must_use]
    pub const fn needs_keyframe(&self) -> bool {
        self.needs_keyframe
    }

    /// Says what the encoder does.
    pub fn set_encoder_state(&self, state: EncoderState) {
        self.track.set_encoder_state(state);
    }

    /// The newest frame was published damaged: nobody gets what needs it, and all go on at the next keyframe.
    pub fn damaged(&mut self) {
        self.needs_keyframe = true;
        self.track.seal();
        self.track.request_keyframe();
    }

    /// The run is over: what is cached is the past, and the next run begins with a keyframe.
    /// Gives the time over which frames came in it, in microseconds.
    pub fn end_run(&mut self) -> u64 {
        self.needs_keyframe = true;
        self.track.seal();
        self.run.take().map_or(0, |run| run.newest.micros_since(run.first))
    }
}

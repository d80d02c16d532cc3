//! The source's end of a camera: frames and states in, demand out.
//!
//! ```text
//!                       ┌─► the track of its pictures
//! source ─► Publisher ──┤                                 recipes make the camera's other tracks, on demand
//!                       └─► the track of its sound
//! ```
//! A source writes at most one track of each medium. Which one, the codec of its frames says.

use std::sync::Arc;

use lenscast_media::{
    codec::Medium,
    frame::{Frame, Role},
    rendition::Rendition,
    run_clock::RunClock,
};
use tokio::sync::watch;

use super::{camera::Camera, camera_state::CameraState, demand::Demand, track_publisher::TrackPublisher};

/// The one writer of what a camera's source gives.
#[derive(Debug)]
pub struct Publisher {
    camera: Arc<Camera>,
    video: TrackPublisher,
    audio: Option<TrackPublisher>,
}

impl Publisher {
    pub(super) const fn new(camera: Arc<Camera>, video: TrackPublisher) -> Self {
        Self { camera, video, audio: None }
    }

    /// Name of the camera, for the log.
    #[must_use]
    pub fn camera(&self) -> &str {
        self.camera.name()
    }

    /// Says what the source gives, where that is known before its first frame. Recipes begin by it.
    pub fn announce(&mut self, origin: Rendition) {
        let out = match origin.codec.medium() {
            Medium::Video => Some(&mut self.video),
            Medium::Audio => self.audio.as_mut(),
        };
        match out {
            Some(out) if out.track().rendition() == origin => {}
            Some(out) => {
                out.end_run();
                *out = self.camera.origin_publisher(origin);
            }
            None => self.audio = Some(self.camera.origin_publisher(origin)),
        }
        self.camera.set_origin(origin);
    }

    /// Viewers of all tracks of this camera, now and whenever that changes: what a source on demand runs by.
    #[must_use]
    pub fn viewers(&self) -> watch::Receiver<usize> {
        self.camera.viewers()
    }

    /// What is wanted of the pictures that the source gives.
    #[must_use]
    pub fn demand(&self) -> watch::Receiver<Demand> {
        self.video.demand()
    }

    /// The clock of a run that begins now. None of its tracks begins before the newest frame of the last run has ended.
    #[must_use]
    pub fn run_clock(&self) -> RunClock {
        let audio = self.audio.as_ref().map_or(0, TrackPublisher::next_dts);
        RunClock::new(self.video.epoch(), self.video.next_dts().max(audio))
    }

    /// Hands a frame to the viewers of its track; its sequence is given there. Before the first keyframe of a run, frames
    /// are dropped and counted. `boundary` names what said that the frame is complete, where the source has to find it.
    pub fn publish(&mut self, frame: Frame, boundary: Option<&'static str>) {
        self.announce(Rendition::of(frame.config.codec));
        let out = match frame.config.codec.medium() {
            Medium::Video => &mut self.video,
            Medium::Audio => self.audio.as_mut().expect("it has just been announced"),
        };
        if !out.needs_keyframe() || frame.role == Role::Key {
            self.camera.set_state(CameraState::Live);
        }
        out.publish_found(frame, boundary);
    }

    /// Says what the source is doing.
    pub fn set_state(&mut self, state: CameraState) {
        self.camera.set_state(state);
    }

    /// The newest picture was published damaged: nobody gets what needs it, and all go on at the next keyframe.
    pub fn damaged(&mut self) {
        self.video.damaged();
    }

    /// The source's run is over: what is cached is the past, in every track, and the next run begins with a keyframe.
    /// Gives the time over which pictures came in it, in microseconds.
    pub fn end_run(&mut self) -> u64 {
        self.camera.seal_renditions(self.audio.is_some());
        if let Some(audio) = &mut self.audio {
            audio.end_run();
        }
        self.video.end_run()
    }
}

#[cfg(test)]
mod tests {
    use lenscast_media::{
        codec::Codec,
        fixtures::{h264_config, keyframe},
    };

    use super::*;
    use crate::{
        clock::Clock,
        hub::{Admission, CacheLimits, RenditionRequests},
    };

    fn camera() -> (Arc<Camera>, Publisher, RenditionRequests) {
        Camera::new("cam".into(), Clock::start(), CacheLimits::default(), |_, _| Ok(Admission::Add))
    }

    #[tokio::test]
    async fn what_a_source_once_gave_can_be_made_when_it_gives_something_else() {
        let (_camera, mut publisher, mut requests) = camera();
        publisher.announce(Rendition::RAW_VIDEO);
        publisher.announce(Rendition::MPEG1);
        publisher.announce(Rendition::RAW_VIDEO);
        let mut requested = Vec::new();
        for _ in 0..3 {
            requested.push(requests.next().await.expect("a request").rendition().name());
        }
        assert_eq!(requested, ["video", "pictures", "mpeg1"]);
    }

    #[test]
    fn pictures_and_sound_have_a_track_each() {
        let (camera, mut publisher, _requests) = camera();
        let of = |codec| Frame {
            config: Arc::new(lenscast_media::codec::CodecConfig { codec, ..h264_config(16, 16) }),
            ..keyframe()
        };
        for codec in [Codec::H264, Codec::Opus, Codec::Opus] {
            publisher.publish(of(codec), None);
        }
        let frames = |rendition| camera.track(rendition).map(|track| track.status().counters.frames);
        assert_eq!((frames(Rendition::H264), frames(Rendition::of(Codec::Opus))), (Some(1), Some(2)));
        let origins = *camera.origins().borrow();
        assert!(origins.contains(Rendition::H264) && origins.contains(Rendition::of(Codec::Opus)));
    }

    #[test]
    fn track_numbers_are_never_used_twice() {
        let (camera, _publisher, mut requests) = camera();
        let mut seen = std::collections::BTreeSet::new();
        for width in 0..600 {
            let rendition = Rendition { width: Some(width), ..Rendition::MPEG1 };
            let info = crate::hub::ViewerInfo { transport: "test", remote: ([127, 0, 0, 1], 1).into() };
            let subscription = camera
                .subscribe(rendition, info, crate::hub::AddressShare::Part)
                .expect("the policy allows all");
            assert!(seen.insert(subscription.track().id()) && subscription.track().id() != 0);
            while let Some(Some(_)) = futures_util::FutureExt::now_or_never(requests.next()) {}
            let track = Arc::clone(subscription.track());
            drop(subscription);
            assert!(camera.remove_if_unwanted(&track));
        }
    }
}

//! The writer of a camera's sound, where that has a source of its own beside the pictures.
//!
//! ```text
//! microphone ─► SoundPublisher ─► the track of raw sound ─► recipes        its failures are no state of the camera
//! ```
//! Both sources count media time from the same moment, so that sound and pictures of one moment have equal time stamps.

use std::sync::Arc;

use lenscast_media::{frame::Frame, pcm::SoundClock, rendition::Rendition};
use tokio::sync::watch;

use super::{
    camera::Camera, demand::Demand, encoder_state::EncoderState, track::Track,
    track_publisher::TrackPublisher,
};
use crate::clock::Clock;

/// Frames of raw sound in, demand out. While it is there, the camera has sound.
#[derive(Debug)]
pub struct SoundPublisher {
    camera: Arc<Camera>,
    out: TrackPublisher,
}

impl SoundPublisher {
    /// Gives `camera` sound.
    #[must_use]
    pub fn new(camera: &Arc<Camera>) -> Self {
        let out = camera.origin_publisher(Rendition::PCM);
        camera.set_origin(Rendition::PCM);
        Self { camera: Arc::clone(camera), out }
    }

    /// Name of the camera, for the log.
    #[must_use]
    pub fn camera(&self) -> &str {
        self.camera.name()
    }

    /// The server's clock, whose epoch is media time 0.
    #[must_use]
    pub fn clock(&self) -> Clock {
        self.camera.clock()
    }

    /// The track that it writes.
    #[must_use]
    pub const fn track(&self) -> &Arc<Track> {
        self.out.track()
    }

    /// What is wanted of the sound.
    #[must_use]
    pub fn demand(&self) -> watch::Receiver<Demand> {
        self.out.demand()
    }

    /// Hands a frame of raw sound to the recipes. One that begins before the last has ended is dropped and counted.
    pub fn publish(&mut self, frame: Frame) {
        if frame.dts.ticks < self.out.next_dts() {
            self.track().count_dropped();
            return;
        }
        self.out.publish(frame);
    }

    /// Says how the clock of the source goes.
    pub fn set_clock(&self, clock: SoundClock) {
        self.track().set_sound_clock(clock);
    }

    /// Says why there is no sound: a sentence for a person. It stays until there is a frame.
    pub fn set_failed(&self, reason: String) {
        self.out.set_encoder_state(EncoderState::Failed(reason));
    }

    /// The run is over. Gives the time over which sound came in it, in microseconds.
    pub fn end_run(&mut self) -> u64 {
        self.out.end_run()
    }
}

impl Drop for SoundPublisher {
    fn drop(&mut self) {
        self.camera.unset_sound();
    }
}

#[cfg(test)]
mod tests {
    use lenscast_media::{pcm::SoundFramer, time::Moment};

    use super::*;
    use crate::hub::{Admission, CacheLimits, CameraState};

    #[test]
    fn a_camera_has_sound_while_there_is_a_writer_and_its_state_is_that_of_the_pictures() {
        let (camera, _publisher, _requests) =
            Camera::new("cam".into(), Clock::start(), CacheLimits::default(), |_, _| Ok(Admission::Add));
        assert!(!camera.has_sound());
        let mut sound = SoundPublisher::new(&camera);
        assert!(camera.has_sound());
        let (framer, now) = (SoundFramer::new(1), Moment::default());
        for pts in [900, 900, 1_800] {
            sound.publish(framer.frame(&[0; 480], pts, now, now));
        }
        let counters = sound.track().status().counters;
        assert_eq!((counters.frames, counters.dropped), (2, 1), "one began before the last had ended");
        assert_eq!(sound.track().status().sound_clock, None, "it has the clock of the server");
        let clock = SoundClock { offset_ms: -1.5, drift_ppm: 20.0, gaps: 1, gap_ms: 300.0 };
        sound.set_clock(clock);
        assert_eq!(sound.track().status().sound_clock, Some(clock));
        sound.set_failed("gone".into());
        assert_eq!(sound.track().status().message, "gone");
        assert_eq!(*camera.state().borrow(), CameraState::Starting);
        drop(sound);
        assert!(!camera.has_sound());
    }
}

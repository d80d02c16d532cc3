//! The thread of a camera: makes frames of its buffers until it is stopped or the camera fails.
//!
//! A thread, because drivers take their time to open and to stop, and a picture takes some milliseconds to convert.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use lenscast_media::{
    frame::Frame,
    input::{Format, InputStream},
    raw_video::PictureFramer,
    rendition::Rendition,
    run_clock::RunClock,
    time::Moment,
};
use tokio::sync::{mpsc, oneshot, watch};

use super::{
    camera::{OpenCamera, times},
    config::Config,
    format::CameraFormat,
    framing::Framing,
};
use crate::{clock::Clock, hub::Demand, log_limiter::LogLimiter, source::error::SourceError};

/// How long a stop may go unnoticed while no picture comes.
const LOOK_FOR_STOP: Duration = Duration::from_millis(100);
/// A camera that gave no buffer for this long, and for the time of five pictures, is restarted.
const SILENT_AFTER: Duration = Duration::from_secs(4);
/// Log at most one damaged picture per interval; count the rest.
const TROUBLE_INTERVAL: Duration = Duration::from_secs(10);
const TICKS_PER_SECOND: f32 = 90_000.0;

/// What the thread has for the publisher.
pub(super) enum Event {
    /// What the frames that follow are; it waits for what it needs to make them.
    Begins(Rendition, oneshot::Sender<Begun>),
    Frame(Box<Frame>),
    /// The camera is closed already.
    Failed(SourceError),
}

/// What is known of the track that is written.
pub(super) struct Begun {
    pub(super) demand: watch::Receiver<Demand>,
    /// The clock of this run.
    pub(super) clock: RunClock,
}

/// The thread.
pub(super) struct Capture {
    pub(super) config: Config,
    pub(super) clock: Clock,
    pub(super) stopped: Arc<AtomicBool>,
    pub(super) events: mpsc::Sender<Event>,
}

impl Capture {
    pub(super) fn run(self) {
        if let Err(error) = self.capture() {
            let _ = self.events.blocking_send(Event::Failed(error));
        }
    }

    fn capture(&self) -> Result<(), SourceError> {
        let mut camera = OpenCamera::open(&self.config)?;
        let origin = match camera.format {
            CameraFormat::H264 => Rendition::H264,
            CameraFormat::Mjpeg => Rendition::JPEG,
            CameraFormat::Raw(_) => Rendition::RAW_VIDEO,
        };
        let (begun, ready) = oneshot::channel();
        let _ = self.events.blocking_send(Event::Begins(origin, begun));
        // Nobody answers when the run has ended meanwhile.
        let Ok(Begun { mut demand, clock }) = ready.blocking_recv() else { return Ok(()) };
        let mut framing = self.framing(&camera, clock)?;
        let mut keyframe_requests = demand.borrow_and_update().keyframe_requests;
        let silent_after = SILENT_AFTER.max(Duration::from_secs_f32(5.0 / camera.frames_per_second));
        let mut buffer_at = Instant::now();
        let mut troubles = LogLimiter::new(TROUBLE_INTERVAL);
        let mut frames = Vec::new();
        while !self.stopped.load(Ordering::Relaxed) {
            let wanted = *demand.borrow_and_update();
            if std::mem::replace(&mut keyframe_requests, wanted.keyframe_requests) != wanted.keyframe_requests
            {
                camera.request_keyframe();
            }
            let Some(full) = camera.next(LOOK_FOR_STOP)? else {
                if buffer_at.elapsed() > silent_after {
                    return Err(SourceError::Silent { what: camera.what(), seconds: silent_after.as_secs() });
                }
                continue;
            };
            buffer_at = Instant::now();
            let times = times(full, self.clock);
            let outcome = if full.is_damaged || full.length == 0 {
                Err("the driver says that a picture is damaged".to_owned())
            } else {
                framing.frames(camera.bytes(full), times, self.clock, wanted.viewers > 0, &mut frames)
            };
            camera.give_back(full)?;
            if let Err(trouble) = outcome
                && let Some(others) = troubles.event(Instant::now())
            {
                tracing::warn!(others, "picture dropped: {}: {trouble}", camera.what());
            }
            for frame in frames.drain(..) {
                if self.events.blocking_send(Event::Frame(Box::new(frame))).is_err() {
                    return Ok(());
                }
            }
        }
        Ok(())
    }

    fn framing(&self, camera: &OpenCamera, clock: RunClock) -> Result<Framing, SourceError> {
        // Drivers promise from 0.1 to some hundred a second.
        let period = (TICKS_PER_SECOND / camera.frames_per_second).round() as u32;
        let arrival = clock.arrival(period);
        Ok(match camera.format {
            CameraFormat::H264 => Framing::H264(Box::new(InputStream::new(Some(Format::H264), arrival))),
            CameraFormat::Mjpeg => Framing::Jpeg(Box::new(InputStream::new(Some(Format::Mjpeg), arrival))),
            CameraFormat::Raw(format) => Framing::Raw {
                layout: camera.layout(format)?,
                colours: camera.colours,
                framer: PictureFramer::default(),
                arrival,
                made_at: Moment::default(),
            },
        })
    }
}

//! Cameras of the kernel's V4L2: USB cameras, capture cards, virtual ones.
//!
//! ```text
//! Config ─► OpenCamera (mode chosen and set) ─► Capture, a thread: buffer ─ Framing ─► Frame ─► channel ─► Publisher
//! ```
//! A camera that is unplugged ends the run; the supervisor tries again until it is back.

mod camera;
mod capture;
mod config;
mod format;
mod framing;
mod list;
mod mode;

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use tokio::sync::mpsc;

use self::capture::{Begun, Capture, Event};
pub use self::{
    config::Config,
    format::CameraFormat,
    list::{Listed, list},
    mode::Mode,
};
use super::{
    error::SourceError,
    kind::Kind,
    run::Run,
    typed::{error::SpecError, spec::SourceSpec},
};
pub use crate::v4l2::controls::{ControlInfo, ControlRange};
use lenscast_media::rendition::Rendition;

/// Frames that may wait for the publisher; more wait in the driver.
const FRAMES_IN_FLIGHT: usize = 2;

impl Kind for Config {
    const HAS_TIMEOUT: bool = false;

    fn from_spec(spec: &SourceSpec) -> Result<Self, SpecError> {
        config::from_spec(spec)
    }

    fn origin(&self) -> Rendition {
        Rendition::RAW_VIDEO
    }

    fn bits_per_second(&self) -> Option<u32> {
        self.bits_per_second
    }

    async fn run(&self, run: Run<'_>) -> Result<(), SourceError> {
        run_once(self, run).await
    }
}

async fn run_once(config: &Config, run: Run<'_>) -> Result<(), SourceError> {
    let (events, mut given) = mpsc::channel(FRAMES_IN_FLIGHT);
    let stopped = StopOnDrop(Arc::new(AtomicBool::new(false)));
    let capture =
        Capture { config: config.clone(), clock: run.clock, stopped: Arc::clone(&stopped.0), events };
    std::thread::Builder::new()
        .name("v4l2".into())
        .spawn(move || capture.run())
        .map_err(SourceError::io("cannot start a thread for the camera"))?;
    loop {
        let event = tokio::select! {
            () = run.stop.cancelled() => break,
            event = given.recv() => event,
        };
        match event {
            Some(Event::Begins(origin, begun)) => {
                run.publisher.announce(origin);
                let _ =
                    begun.send(Begun { demand: run.publisher.demand(), clock: run.publisher.run_clock() });
            }
            Some(Event::Frame(frame)) => run.publisher.publish(*frame, None),
            Some(Event::Failed(error)) => return Err(error),
            None => return Err(SourceError::Ended { what: "the camera".into() }),
        }
    }
    // Wait until the thread has closed the device: the next run would find it in use.
    drop(stopped);
    while given.recv().await.is_some() {}
    Ok(())
}

/// Stops the thread when the run ends.
struct StopOnDrop(Arc<AtomicBool>);

impl Drop for StopOnDrop {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

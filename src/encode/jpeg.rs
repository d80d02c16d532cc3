//! Recipe: JPEG of raw pictures, on a thread of its own.
//!
//! ```text
//! Subscription(pictures) ─► newest ─► due? ─► JpegEncoder ─► TrackPublisher(jpeg)
//! ```
//! A picture that is encoded late gives way to the newest. Of a camera that gives JPEG itself, fewer pictures a second are
//! passed on as they are.

use lenscast_media::{
    arrival_clock::Stamp, frame::Frame, jpeg::JpegFramer, raw_video::Moments, raw_video::picture_of,
    rendition::Rendition,
};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use super::{
    JpegEncoder,
    rate_limiter::RateLimiter,
    recipe::{RecipeError, Run, newest, on_thread},
};
use crate::{clock::Clock, hub::Subscription};

/// Pictures that may wait for the publisher.
const PICTURES_IN_FLIGHT: usize = 1;

/// Whether the camera's own pictures are passed on, only fewer.
pub(super) fn passes_on(wanted: Rendition, origin: Rendition) -> bool {
    Rendition { frames_per_second: None, ..wanted } == Rendition::JPEG && origin == Rendition::JPEG
}

pub(super) async fn run(run: Run<'_>, wanted: Rendition) -> Result<(), RecipeError> {
    if passes_on(wanted, run.origin) {
        return pass_on(run, wanted).await;
    }
    let pictures = run.camera.subscribe_recipe(Rendition::RAW_VIDEO)?;
    let (encoded, mut frames) = mpsc::channel(PICTURES_IN_FLIGHT);
    let encoding = encode(pictures, wanted, run.camera.clock(), run.stop.clone(), encoded);
    let work = on_thread("jpeg-encoder", encoding);
    let publish = async {
        while let Some(frame) = frames.recv().await {
            run.publisher.publish(frame);
        }
    };
    let (outcome, ()) = tokio::join!(work, publish);
    outcome?.unwrap_or(Err(RecipeError::Died("JPEG encoder")))
}

/// The camera's own pictures, as many of them as are wanted.
async fn pass_on(run: Run<'_>, wanted: Rendition) -> Result<(), RecipeError> {
    let mut pictures = run.camera.subscribe_recipe(run.origin)?;
    let mut rate_limiter = RateLimiter::new(wanted.frames_per_second);
    loop {
        let shared = tokio::select! {
            () = run.stop.cancelled() => return Ok(()),
            shared = newest(&mut pictures) => shared,
        };
        if rate_limiter.is_due(shared.frame.pts, shared.frame.duration) {
            run.publisher.publish(shared.frame.clone());
        }
    }
}

async fn encode(
    mut pictures: Subscription,
    wanted: Rendition,
    clock: Clock,
    stop: CancellationToken,
    encoded: mpsc::Sender<Frame>,
) -> Result<(), RecipeError> {
    let mut encoder = JpegEncoder::new(wanted.quality, wanted.width);
    let mut rate_limiter = RateLimiter::new(wanted.frames_per_second);
    let mut framer = JpegFramer::default();
    loop {
        let raw = tokio::select! {
            () = stop.cancelled() => return Ok(()),
            raw = newest(&mut pictures) => raw,
        };
        let raw = &raw.frame;
        if !rate_limiter.is_due(raw.pts, raw.duration) {
            continue;
        }
        let Some(picture) = picture_of(raw) else { continue };
        let (jpeg, size) = encoder.encode(&picture)?;
        let stamp = Stamp { dts: raw.pts, duration: raw.duration };
        let moments =
            Moments { captured_at: raw.captured_at, received_at: raw.received_at, ready_at: clock.now() };
        let frame = framer.frame(jpeg, (size.width(), size.height()), stamp, moments);
        if encoded.send(frame).await.is_err() {
            return Ok(());
        }
    }
}

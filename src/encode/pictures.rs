//! Recipe: the raw pictures of an H.264 track, on a thread of its own.
//!
//! Every frame is decoded; only the newest that is there becomes a picture, so a newcomer's burst costs no copies.

use lenscast_media::{
    arrival_clock::Stamp,
    frame::Frame,
    raw_video::{Moments, PictureFramer},
};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use super::{
    H264Decoder,
    recipe::{RecipeError, Run, on_thread},
};
use crate::{
    clock::Clock,
    hub::{Delivery, Subscription, TrackKind},
};

/// Pictures that may wait for the publisher.
const PICTURES_IN_FLIGHT: usize = 1;

pub(super) async fn run(run: Run<'_>) -> Result<(), RecipeError> {
    if run.origin != TrackKind::Video {
        return Err(RecipeError::NoWay { wanted: "pictures", origin: run.origin.name() });
    }
    let coded = run.camera.subscribe_recipe(TrackKind::Video)?;
    let (decoded, mut frames) = mpsc::channel(PICTURES_IN_FLIGHT);
    let work = on_thread("h264-decoder", decode(coded, run.camera.clock(), run.stop.clone(), decoded));
    let publish = async {
        while let Some(frame) = frames.recv().await {
            run.publisher.publish(frame);
        }
    };
    let (outcome, ()) = tokio::join!(work, publish);
    outcome?.unwrap_or(Ok(()))
}

async fn decode(
    mut coded: Subscription,
    clock: Clock,
    stop: CancellationToken,
    decoded: mpsc::Sender<Frame>,
) -> Result<(), RecipeError> {
    let mut decoder = H264Decoder::new()?;
    let mut framer = PictureFramer::default();
    let mut next = None;
    loop {
        let delivery = match next.take() {
            Some(delivery) => delivery,
            None => tokio::select! {
                () = stop.cancelled() => return Ok(()),
                delivery = coded.next() => delivery,
            },
        };
        let Delivery::Frame(shared) = delivery else { continue };
        next = coded.poll();
        let frame = &shared.frame;
        // A frame that cannot be decoded costs its picture; the next keyframe makes it good.
        let picture = match decoder.decode(&frame.payload, next.is_none()) {
            Ok(Some(picture)) => picture,
            Ok(None) => continue,
            Err(error) => {
                tracing::debug!("{error}");
                continue;
            }
        };
        let stamp = Stamp { dts: frame.pts, duration: frame.duration };
        let moments =
            Moments { captured_at: frame.captured_at, received_at: frame.received_at, ready_at: clock.now() };
        if decoded.send(framer.frame(picture, stamp, moments)).await.is_err() {
            return Ok(());
        }
    }
}

//! Runs the recipe of each ordered rendition while its track is wanted.
//!
//! ```text
//! Idle ── wanted ──► Running ── unwanted for LINGER ──► Idle        a JPEG rendition is removed then
//!                       └── failed ──► Failed ── RETRY ──► Running
//! ```
//! One that the camera removes, to make room for another, ends at once.

use std::{sync::Arc, time::Duration};

use lenscast_media::{codec::Codec, rendition::Rendition};
use tokio::{sync::watch, task::JoinSet};
use tokio_util::sync::CancellationToken;

#[cfg(feature = "sound")]
use super::opus;
use super::{
    jpeg, mpeg1, pictures,
    recipe::{RecipeError, Run},
    settings::Settings,
    video,
};
use crate::hub::{
    Camera, Demand, EncoderState, Origins, RenditionRequest, RenditionRequests, TrackPublisher, unwanted_for,
};

/// A rendition goes on for this time after its last subscriber.
const LINGER: Duration = Duration::from_secs(3);
/// A recipe that has failed is tried again after this time, if it is still wanted.
const RETRY: Duration = Duration::from_secs(2);

/// Makes what is requested of one camera, until `stop`.
pub async fn serve(
    mut requests: RenditionRequests,
    settings: watch::Receiver<Settings>,
    stop: CancellationToken,
) {
    let camera = Arc::clone(requests.camera());
    let mut renditions = JoinSet::new();
    loop {
        tokio::select! {
            () = stop.cancelled() => break,
            request = requests.next() => match request {
                Some(request) => {
                    let rendition = supervise(request, Arc::clone(&camera), settings.clone(), stop.clone());
                    renditions.spawn(rendition);
                }
                None => break,
            },
            Some(ended) = renditions.join_next() => {
                if let Err(error) = ended {
                    tracing::error!(camera = camera.name(), "a rendition's task has failed: {error}");
                }
            }
        }
    }
    while renditions.join_next().await.is_some() {}
}

/// Runs one rendition's recipe whenever it is wanted and the source does not write the track itself.
async fn supervise(
    request: RenditionRequest,
    camera: Arc<Camera>,
    settings: watch::Receiver<Settings>,
    stop: CancellationToken,
) {
    let rendition = request.rendition();
    let mut publisher = request.publisher;
    let mut demand = publisher.demand();
    let mut origins = camera.origins();
    let mut said = String::new();
    let mut after_failure = false;
    loop {
        let wanted = async {
            let _ = origins.wait_for(|origins| !origins.contains(rendition)).await;
            let _ = demand.wait_for(|demand| demand.viewers > 0).await;
        };
        tokio::select! {
            () = stop.cancelled() => return,
            () = retired(publisher.demand()) => return,
            () = wanted => {}
        }
        // Why it could not be made stays said until there is a frame.
        if publisher.track().encoder_state().borrow().failure().is_none() {
            publisher.set_encoder_state(EncoderState::Running);
        }
        let (wanted, given) = (demand.clone(), origins.clone());
        let run = run_once(&camera, &mut publisher, settings.clone(), &stop, wanted, given, after_failure);
        let outcome = run.await;
        after_failure = outcome.is_err();
        publisher.end_run();
        if stop.is_cancelled() {
            return;
        }
        let Err(error) = outcome else {
            if rests(&camera, &publisher) {
                return;
            }
            continue;
        };
        let reason = error.to_string();
        if reason != said {
            tracing::warn!(camera = camera.name(), rendition = rendition.name(), "{reason}");
            said.clone_from(&reason);
        }
        publisher.set_encoder_state(EncoderState::Failed(reason));
        tokio::select! {
            () = stop.cancelled() => return,
            () = tokio::time::sleep(RETRY) => {}
        }
        // What failed for somebody who has left is no news to the next.
        if demand.borrow().viewers == 0 && rests(&camera, &publisher) {
            return;
        }
    }
}

/// Returns when the track that has this demand is removed.
async fn retired(mut demand: watch::Receiver<Demand>) {
    // Without a sender there is no track any more.
    let _ = demand.wait_for(|demand| demand.is_retired).await;
}

/// Nobody wants the rendition now. Whether it is removed: variants with settings of their own are not kept.
fn rests(camera: &Camera, publisher: &TrackPublisher) -> bool {
    publisher.set_encoder_state(EncoderState::Idle);
    let track = publisher.track();
    track.rendition().codec == Codec::Jpeg && camera.remove_if_unwanted(track)
}

/// One run. It ends by itself, by `stop`, when nobody wants it any more, when the source gives something else, or when the
/// settings have changed.
async fn run_once(
    camera: &Arc<Camera>,
    publisher: &mut TrackPublisher,
    mut settings: watch::Receiver<Settings>,
    stop: &CancellationToken,
    demand: watch::Receiver<Demand>,
    mut origins: watch::Receiver<Origins>,
    after_failure: bool,
) -> Result<(), RecipeError> {
    let rendition = publisher.track().rendition();
    let stop_run = stop.child_token();
    let began_with = *origins.borrow_and_update();
    let made_by = settings.borrow_and_update().clone();
    let stop_it = stop_run.clone();
    let (origin, medium) = (began_with.video(), rendition.codec.medium());
    let run = Run { camera, origin, publisher, settings: &made_by, after_failure, stop: stop_it };
    let recipe = async {
        match rendition.codec {
            Codec::H264 => video::run(run).await,
            Codec::RawVideo(_) => pictures::run(run).await,
            Codec::Jpeg => jpeg::run(run, rendition).await,
            Codec::Mpeg1 => mpeg1::run(run).await,
            #[cfg(feature = "sound")]
            Codec::Opus => opus::run(run).await,
            Codec::Pcm => Err(RecipeError::NoSound),
            _ => Err(RecipeError::NoWay { wanted: rendition.name(), origin: origin.name() }),
        }
    };
    let mut recipe = std::pin::pin!(recipe);
    let mut failed = None;
    tokio::select! {
        outcome = recipe.as_mut() => return outcome,
        error = pictures_fail(camera, rendition, origin) => failed = Some(error),
        () = retired(demand.clone()) => {}
        () = unwanted_for(LINGER, demand, |demand| demand.viewers) => {}
        _ = origins.wait_for(|origins| origins.of(medium) != began_with.of(medium)) => {}
        Ok(_) = settings.wait_for(|now| now.differ_for(rendition, &made_by)) => {}
        () = stop.cancelled() => {}
    }
    stop_run.cancel();
    let outcome = recipe.await;
    failed.map_or(outcome, Err)
}

/// Returns when the raw pictures that the rendition is made of cannot be made themselves.
async fn pictures_fail(camera: &Camera, rendition: Rendition, origin: Rendition) -> RecipeError {
    let uses_pictures = match rendition.codec {
        Codec::H264 | Codec::Mpeg1 => true,
        Codec::Jpeg => !jpeg::passes_on(rendition, origin),
        _ => false,
    };
    if !uses_pictures || origin == Rendition::RAW_VIDEO {
        return std::future::pending().await;
    }
    let pictures = match camera.subscribe_recipe(Rendition::RAW_VIDEO) {
        Ok(pictures) => pictures,
        Err(refused) => return refused.into(),
    };
    let mut encoder = pictures.track().encoder_state();
    loop {
        if let Some(reason) = encoder.borrow_and_update().failure() {
            return RecipeError::Input(reason.to_owned());
        }
        if encoder.changed().await.is_err() {
            return std::future::pending().await;
        }
    }
}

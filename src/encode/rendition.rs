//! Runs the recipe of each ordered rendition while its track is wanted.
//!
//! ```text
//! Rests ── wanted ──► Runs ── unwanted for LINGER ──► Rests        a JPEG rendition is then forgotten
//!                      └── failed ──► Failed ── RETRY ──► Runs
//! ```
//! One that is forgotten by the camera, to make room for another, ends at once.

use std::{sync::Arc, time::Duration};

use tokio::{sync::watch, task::JoinSet};
use tokio_util::sync::CancellationToken;

use super::{
    Mpeg1Settings, jpeg, mpeg1, pictures,
    recipe::{RecipeError, Run},
    video,
    video::VideoSettings,
};
use crate::hub::{
    Camera, Demand, EncoderState, RenditionRequest, RenditionRequests, TrackKind, TrackPublisher,
    unwanted_for,
};

/// A rendition is made for so long after the last who wanted it.
const LINGER: Duration = Duration::from_secs(3);
/// A recipe that has failed is tried again after so long, if it is still wanted.
const RETRY: Duration = Duration::from_secs(2);

/// How the renditions of one camera are made.
#[derive(Clone, Debug, Default)]
pub struct Settings {
    /// H.264 of raw pictures.
    pub video: VideoSettings,
    /// MPEG-1 of raw pictures.
    pub mpeg1: Mpeg1Settings,
}

impl Settings {
    /// Whether a rendition of this kind is made in another way by `other`.
    fn differ_for(&self, kind: TrackKind, other: &Self) -> bool {
        match kind {
            TrackKind::Video => self.video != other.video,
            TrackKind::Mpeg1 => self.mpeg1 != other.mpeg1,
            TrackKind::Pictures | TrackKind::Jpeg(_) => false,
        }
    }
}

/// Makes what is ordered of one camera, until `stop`.
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
    let kind = request.kind();
    let mut publisher = request.publisher;
    let mut demand = publisher.demand();
    let mut origin = camera.origin();
    let mut said = String::new();
    let mut after_failure = false;
    loop {
        let wanted = async {
            let _ = origin.wait_for(|origin| *origin != kind).await;
            let _ = demand.wait_for(|demand| demand.viewers > 0).await;
        };
        tokio::select! {
            () = stop.cancelled() => return,
            () = forgotten(publisher.demand()) => return,
            () = wanted => {}
        }
        // Why it could not be made stays said until there is a frame.
        if publisher.track().encoder_state().borrow().failure().is_none() {
            publisher.set_encoder_state(EncoderState::Running);
        }
        let (wanted, given) = (demand.clone(), origin.clone());
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
            tracing::warn!(camera = camera.name(), rendition = kind.name(), "{reason}");
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

/// Returns when the track that has this demand is forgotten.
async fn forgotten(mut demand: watch::Receiver<Demand>) {
    // Without a sender there is no track any more.
    let _ = demand.wait_for(|demand| demand.forgotten).await;
}

/// Nobody wants the rendition now; whether it is forgotten.
fn rests(camera: &Camera, publisher: &TrackPublisher) -> bool {
    publisher.set_encoder_state(EncoderState::Idle);
    matches!(publisher.track().kind(), TrackKind::Jpeg(_)) && camera.let_go(publisher.track())
}

/// One run, ended by itself, by `stop`, for want of anybody who wants it, or since the source gives
/// something else now or it is to be made in another way.
async fn run_once(
    camera: &Arc<Camera>,
    publisher: &mut TrackPublisher,
    mut settings: watch::Receiver<Settings>,
    stop: &CancellationToken,
    demand: watch::Receiver<Demand>,
    mut origin: watch::Receiver<TrackKind>,
    after_failure: bool,
) -> Result<(), RecipeError> {
    let kind = publisher.track().kind();
    let stop_run = stop.child_token();
    let began_with = *origin.borrow_and_update();
    let made_by = settings.borrow_and_update().clone();
    let stop_it = stop_run.clone();
    let run = Run { camera, origin: began_with, publisher, settings: &made_by, after_failure, stop: stop_it };
    let recipe = async {
        match kind {
            TrackKind::Video => video::run(run).await,
            TrackKind::Pictures => pictures::run(run).await,
            TrackKind::Jpeg(settings) => jpeg::run(run, settings).await,
            TrackKind::Mpeg1 => mpeg1::run(run).await,
        }
    };
    let mut recipe = std::pin::pin!(recipe);
    let mut failed = None;
    tokio::select! {
        outcome = recipe.as_mut() => return outcome,
        error = pictures_fail(camera, kind, began_with) => failed = Some(error),
        () = forgotten(demand.clone()) => {}
        () = unwanted_for(LINGER, demand, |demand| demand.viewers) => {}
        _ = origin.wait_for(|origin| *origin != began_with) => {}
        Ok(_) = settings.wait_for(|now| now.differ_for(kind, &made_by)) => {}
        () = stop.cancelled() => {}
    }
    stop_run.cancel();
    let outcome = recipe.await;
    failed.map_or(outcome, Err)
}

/// Returns when the pictures that a rendition of this kind is made of cannot be made themselves.
async fn pictures_fail(camera: &Camera, kind: TrackKind, origin: TrackKind) -> RecipeError {
    let uses_pictures = match kind {
        TrackKind::Video | TrackKind::Mpeg1 => true,
        TrackKind::Jpeg(settings) => !jpeg::passes_on(settings, origin),
        TrackKind::Pictures => false,
    };
    if !uses_pictures || origin == TrackKind::Pictures {
        return std::future::pending().await;
    }
    let pictures = match camera.subscribe_recipe(TrackKind::Pictures) {
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

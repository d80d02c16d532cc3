//! Admits a viewer, over a WebSocket, an endless body or for one picture, or refuses it with a sentence.
//!
//! ```text
//! ViewerRequest ─► permit (viewer limit) ─► subscription ─► can the rendition be made? ─► Admitted
//!                     └─► Refusal::Full        └──────────────────┴─► Refusal::Unavailable
//! ```
//! All of it happens before the request is answered, so that a rendition that cannot be made is refused where a person or a
//! script can read why. A viewer above the limit starts nothing.

use std::{sync::Arc, time::Duration};

use axum::response::Response;

use lenscast_media::rendition::Rendition;

use super::ViewerRequest;
use crate::{
    http::{Permit, unavailable},
    hub::{AddressShare, Camera, Subscription, Track, ViewerInfo},
};

/// A rendition that has neither a first frame nor failed by then is taken to be made: its camera may still have to start.
const KNOWN_WITHIN: Duration = Duration::from_millis(400);

/// The track that a viewer asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Wanted {
    /// The camera's H.264 video. A viewer waits for it while the camera is off.
    Video,
    /// The same with the camera's sound, if it has any.
    VideoAndSound,
    /// The camera's sound alone, for a viewer who gets the pictures elsewhere and is counted there.
    Sound,
    /// A rendition. A viewer is refused when it cannot be made.
    Rendition(Rendition),
}

/// An admitted viewer. Dropping it ends its subscription and gives its permit back.
#[derive(Debug)]
pub(super) struct Admitted {
    pub(super) subscription: Subscription,
    /// The sound that goes with it.
    pub(super) sound: Option<Subscription>,
    pub(super) request: ViewerRequest,
    /// Holds the viewer's place under the limit.
    pub(super) permit: Permit,
}

impl Admitted {
    /// The camera it watches.
    pub(super) const fn camera(&self) -> &Arc<Camera> {
        &self.request.camera
    }

    /// The track it gets.
    pub(super) const fn track(&self) -> &Arc<Track> {
        self.subscription.track()
    }
}

/// Why a viewer is not admitted: a sentence for a person.
#[derive(Debug)]
pub(super) enum Refusal {
    /// The viewer limit is reached.
    Full(String),
    /// The rendition cannot be made.
    Unavailable(String),
}

impl Refusal {
    /// The answer to a plain request: 503.
    pub(super) fn into_response(self) -> Response {
        match self {
            Self::Full(sentence) | Self::Unavailable(sentence) => unavailable(&sentence),
        }
    }
}

/// Admits the viewer of the transport called `name`; returns when it is known that the rendition can be made, or at least
/// not that it cannot.
pub(super) async fn admit(
    name: &'static str,
    request: ViewerRequest,
    wanted: Wanted,
) -> Result<Admitted, Refusal> {
    let mut admitted = admit_at_once(name, request, wanted)?;
    match wanted {
        Wanted::Video | Wanted::VideoAndSound | Wanted::Sound => Ok(admitted),
        Wanted::Rendition(_) => match failure(&mut admitted.subscription).await {
            None => Ok(admitted),
            Some(reason) => Err(Refusal::Unavailable(admitted.request.shown(&reason))),
        },
    }
}

/// Like [`admit`], without waiting whether the rendition can be made.
pub(super) fn admit_at_once(
    name: &'static str,
    request: ViewerRequest,
    wanted: Wanted,
) -> Result<Admitted, Refusal> {
    let limit = &request.app.viewer_limit;
    let permit = limit.acquire(request.remote, request.place.as_ref());
    let permit = permit.map_err(|reached| Refusal::Full(reached.to_string()))?;
    let share = if limit.has_shares() { AddressShare::Part } else { AddressShare::All };
    let info = ViewerInfo { transport: name, remote: request.remote };
    let subscription = match wanted {
        Wanted::Video | Wanted::VideoAndSound => request.camera.video().subscribe(info),
        Wanted::Sound if !request.camera.has_sound() => {
            return Err(Refusal::Unavailable("This camera has no sound.".to_owned()));
        }
        Wanted::Sound => {
            let subscribed = request.camera.subscribe_listener(Rendition::OPUS, info);
            subscribed.map_err(|refused| Refusal::Unavailable(refused.to_string()))?
        }
        Wanted::Rendition(rendition) => {
            let subscribed = request.camera.subscribe(rendition, info, share);
            subscribed.map_err(|refused| Refusal::Unavailable(refused.to_string()))?
        }
    };
    let listens = wanted == Wanted::VideoAndSound && request.camera.has_sound();
    let sound = listens.then(|| request.camera.subscribe_listener(Rendition::OPUS, info).ok()).flatten();
    Ok(Admitted { subscription, sound, request, permit })
}

/// The refusal of a rendition that could not be made a moment ago. Nothing is started to find out.
pub(super) fn recent_refusal(request: &ViewerRequest, rendition: Rendition) -> Option<Refusal> {
    let track = request.camera.track(rendition)?;
    let reason = track.encoder_state().borrow().failure().map(str::to_owned);
    reason.map(|reason| Refusal::Unavailable(request.shown(&reason)))
}

/// Why the rendition cannot be made, as soon as that is known.
async fn failure(subscription: &mut Subscription) -> Option<String> {
    let mut encoder = subscription.track().encoder_state();
    // A failure of the past may be mended: it counts only if it stays.
    encoder.mark_unchanged();
    let first_frame = subscription.wait_for(|subscription| subscription.has_frame().then_some(()));
    let fails = async {
        loop {
            if encoder.changed().await.is_err() {
                return std::future::pending().await;
            }
            if let Some(reason) = encoder.borrow_and_update().failure() {
                return reason.to_owned();
            }
        }
    };
    let outcome = tokio::select! {
        biased;
        () = first_frame => return None,
        reason = fails => Some(reason),
        () = tokio::time::sleep(KNOWN_WITHIN) => None,
    };
    outcome.or_else(|| subscription.track().encoder_state().borrow().failure().map(str::to_owned))
}

//! Lets a viewer in to a rendition: it is subscribed to before the handshake is answered, so that one that cannot be
//! made is refused with a sentence, where a person or a script can read it.

use std::{sync::Arc, time::Duration};

use axum::response::Response;

use lenscast_media::rendition::Rendition;

use super::ViewerRequest;
use crate::{
    http::unavailable,
    hub::{Subscription, Track, ViewerInfo},
};

/// A rendition that has neither a first frame nor failed by then is taken to be made: its camera may still have to begin.
const KNOWN_WITHIN: Duration = Duration::from_millis(400);

/// Subscribes `request` to the track of `rendition`, for the transport called `name`.
///
/// # Errors
/// With an answer that says why, when it cannot be made.
pub(super) async fn subscribe(
    request: &mut ViewerRequest,
    name: &'static str,
    rendition: Rendition,
) -> Result<Arc<Track>, Response> {
    let info = ViewerInfo { transport: name, remote: request.remote };
    let subscription = request.camera.subscribe(rendition, info);
    let mut subscription = subscription.map_err(|refused| unavailable(&refused.to_string()))?;
    if let Some(reason) = failure(&mut subscription).await {
        return Err(unavailable(&reason));
    }
    let track = Arc::clone(subscription.track());
    request.subscription = Some(subscription);
    Ok(track)
}

/// The same answer, if `rendition` could not be made a moment ago. Nothing is begun to find out.
pub(super) fn refused_lately(request: &ViewerRequest, rendition: Rendition) -> Option<Response> {
    let track = request.camera.track(rendition)?;
    track.encoder_state().borrow().failure().map(unavailable)
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

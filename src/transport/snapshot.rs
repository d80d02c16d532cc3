//! `snapshot.jpg`: one JPEG picture, the newest there is.
//!
//! ```text
//! request ─► subscribe(jpeg) ─► first picture ─► as new as the camera's newest frame at the request? ─► answer
//!                │                within 5 s        a little longer for that
//!                └ starts an idle camera, and the decoder on the cached GOP: it waits for no keyframe
//! ```
//! Also at `snapshot` (uStreamer, camera-streamer) and `?action=snapshot` (mjpg-streamer). `fps` means nothing here.

use std::{sync::Arc, time::Duration};

use axum::{
    Router,
    extract::{Request, State},
    handler::Handler,
    http::{HeaderMap, HeaderValue, Method, header},
    middleware::Next,
    response::{IntoResponse, Response},
    routing::get,
};
use lenscast_media::{
    rendition::Rendition,
    {multipart, time::Moment},
};

use super::{
    ViewerRequest,
    admission::{Admitted, Wanted, admit_at_once},
    jpeg_query::JpegQuery,
};
use crate::{
    http::{
        AppState,
        action::{Action, Kind, asked, is_read, numbered},
        no_body,
        policy::{self, Caching},
        shown_failure, shown_state, unavailable,
    },
    hub::{AWAITS_KEYFRAME, CameraState, Delivery, SharedFrame, Subscription},
};

/// Time for a camera to start and give a picture.
const PICTURE_WITHIN: Duration = Duration::from_secs(5);
/// Time for a picture as new as the camera's newest frame, when an older one is there.
const NEWEST_WITHIN: Duration = Duration::from_millis(500);

/// The addresses, in a camera's tree; `cam.jpg` is mjpg-streamer's for webcamXP's clients.
pub fn routes() -> Router<AppState> {
    ["/snapshot.jpg", "/snapshot", "/cam.jpg"]
        .into_iter()
        .fold(Router::new(), |router, address| router.route(address, get(snapshot)))
}

/// Answers `?action=snapshot` at the page's address.
pub async fn action(State(app): State<AppState>, request: Request, next: Next) -> Response {
    match asked(request.uri()) {
        Some(Ok(Action { kind: Kind::Snapshot, camera })) if is_read(request.method()) => {
            snapshot.call(numbered(request, camera), app).await
        }
        _ => next.run(request).await,
    }
}

async fn snapshot(method: Method, request: ViewerRequest, query: JpegQuery) -> Response {
    if method == Method::HEAD {
        return (headers(), no_body()).into_response();
    }
    let since = request.camera.newest_received_at().unwrap_or_default();
    let kind = Rendition { frames_per_second: None, ..query.rendition };
    let viewer = match admit_at_once("snapshot.jpg", request, Wanted::Rendition(kind)) {
        Ok(viewer) => viewer,
        Err(refusal) => return refusal.into_response(),
    };
    let Admitted { mut subscription, request, permit: _permit, .. } = viewer;
    match newest(&request, &mut subscription, since).await {
        Ok(shared) => {
            let mut headers = headers();
            if let Ok(timestamp) = HeaderValue::from_str(&multipart::timestamp(&shared.frame)) {
                headers.insert("x-timestamp", timestamp);
            }
            (headers, shared.frame.payload.clone()).into_response()
        }
        Err(sentence) => unavailable(&sentence),
    }
}

fn headers() -> HeaderMap {
    let mut headers = HeaderMap::new();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("image/jpeg"));
    Caching::NeverByOldCaches.set(&mut headers);
    policy::expose_headers(&mut headers, "x-timestamp");
    policy::protect_camera_bytes(&mut headers);
    headers
}

/// A picture whose first byte was here at `since` or later; if there is none soon, an older one. Else why not.
async fn newest(
    request: &ViewerRequest,
    subscription: &mut Subscription,
    since: Moment,
) -> Result<Arc<SharedFrame>, String> {
    let first = tokio::time::timeout(PICTURE_WITHIN, picture(request, subscription)).await;
    let mut found = first.unwrap_or_else(|_| Err(no_picture(request)))?;
    let newer = async {
        while found.frame.received_at < since {
            let Ok(next) = picture(request, subscription).await else { return };
            found = next;
        }
    };
    let _ = tokio::time::timeout(NEWEST_WITHIN, newer).await;
    Ok(found)
}

/// The newest picture that was not delivered yet, or why there will be none soon.
async fn picture(
    request: &ViewerRequest,
    subscription: &mut Subscription,
) -> Result<Arc<SharedFrame>, String> {
    let ViewerRequest { camera, grant, .. } = request;
    let state = camera.state();
    let encoder = subscription.track().encoder_state();
    let mut newest = None;
    subscription
        .wait_for(|subscription| {
            while let Some(delivery) = subscription.poll() {
                if let Delivery::Frame(shared) = delivery {
                    newest = Some(shared);
                }
            }
            if let Some(shared) = newest.take() {
                return Some(Ok(shared));
            }
            if let Some(reason) = camera.is_closed() {
                return Some(Err(reason.to_owned()));
            }
            let state = state.borrow();
            if matches!(*state, CameraState::Offline { .. } | CameraState::Ended { .. }) {
                return Some(Err(shown_state(camera, state.clone(), grant).message().to_owned()));
            }
            encoder.borrow().failure().map(|reason| Err(shown_failure(camera, reason, grant)))
        })
        .await
}

/// Why no picture has come in time.
fn no_picture(request: &ViewerRequest) -> String {
    let camera = &request.camera;
    let seconds = PICTURE_WITHIN.as_secs();
    let state = camera.state().borrow().clone();
    match shown_state(camera, state, &request.grant).message() {
        "" if camera.video().awaits_keyframe() => AWAITS_KEYFRAME.to_owned(),
        "" => format!("Camera {} has sent no picture for {seconds} s", camera.name()),
        reason => reason.to_owned(),
    }
}

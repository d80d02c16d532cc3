//! `state.json`: what `ws/live` says of the camera besides its frames, as a list of the same messages, for a page that no
//! WebSocket reaches, and how the sound is. It starts no camera and counts as no viewer.
//!
//! For a camera that does not exist the answer is 404, with the names of those that do.

use axum::{
    Extension, Json, Router,
    extract::State,
    response::{IntoResponse, Response},
    routing::get,
};
use lenscast_media::player_wire::ServerMessage;

use super::player_messages;
use crate::{
    access::Grant,
    http::{AppState, CameraOf, policy::Caching, shown_state},
};

/// The address, in a camera's tree.
pub fn routes() -> Router<AppState> {
    Router::new().route("/state.json", get(answer))
}

async fn answer(
    State(app): State<AppState>,
    Extension(grant): Extension<Grant>,
    camera: Result<CameraOf, Response>,
) -> Response {
    let mut response = match camera {
        Ok(CameraOf(camera)) => {
            let state = shown_state(&camera, camera.state().borrow().clone(), &grant);
            let count = *camera.viewers().borrow();
            let now = app.clock.now();
            let messages = [
                player_messages::hello(&camera),
                player_messages::state(&state, app.clock),
                ServerMessage::Viewers { count },
                ServerMessage::Clock { t0: 0.0, t1: now, t2: now },
            ];
            let messages: Vec<_> =
                messages.into_iter().chain(player_messages::sound(&camera, &grant)).collect();
            Json(messages).into_response()
        }
        Err(refusal) => refusal,
    };
    Caching::Never.set(response.headers_mut());
    response
}

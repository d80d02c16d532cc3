//! The transports: what viewers are served by, one file each. A transport uses subscriptions and HTTP, and no other one.
//!
//! ```text
//! ws/live  ws/mp4               a WebSocket: socket/ drives it, the transport chooses what is sent
//! classic/                      the same, for the players of 2013 to 2018
//! stream.h264 .mp4 .ts .mjpg    an endless HTTP body: body.rs
//! snapshot.jpg                  one picture
//! state.json                    what the camera does, where no WebSocket passes
//! ```

mod admission;
mod body;
pub mod classic;
mod jpeg_query;
mod player_messages;
pub mod snapshot;
mod socket;
mod sound_query;
pub mod state_json;
pub mod stream_h264;
pub mod stream_mjpg;
pub mod stream_mp4;
pub mod stream_ts;
pub mod ws_live;
pub mod ws_mp4;

use std::{net::SocketAddr, sync::Arc};

use axum::{
    Extension,
    extract::FromRequestParts,
    http::request::Parts,
    response::{IntoResponse, Response},
};

use crate::{
    access::{Client, Grant},
    http::{AppState, CameraOf, ConnectionPlace, Remote, ResetReason, shown_failure},
    hub::Camera,
};

/// A viewer's request: the camera that it is for, and where it comes from.
#[derive(Debug)]
struct ViewerRequest {
    app: AppState,
    camera: Arc<Camera>,
    remote: SocketAddr,
    /// What lets it watch, and for how long.
    grant: Grant,
    reset_reason: ResetReason,
    /// Of the connection that it came on.
    place: Option<ConnectionPlace>,
}

impl ViewerRequest {
    /// Why a rendition cannot be made, as this viewer is shown it.
    fn shown(&self, failure: &str) -> String {
        shown_failure(&self.camera, failure, &self.grant)
    }
}

impl FromRequestParts<AppState> for ViewerRequest {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, app: &AppState) -> Result<Self, Response> {
        let CameraOf(camera) = CameraOf::from_request_parts(parts, app).await?;
        let remote = Remote::from_request_parts(parts, app).await;
        let Remote(mut remote) = remote.map_err(IntoResponse::into_response)?;
        // Behind a trusted proxy viewers have addresses of their own.
        if let Some(client) = parts.extensions.get::<Client>().filter(|client| client.is_proxied) {
            remote.set_ip(client.address);
        }
        let Extension(grant) =
            Extension::from_request_parts(parts, app).await.map_err(IntoResponse::into_response)?;
        let reset_reason = parts.extensions.get().cloned().unwrap_or_default();
        let place = parts.extensions.get().cloned();
        Ok(Self { app: app.clone(), camera, remote, grant, reset_reason, place })
    }
}

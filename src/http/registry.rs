//! The cameras of the server, the state that all handlers share, and which camera a request means.

use std::{
    convert::Infallible,
    net::SocketAddr,
    sync::{Arc, RwLock},
};

use axum::{
    extract::{ConnectInfo, FromRequestParts, OriginalUri, RawPathParams},
    http::{Extensions, StatusCode, request::Parts},
    response::{IntoResponse, Response},
};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use super::{
    ConnectionLimit, ViewerLimit,
    policy::allow_any_origin,
    respond::{no_such_camera, no_such_number, not_found},
    shown_certificate::ShownCertificate,
};
use crate::{
    access::{Access, Grant, Right},
    clock::Clock,
    hub::Camera,
};

/// The cameras, in the order of the configuration; the first is also served at `/`.
#[derive(Clone, Debug, Default)]
pub struct Cameras(Arc<RwLock<Vec<Arc<Camera>>>>);

impl Cameras {
    /// Replaces the cameras.
    pub fn set(&self, cameras: Vec<Arc<Camera>>) {
        *self.0.write().expect("no holder of this lock panics") = cameras;
    }

    /// The camera called `name`.
    #[must_use]
    pub fn named(&self, name: &str) -> Option<Arc<Camera>> {
        self.all().into_iter().find(|camera| camera.name() == name)
    }

    /// All of them.
    #[must_use]
    pub fn all(&self) -> Vec<Arc<Camera>> {
        self.0.read().expect("no holder of this lock panics").clone()
    }
}

/// What every handler shares.
#[derive(Clone, Debug)]
pub struct AppState {
    /// The cameras.
    pub cameras: Cameras,
    /// The server's clock.
    pub clock: Clock,
    /// Decides who may do what.
    pub access: Access,
    /// The certificate that HTTPS shows.
    pub certificate: ShownCertificate,
    /// Limits the viewers.
    pub viewer_limit: ViewerLimit,
    /// Limits the connections.
    pub connection_limit: ConnectionLimit,
    /// Cancelled when the server stops.
    pub stopping: CancellationToken,
    /// Every task that serves a connection; the server ends when all of them have.
    pub tasks: TaskTracker,
}

impl AppState {
    /// The cameras that `grant` lets its holder watch.
    #[must_use]
    pub fn visible(&self, grant: &Grant) -> Vec<Arc<Camera>> {
        let mut cameras = self.cameras.all();
        cameras.retain(|camera| grant.lets(Right::View, camera.name()));
        cameras
    }
}

/// The number of the camera that a request is for, from 0, where its address names none (`?action=stream_1`).
#[derive(Clone, Copy, Debug)]
pub(super) struct CameraNumber(pub(super) usize);

/// The camera a request is for: the one named in `/cam/NAME/…`, else the one of its number among those
/// that the viewer may watch, else the first of them.
#[derive(Clone, Debug)]
pub struct CameraOf(pub Arc<Camera>);

impl FromRequestParts<AppState> for CameraOf {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, Response> {
        let params = RawPathParams::from_request_parts(parts, state).await;
        let name = params.as_ref().ok().and_then(|params| params.iter().find(|(key, _)| *key == "camera"));
        let number = parts.extensions.get::<CameraNumber>().map(|CameraNumber(number)| *number);
        // Every request that comes to the routes has passed the guard, which grants it what it may do.
        let Some(grant) = parts.extensions.get::<Grant>().cloned() else { return Err(forbidden()) };
        let camera = match (name, number) {
            // Nobody learns which cameras there are besides their own.
            (Some((_, name)), _) if !grant.lets(Right::View, name) => return Err(forbidden()),
            (Some((_, name)), None | Some(0)) => state.cameras.named(name),
            (Some(_), Some(_)) => None,
            (None, number) => state.visible(&grant).into_iter().nth(number.unwrap_or(0)),
        };
        if let (None, Some(number)) = (&camera, number) {
            return Err(no_such_number(number));
        }
        camera.map(Self).ok_or_else(|| {
            let whole = parts.extensions.get::<OriginalUri>().map_or(&parts.uri, |original| &original.0);
            match name {
                Some(_) => no_such_camera(whole.path(), &parts.headers, &state.visible(&grant)),
                None => not_found(whole.path(), &parts.headers),
            }
        })
    }
}

/// 403: there may be such a camera, but not for this viewer.
fn forbidden() -> Response {
    let mut response = (StatusCode::FORBIDDEN, "You may not use this camera.\n").into_response();
    allow_any_origin(response.headers_mut());
    response
}

/// The peer's address of a request.
#[derive(Clone, Copy, Debug)]
pub struct Remote(pub SocketAddr);

/// Our own address of a request's connection.
#[derive(Clone, Copy, Debug)]
pub struct LocalAddress(pub SocketAddr);

/// A request's connection is encrypted.
#[derive(Clone, Copy, Debug)]
pub struct Encrypted;

impl Remote {
    /// The address that a request's `extensions` name; all zeros if they name none.
    #[must_use]
    pub fn of(extensions: &Extensions) -> SocketAddr {
        let known = extensions.get::<ConnectInfo<SocketAddr>>();
        known.map_or_else(|| SocketAddr::from(([0, 0, 0, 0], 0)), |info| info.0)
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Remote {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        Ok(Self(Self::of(&parts.extensions)))
    }
}

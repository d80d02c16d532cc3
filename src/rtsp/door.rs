//! Who asks, and for which camera: a [`Grant`] and a [`Camera`] are found together, so that no camera is given without one.
//!
//! ```text
//! address, Authorization ─► Credentials ─► Access::enter ─► Grant ─► the camera, if the grant has it
//!                                            401                403, 404
//! ```
//! Credentials are those of HTTP: Basic, a link's token as the password, `?token=` or `/t/TOKEN/`. Basic alone is offered:
//! Digest needs the password in clear, and passwords are kept as hashes.

use std::{net::SocketAddr, sync::Arc};

use axum::http::{HeaderMap, HeaderValue, Method, Uri, header};
use lenscast_media::rtsp::{Request, Response, Status, camera_in, path_and_query};

use crate::{
    access::{Client, Credentials, Denied, Grant, Right},
    http::AppState,
    hub::Camera,
};

/// Asks for a name and a password (RFC 7617).
const CHALLENGE: &str = "Basic realm=\"Lenscast\"";

/// A request that was let in.
pub(super) struct Entered {
    pub(super) grant: Grant,
    pub(super) camera: Arc<Camera>,
}

/// Lets a request in, and finds its camera.
///
/// # Errors
/// The answer to one that is not let in, or whose camera there is not.
pub(super) async fn enter(
    app: &AppState,
    remote: SocketAddr,
    request: &Request,
) -> Result<Entered, Response> {
    let refuse = |status, sentence: &str| Response::new(status, sentence, request.sequence());
    let Some(mut uri) = path_and_query(&request.address).and_then(|path| path.parse::<Uri>().ok()) else {
        return Err(refuse(
            Status::BadRequest,
            "This is no address of a camera, such as rtsp://HOST:8554/NAME",
        ));
    };
    let mut headers = HeaderMap::new();
    if let Some(value) = request.header("Authorization").and_then(|value| HeaderValue::from_str(value).ok()) {
        headers.insert(header::AUTHORIZATION, value);
    }
    let credentials = Credentials::take(&mut uri, &headers);
    let rules = app.access.rules();
    let client = Client::of(remote, false, &HeaderMap::new(), &rules.trusted_proxies);
    let entered = app.access.enter(&rules, &Method::GET, &HeaderMap::new(), None, credentials, client).await;
    let grant = match entered {
        Ok(entry) => entry.grant,
        Err(denied) => return Err(denied_answer(&denied, request)),
    };
    let camera = match camera_in(uri.path()) {
        // Nobody learns which cameras there are besides their own.
        Some(name) if !grant.lets(Right::View, name) => {
            return Err(refuse(Status::Forbidden, "You may not use this camera"));
        }
        Some(name) => app.cameras.named(name),
        None => app.visible(&grant).into_iter().next(),
    };
    let camera = camera.ok_or_else(|| {
        let names: Vec<String> = app.visible(&grant).iter().map(|camera| camera.name().to_owned()).collect();
        refuse(Status::NotFound, &format!("There is no such camera; there is: {}", names.join(", ")))
    })?;
    Ok(Entered { grant, camera })
}

fn denied_answer(denied: &Denied, request: &Request) -> Response {
    let sentence = denied.sentence();
    let answer = |status| Response::new(status, &sentence, request.sequence());
    match denied {
        Denied::Unauthorized(_) => answer(Status::Unauthorized).with("WWW-Authenticate", CHALLENGE),
        Denied::TooMany(wait_s) => answer(Status::Unavailable).with("Retry-After", wait_s),
        Denied::Origin | Denied::NoPasswordYet | Denied::Host(_) => answer(Status::Forbidden),
        Denied::Broken => answer(Status::Unavailable),
    }
}

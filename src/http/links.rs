//! `/access`, the page on which a person sets a password and makes links, and `/api/v1/links`: makes, lists and revokes signed
//! links, for somebody who has logged in and may change the server.
//!
//! ```text
//! GET    /api/v1/links         the links that work, with their tokens
//! POST   /api/v1/links         {"name": "tv", "camera": "door", "right": "view", "expires_in_s": 86400} ─► 201
//! DELETE /api/v1/links/NAME    ─► 204
//! ```

use axum::{
    Extension, Json, Router,
    body::to_bytes,
    extract::{Path, Request, State},
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
    routing::{delete, get},
};
use serde::{Deserialize, Serialize};

use super::{AppState, embedded::embedded_file, guard::ACCESS_PAGE, not_found, policy::Caching};
use crate::access::{Access, Client, Grant, Link, LinkName, LinkRefused, Right};

/// Longest body.
const MAX_BODY_BYTES: usize = 4 << 10;
/// A link expires within this time, or never: 10 years.
const MAX_EXPIRES_IN_S: u64 = 10 * 366 * 24 * 60 * 60;

/// `/access` and `/api/v1/links`.
pub fn routes() -> Router<AppState> {
    Router::new()
        .route(ACCESS_PAGE, get(page))
        .route("/api/v1/links", get(list).post(make))
        .route("/api/v1/links/{name}", delete(revoke))
}

/// A link, as it is shown.
#[derive(Serialize)]
struct Shown {
    name: String,
    /// All cameras if it is missing.
    #[serde(skip_serializing_if = "Option::is_none")]
    camera: Option<String>,
    right: &'static str,
    /// Seconds since 1970; never if it is missing.
    #[serde(skip_serializing_if = "Option::is_none")]
    expires_at: Option<u64>,
    token: String,
}

impl Shown {
    fn new(link: Link, token: String) -> Self {
        let Link { camera, right, expires_at, name } = link;
        Self { name: name.to_string(), camera, right: right.name(), expires_at, token }
    }
}

/// A link, as it is asked for.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Wanted {
    name: String,
    /// All cameras if it is missing.
    camera: Option<String>,
    /// `view` if it is missing.
    right: Option<String>,
    /// Never if it is missing.
    expires_in_s: Option<u64>,
}

impl Wanted {
    /// The link, made at `now_s` in seconds since 1970.
    fn check(self, app: &AppState, grant: &Grant, now_s: u64) -> Result<Link, String> {
        let name: LinkName = self.name.parse().map_err(|error| format!("{error}."))?;
        let right = self.right.as_deref().unwrap_or(Right::View.name());
        let right = right.parse().map_err(|error| format!("{error}."))?;
        if let Some(camera) = &self.camera
            && !app.visible(grant).iter().any(|known| known.name() == camera)
        {
            return Err(format!("There is no camera called {camera:?}."));
        }
        let expires_at = match self.expires_in_s {
            Some(seconds) if !(1..=MAX_EXPIRES_IN_S).contains(&seconds) => {
                return Err(format!("expires_in_s is 1 to {MAX_EXPIRES_IN_S}, or missing: never."));
            }
            seconds => seconds.map(|seconds| now_s + seconds),
        };
        Ok(Link { camera: self.camera, right, expires_at, name })
    }
}

async fn page(headers: HeaderMap) -> Response {
    embedded_file(&headers, "access.html").unwrap_or_else(|| not_found(ACCESS_PAGE, &headers))
}

async fn list(Extension(access): Extension<Access>, Extension(grant): Extension<Grant>) -> Response {
    let links = blocking(move || access.links(&grant)).await;
    let answer = links.map(|links| {
        let links: Vec<_> = links.into_iter().map(|(link, token)| Shown::new(link, token)).collect();
        Json(serde_json::json!({ "links": links })).into_response()
    });
    finish(answer)
}

async fn make(
    State(app): State<AppState>,
    Extension(access): Extension<Access>,
    Extension(grant): Extension<Grant>,
    Extension(client): Extension<Client>,
    request: Request,
) -> Response {
    if !is_json(request.headers()) {
        return sentence(StatusCode::UNSUPPORTED_MEDIA_TYPE, "A link is asked for as application/json.");
    }
    let body = to_bytes(request.into_body(), MAX_BODY_BYTES).await.unwrap_or_default();
    let wanted = match serde_json::from_slice::<Wanted>(&body) {
        Ok(wanted) => wanted,
        Err(error) => return sentence(StatusCode::BAD_REQUEST, &format!("This is no link: {error}.")),
    };
    let link = match wanted.check(&app, &grant, crate::access::now_s()) {
        Ok(link) => link,
        Err(why) => return sentence(StatusCode::UNPROCESSABLE_ENTITY, &why),
    };
    let made = blocking(move || {
        access.make_link(&grant, &link).map(|token| {
            tracing::info!(link = %link.name, remote = %client.address, "link made on the page");
            (StatusCode::CREATED, Json(Shown::new(link, token))).into_response()
        })
    });
    finish(made.await)
}

async fn revoke(
    Extension(access): Extension<Access>,
    Extension(grant): Extension<Grant>,
    Extension(client): Extension<Client>,
    Path(name): Path<String>,
) -> Response {
    let Ok(name) = name.parse::<LinkName>() else {
        return sentence(StatusCode::NOT_FOUND, "There is no link of this name.");
    };
    let revoked = blocking(move || {
        access.revoke_link(&grant, &name)?;
        tracing::info!(link = %name, remote = %client.address, "link revoked on the page");
        Ok(StatusCode::NO_CONTENT.into_response())
    });
    finish(revoked.await)
}

/// Runs what reads and writes files on a thread that serves nobody.
async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, LinkRefused> + Send + 'static,
) -> Result<T, LinkRefused> {
    let done = tokio::task::spawn_blocking(work).await;
    done.unwrap_or_else(|error| Err(std::io::Error::other(error).into()))
}

fn finish(answer: Result<Response, LinkRefused>) -> Response {
    let mut response = answer.unwrap_or_else(|refused| {
        let status = match &refused {
            LinkRefused::Forbidden => StatusCode::FORBIDDEN,
            LinkRefused::Unknown(_) => StatusCode::NOT_FOUND,
            LinkRefused::Revoked(_) | LinkRefused::Exists(_) | LinkRefused::NoFolder => StatusCode::CONFLICT,
            LinkRefused::Io(error) => {
                tracing::error!("links not read or written: {error}");
                StatusCode::INTERNAL_SERVER_ERROR
            }
        };
        sentence(status, &refused.to_string())
    });
    Caching::Never.set(response.headers_mut());
    response
}

fn sentence(status: StatusCode, text: &str) -> Response {
    (status, format!("{text}\n")).into_response()
}

fn is_json(headers: &HeaderMap) -> bool {
    headers.get(header::CONTENT_TYPE).is_some_and(|kind| kind == "application/json")
}

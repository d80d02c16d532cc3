//! The pages and the web component: the web build, embedded.
//!
//! ```text
//! /  one camera: index.html   several: grid.html      /cam/NAME/  index.html      player.js, assets/  for any origin
//! ```
//! Files under `assets/` carry a hash in their names; the others have an ETag.

use axum::{
    Router,
    body::Body,
    extract::{OriginalUri, Path, RawPathParams, State},
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
    routing::get,
};
use bytes::Bytes;
use rust_embed::{EmbeddedFile, RustEmbed};
use tower_http::compression::CompressionLayer;

use super::{
    AppState, CameraOf, not_found,
    policy::{self, Caching},
};

#[derive(RustEmbed)]
#[folder = "$OUT_DIR/web"]
struct Web;

const HTML: &str = "text/html; charset=utf-8";

/// The page of one camera and the files it needs, relative to the camera's tree.
pub fn routes() -> Router<AppState> {
    Router::new()
        .route("/", get(page))
        .route("/index.html", get(page))
        .route("/player.js", get(component))
        .route("/licenses.txt", get(licenses))
        .route("/assets/{*file}", get(asset))
        .layer(CompressionLayer::new())
}

/// The page for addresses that do not exist, with a link to `root`.
pub(super) fn not_found_page(root: &str) -> Option<Response> {
    let page = Web::get("404.html")?;
    let text = std::str::from_utf8(&page.data).ok()?.replace("href=\"./\"", &format!("href=\"{root}\""));
    let mut response = (StatusCode::NOT_FOUND, text).into_response();
    policy::protect_page(response.headers_mut());
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(HTML));
    Some(response)
}

/// The embedded file `name`, for pages of other rooms; 304 if the client has it.
#[must_use]
pub fn embedded_file(request: &HeaderMap, name: &str) -> Option<Response> {
    file(request, name)
}

/// The embedded page `name` as `fill` changes it; it is made anew each time.
#[must_use]
pub fn embedded_page(name: &str, fill: impl FnOnce(&str) -> String) -> Option<Response> {
    let page = Web::get(name)?;
    let text = fill(std::str::from_utf8(&page.data).ok()?);
    let mut response = text.into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(HTML));
    Caching::Never.set(headers);
    policy::protect_page(headers);
    Some(response)
}

/// The page of one camera; at the root, when there are several, that of all.
async fn page(
    _: CameraOf,
    tree: RawPathParams,
    State(app): State<AppState>,
    OriginalUri(uri): OriginalUri,
    headers: HeaderMap,
) -> Response {
    let of_one = tree.iter().any(|(key, _)| key == "camera") || app.cameras.all().len() == 1;
    let name = if of_one { "index.html" } else { "grid.html" };
    file(&headers, name).unwrap_or_else(|| not_found(uri.path()))
}

async fn component(OriginalUri(uri): OriginalUri, headers: HeaderMap) -> Response {
    file(&headers, "player.js").unwrap_or_else(|| not_found(uri.path()))
}

async fn licenses(OriginalUri(uri): OriginalUri, headers: HeaderMap) -> Response {
    file(&headers, "licenses.txt").unwrap_or_else(|| not_found(uri.path()))
}

async fn asset(
    Path(parameters): Path<Vec<(String, String)>>,
    OriginalUri(uri): OriginalUri,
    headers: HeaderMap,
) -> Response {
    let name = parameters.iter().find(|(key, _)| key == "file").map(|(_, value)| format!("assets/{value}"));
    name.and_then(|name| file(&headers, &name)).unwrap_or_else(|| not_found(uri.path()))
}

/// The embedded file `name`, or 304 if the client has it. Only names from the table exist: no path is opened.
fn file(request: &HeaderMap, name: &str) -> Option<Response> {
    let file: EmbeddedFile = Web::get(name)?;
    let etag = etag(&file);
    let unchanged = request.get_all(header::IF_NONE_MATCH).iter().any(|known| matches_etag(known, &etag));
    let mut response = if unchanged {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        let body = match file.data {
            std::borrow::Cow::Borrowed(bytes) => Bytes::from_static(bytes),
            std::borrow::Cow::Owned(bytes) => Bytes::from(bytes),
        };
        Body::from(body).into_response()
    };
    let hashed = name.starts_with("assets/");
    let mime = match name.rsplit_once('.') {
        Some((_, "html")) => HTML,
        Some((_, "js")) => "text/javascript; charset=utf-8",
        Some((_, "css")) => "text/css; charset=utf-8",
        Some((_, "txt")) => "text/plain; charset=utf-8",
        _ => file.metadata.mimetype(),
    };
    let headers = response.headers_mut();
    let caching = if hashed { Caching::Forever } else { Caching::Revalidate };
    caching.set(headers);
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_str(mime).ok()?);
    headers.insert(header::ETAG, HeaderValue::from_str(&etag).ok()?);
    if hashed || name == "player.js" {
        policy::allow_embedding(headers);
    }
    policy::protect_page(headers);
    Some(response)
}

fn etag(file: &EmbeddedFile) -> String {
    use std::fmt::Write;
    let hash = file.metadata.sha256_hash();
    let mut etag = String::from("W/\"");
    for byte in &hash[..12] {
        let _ = write!(etag, "{byte:02x}");
    }
    etag.push('"');
    etag
}

/// Whether one of the tags of an `If-None-Match` header is `etag` (RFC 9110 section 13.1.2, weak comparison).
fn matches_etag(header: &HeaderValue, etag: &str) -> bool {
    let bare = |tag: &str| tag.trim().trim_start_matches("W/").to_owned();
    header.to_str().is_ok_and(|tags| tags.split(',').any(|tag| tag.trim() == "*" || bare(tag) == bare(etag)))
}

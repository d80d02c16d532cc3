//! The web build, embedded in the program.
//!
//! Files under `assets/` carry a hash in their names and never change; the others have an ETag.

use axum::{
    body::Body,
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use bytes::Bytes;
use rust_embed::EmbeddedFile;

use super::policy::{self, Caching};

// `struct Web`, which build.rs writes: the path of its folder has to stand there.
include!(concat!(env!("OUT_DIR"), "/web.rs"));

const HTML: &str = "text/html; charset=utf-8";

/// What the page for addresses that do not exist says of a camera that does not.
const NOTHING: &str = "There is nothing at this address";
const ADVICE: &str = "<p>Check the spelling. The camera may have another name.</p>";
const NO_CAMERA: &str = "There is no such camera";
/// The page lists at most this many cameras.
const LISTED_CAMERAS: usize = 64;

/// The page for addresses that do not exist, with a link to `root`.
pub(super) fn not_found_page(root: &str) -> Option<Response> {
    filled_not_found_page(root, str::to_owned)
}

/// The same for the address of a camera that does not exist, with a link to each of `cameras`. Their names are safe in HTML.
pub(super) fn no_such_camera_page(root: &str, cameras: &[&str]) -> Option<Response> {
    use std::fmt::Write;
    let mut links = String::from("<p>The cameras of this server are:</p>\n      <ul>");
    for name in cameras.iter().take(LISTED_CAMERAS) {
        let _ = write!(links, "<li><a href=\"{root}cam/{name}/\">{name}</a></li>");
    }
    links.push_str("</ul>");
    let advice = if cameras.is_empty() { "<p>This server has no cameras.</p>" } else { &links };
    filled_not_found_page(root, |text| text.replace(NOTHING, NO_CAMERA).replace(ADVICE, advice))
}

fn filled_not_found_page(root: &str, fill: impl FnOnce(&str) -> String) -> Option<Response> {
    let page = Web::get("404.html")?;
    let text = fill(std::str::from_utf8(&page.data).ok()?);
    let text = text.replace("href=\"./\"", &format!("href=\"{root}\""));
    let mut response = (StatusCode::NOT_FOUND, text).into_response();
    policy::protect_page(response.headers_mut());
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(HTML));
    Some(response)
}

/// The embedded page `name` as `fill` changes it; it is made for each request.
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

/// The embedded file `name`, or 304 if the client has it. Only names from the table exist: no path is opened.
#[must_use]
pub fn embedded_file(request: &HeaderMap, name: &str) -> Option<Response> {
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
    let caching = if hashed { Caching::Always } else { Caching::Revalidate };
    caching.set(headers);
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_str(mime).ok()?);
    headers.insert(header::ETAG, HeaderValue::from_str(&etag).ok()?);
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

//! Answers that several modules give.

use std::{convert::Infallible, sync::Arc};

use axum::{
    body::Body,
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use bytes::Bytes;
use futures_util::{Stream, stream};

use super::{
    embedded,
    policy::{self, Caching},
};
use crate::hub::Camera;

/// A sentence names at most this many cameras.
const NAMED_CAMERAS: usize = 16;

/// 404: for a person, who says `Accept: text/html`, with a page that links to the root, by a relative address: that works
/// behind a proxy at any prefix. A program that asked for a picture gets a sentence, for it may save what it gets.
/// `path` is the whole path of the request, `request` its headers.
#[must_use]
pub fn not_found(path: &str, request: &HeaderMap) -> Response {
    tracing::debug!(path, "not found");
    let page = accepts_page(request).then(|| embedded::not_found_page(&to_root(path))).flatten();
    missing(page, "There is nothing at this address\n".to_owned())
}

/// The same for a camera that does not exist, with the names of those that do.
pub(super) fn no_such_camera(path: &str, request: &HeaderMap, cameras: &[Arc<Camera>]) -> Response {
    tracing::debug!(path, "no such camera");
    let names: Vec<&str> = cameras.iter().map(|camera| camera.name()).collect();
    let page = accepts_page(request).then(|| embedded::no_such_camera_page(&to_root(path), &names)).flatten();
    missing(page, no_such_camera_sentence(&names))
}

fn missing(page: Option<Response>, sentence: String) -> Response {
    let mut response = page.unwrap_or_else(|| (StatusCode::NOT_FOUND, sentence).into_response());
    let headers = response.headers_mut();
    headers.insert(header::VARY, HeaderValue::from_static("accept"));
    policy::allow_any_origin(headers);
    response
}

fn no_such_camera_sentence(names: &[&str]) -> String {
    let more = names.len().saturating_sub(NAMED_CAMERAS);
    let there_are = match names {
        [] => "the server has none".to_owned(),
        [only] => format!("the server has only {only}"),
        [before @ .., last] if more == 0 => format!("the server has {} and {last}", before.join(", ")),
        all => format!("the server has {} and {more} more", all[..NAMED_CAMERAS].join(", ")),
    };
    format!("There is no such camera: {there_are}\n")
}

/// 404 for a camera's number, in a sentence: who asks so wants a picture.
#[must_use]
pub(super) fn no_such_number(number: usize) -> Response {
    let sentence = format!(
        "There is no camera {number} at this address: the numbers begin at 0, and a camera's own address has 0 only\n"
    );
    let mut response = (StatusCode::NOT_FOUND, sentence).into_response();
    policy::allow_any_origin(response.headers_mut());
    response
}

/// Whether the sender of a request names HTML among what it accepts, as browsers do for what they show as a document.
fn accepts_page(request: &HeaderMap) -> bool {
    let lists = request.get_all(header::ACCEPT).iter().filter_map(|list| list.to_str().ok());
    lists.flat_map(|list| list.split(',')).any(|accepted| {
        accepted.split(';').next().is_some_and(|media| media.trim().eq_ignore_ascii_case("text/html"))
    })
}

/// The relative address of the root, seen from `path`.
fn to_root(path: &str) -> String {
    let depth = path.matches('/').count().saturating_sub(1);
    if depth == 0 { "./".to_owned() } else { "../".repeat(depth) }
}

/// 400: `error` is a sentence that says what is wrong with the request.
#[must_use]
pub fn bad_request(error: &impl std::fmt::Display) -> Response {
    (StatusCode::BAD_REQUEST, format!("{error}\n")).into_response()
}

/// 503: what was asked for is not available now. `sentence` says why, for a person.
#[must_use]
pub fn unavailable(sentence: &str) -> Response {
    let mut response = (StatusCode::SERVICE_UNAVAILABLE, format!("{sentence}\n")).into_response();
    let headers = response.headers_mut();
    headers.insert(header::RETRY_AFTER, HeaderValue::from_static("5"));
    Caching::Never.set(headers);
    policy::allow_any_origin(headers);
    response
}

/// [`unavailable`] as bytes, for a connection that nobody serves.
pub(super) fn raw_unavailable(sentence: &str) -> Vec<u8> {
    let length = sentence.len() + 1;
    format!(
        "HTTP/1.1 503 Service Unavailable\r\ncontent-type: text/plain; charset=utf-8\r\nretry-after: 5\r\n\
         {}connection: close\r\ncontent-length: {length}\r\n\r\n{sentence}\n",
        policy::RAW_UNAVAILABLE,
    )
    .into_bytes()
}

/// A body that goes on until the viewer disconnects: never cached, never compressed, not buffered by proxies.
pub fn endless<S>(content_type: HeaderValue, stream: Option<S>) -> Response
where
    S: Stream<Item = Result<Bytes, Infallible>> + Send + 'static,
{
    let mut response = stream.map_or_else(no_body, Body::from_stream).into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, content_type);
    headers.insert("x-accel-buffering", HeaderValue::from_static("no"));
    policy::protect_camera_bytes(headers);
    Caching::Never.set(headers);
    response
}

/// The body of an answer to HEAD: empty, and without a length, since that of GET has none.
pub fn no_body() -> Body {
    Body::from_stream(stream::empty::<Result<Bytes, Infallible>>())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_cameras_that_exist_are_named() {
        for (count, says) in [
            (0, "There is no such camera: the server has none\n"),
            (1, "There is no such camera: the server has only c0\n"),
            (2, "There is no such camera: the server has c0 and c1\n"),
            (3, "There is no such camera: the server has c0, c1 and c2\n"),
        ] {
            let names: Vec<String> = (0..count).map(|at| format!("c{at}")).collect();
            let names: Vec<&str> = names.iter().map(String::as_str).collect();
            assert_eq!(no_such_camera_sentence(&names), says);
        }
        let many: Vec<String> = (0..20).map(|at| format!("c{at}")).collect();
        let many: Vec<&str> = many.iter().map(String::as_str).collect();
        let sentence = no_such_camera_sentence(&many);
        assert!(sentence.ends_with("c14, c15 and 4 more\n"), "{sentence}");
    }

    #[test]
    fn the_root_is_found_from_everywhere() {
        for (path, root) in
            [("/nothing", "./"), ("/", "./"), ("/a/b", "../"), ("/cam/no/ws/live", "../../../")]
        {
            assert_eq!(to_root(path), root, "{path}");
        }
    }
}

//! What answers say to browsers and caches: which pages may read them (CORS) and show them (CORP), how long they may be
//! kept, and what may run in them. No other file sets these headers; `tests/headers.txt` shows the answer of each address.
//!
//! ```text
//! may be read and shown by pages of any origin   a camera's tree, whatever it answers (a layer); each 404 and 503
//!                                of our own      status, metrics, health, the ports of classic systems
//! may be kept    always                assets/, whose names contain a hash
//!                if unchanged          other files, by their ETag
//!                never                 pages that are filled in, the status, endless bodies, pictures, each 503
//! may run        what a page needs     our own pages
//!                nothing               bytes that come from a camera: streams and pictures
//!                as the type says      every answer (nosniff)
//! ```
//! A page of another origin reads without credentials: with `*`, browsers send none. What was let in by a cookie or by HTTP Basic, which
//! browsers add by themselves, is for pages of this origin alone. Before it sends headers of its own a
//! browser asks by OPTIONS (a preflight), which a camera's tree answers with 204.

use axum::{
    extract::Request,
    http::{HeaderMap, HeaderValue, Method, StatusCode, header},
    middleware::Next,
    response::{IntoResponse, Response},
};

/// Methods of all addresses in a camera's tree.
const TREE_METHODS: HeaderValue = HeaderValue::from_static("GET, HEAD, OPTIONS");
/// Seconds for which a browser need not ask again by OPTIONS. Chromium takes two hours at most, Firefox a day.
const PREFLIGHT_SECONDS: HeaderValue = HeaderValue::from_static("86400");

/// What a browser that shows bytes of a camera as a document may do with them: show them, in its own frame of a picture or a
/// film, which has styles and loads the same address. Nothing runs.
const CAMERA_POLICY: HeaderValue = HeaderValue::from_static(
    "sandbox; default-src 'none'; img-src 'self'; media-src 'self'; style-src 'unsafe-inline'",
);

const ANY_ORIGIN: HeaderValue = HeaderValue::from_static("*");

/// What our page may do: its own files and sockets, blob media and workers, WebAssembly; any page may frame it.
const CONTENT_SECURITY_POLICY: &str = "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'; \
     style-src 'self' 'unsafe-inline'; img-src 'self' blob: data:; media-src 'self' blob: mediastream:; \
     worker-src 'self' blob:; connect-src 'self' ws: wss:; object-src 'none'; base-uri 'self'; \
     form-action 'self'; frame-ancestors *";

/// The part of it that lets any page frame it.
const ANY_ANCESTOR: &str = "frame-ancestors *";

/// The layer of a camera's tree: lets pages of any origin read and show whatever its routes answer, refusals included,
/// for the web component and `<img>` stand there; and answers OPTIONS.
pub async fn for_any_origin(request: Request, next: Next) -> Response {
    let mut response = match *request.method() {
        Method::OPTIONS => preflight(request.headers()),
        _ => next.run(request).await,
    };
    let is_other_method = response.status() == StatusCode::METHOD_NOT_ALLOWED;
    let headers = response.headers_mut();
    if is_other_method {
        headers.insert(header::ALLOW, TREE_METHODS);
    }
    allow_any_origin(headers);
    response
}

/// Whether a browser asks what a page of another origin may send; it never adds a credential to that.
pub(super) fn is_preflight(method: &Method, headers: &HeaderMap) -> bool {
    method == Method::OPTIONS && headers.contains_key(header::ACCESS_CONTROL_REQUEST_METHOD)
}

/// 204: what a page of another origin may send. No header of a request changes more than the answer to it.
fn preflight(request: &HeaderMap) -> Response {
    let asked = request.get(header::ACCESS_CONTROL_REQUEST_HEADERS).cloned();
    let mut response = StatusCode::NO_CONTENT.into_response();
    let headers = response.headers_mut();
    headers.insert(header::ALLOW, TREE_METHODS);
    headers.insert(header::ACCESS_CONTROL_ALLOW_METHODS, TREE_METHODS);
    headers.insert(header::ACCESS_CONTROL_ALLOW_HEADERS, asked.unwrap_or(ANY_ORIGIN));
    headers.insert(header::ACCESS_CONTROL_MAX_AGE, PREFLIGHT_SECONDS);
    response
}

/// Lets pages of any origin read and show this answer, wherever it is given; also pages that isolate themselves (COEP).
pub fn allow_any_origin(headers: &mut HeaderMap) {
    headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, ANY_ORIGIN);
    headers.insert("cross-origin-resource-policy", HeaderValue::from_static("cross-origin"));
}

/// What every answer says: a browser takes it for what its type says, and for nothing else.
pub(super) fn protect_every_answer(headers: &mut HeaderMap) {
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
}

/// Says of bytes that come from a camera that nothing in them may run: what a camera sends may be HTML to a browser.
pub fn protect_camera_bytes(headers: &mut HeaderMap) {
    headers.insert(header::CONTENT_SECURITY_POLICY, CAMERA_POLICY);
}

/// Keeps an answer from other origins' pages: a browser may have added the credential for it by itself.
pub(super) fn same_origin_only(headers: &mut HeaderMap) {
    headers.remove(header::ACCESS_CONTROL_ALLOW_ORIGIN);
}

/// Lets scripts that read this answer see these headers of it, too.
pub fn expose_headers(headers: &mut HeaderMap, names: &'static str) {
    headers.insert(header::ACCESS_CONTROL_EXPOSE_HEADERS, HeaderValue::from_static(names));
}

/// What a 503 says that is written without a `HeaderMap`: any page may read it, and nobody keeps it.
pub(super) const RAW_UNAVAILABLE: &str = "access-control-allow-origin: *\r\ncache-control: no-store\r\n";

/// How long an answer may be kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Caching {
    /// Always: other content has another address.
    Always,
    /// Until the next request, which asks whether it has changed.
    Revalidate,
    /// Not at all.
    Never,
    /// Not at all, in the words of HTTP/1.0 caches, too.
    NeverByOldCaches,
}

impl Caching {
    /// Puts it into `headers`.
    pub fn set(self, headers: &mut HeaderMap) {
        let value = match self {
            Self::Always => "public, max-age=31536000, immutable",
            Self::Revalidate => "no-cache",
            Self::Never => "no-store",
            Self::NeverByOldCaches => "no-store, no-cache, must-revalidate, max-age=0",
        };
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static(value));
        if self == Self::NeverByOldCaches {
            headers.insert(header::PRAGMA, HeaderValue::from_static("no-cache"));
        }
    }
}

/// Limits whose pages may show a page of ours in a frame: to `ancestors`, if they are given. A page with a form on which somebody who
/// has logged in changes something is for frames of our own and of those who are named, so that no stranger has its buttons clicked.
pub(super) fn limit_frames(headers: &mut HeaderMap, ancestors: Option<&str>, is_form: bool) {
    let ancestors = match (ancestors, is_form) {
        (Some(ancestors), _) => ancestors,
        (None, true) => "'self'",
        (None, false) => return,
    };
    let is_page =
        headers.get(header::CONTENT_SECURITY_POLICY).is_some_and(|policy| policy == CONTENT_SECURITY_POLICY);
    let limited = CONTENT_SECURITY_POLICY.replace(ANY_ANCESTOR, &format!("frame-ancestors {ancestors}"));
    if let (true, Ok(limited)) = (is_page, HeaderValue::from_str(&limited)) {
        headers.insert(header::CONTENT_SECURITY_POLICY, limited);
    }
}

/// Says what a page of ours, or a file of one, may do. It loads nothing of others, so it also stands in frames of pages that
/// isolate themselves.
pub(super) fn protect_page(headers: &mut HeaderMap) {
    headers.insert("cross-origin-embedder-policy", HeaderValue::from_static("require-corp"));
    // With no-referrer a browser would not say either that a form comes from this origin.
    headers.insert(header::REFERRER_POLICY, HeaderValue::from_static("same-origin"));
    headers.insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(CONTENT_SECURITY_POLICY));
}

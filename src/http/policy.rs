//! What answers say to browsers and caches: which pages may read them (CORS), how long they may be kept, and what our own
//! pages may do. No other file sets these headers; `tests/headers.txt` shows the answer of each address.
//!
//! ```text
//! may be read by pages of any origin   a camera's tree, whatever it answers (a layer); each 404 and 503
//!                      of our own      status, metrics, health, the ports of classic systems
//! may be kept    always                assets/, whose names contain a hash
//!                if unchanged          other files, by their ETag
//!                never                 pages that are filled in, the status, endless bodies, pictures, each 503
//! ```
//! A page of another origin reads without credentials: with `*`, browsers send none.

use axum::http::{HeaderMap, HeaderValue, header};
use tower_http::set_header::SetResponseHeaderLayer;

const ANY_ORIGIN: HeaderValue = HeaderValue::from_static("*");

/// What our page may do: its own files and sockets, blob media and workers, WebAssembly; any page may frame it.
const CONTENT_SECURITY_POLICY: &str = "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'; \
     style-src 'self' 'unsafe-inline'; img-src 'self' blob: data:; media-src 'self' blob: mediastream:; \
     worker-src 'self' blob:; connect-src 'self' ws: wss:; object-src 'none'; base-uri 'self'; \
     form-action 'self'; frame-ancestors *";

/// Lets pages of any origin read whatever the routes below answer, refusals included: the web component stands there.
#[must_use]
pub fn any_origin_layer() -> SetResponseHeaderLayer<HeaderValue> {
    SetResponseHeaderLayer::if_not_present(header::ACCESS_CONTROL_ALLOW_ORIGIN, ANY_ORIGIN)
}

/// Lets pages of any origin read this answer, wherever it is given.
pub fn allow_any_origin(headers: &mut HeaderMap) {
    headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, ANY_ORIGIN);
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

/// Says what a page of ours, or a file of one, may do.
pub(super) fn protect_page(headers: &mut HeaderMap) {
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(header::REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    headers.insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(CONTENT_SECURITY_POLICY));
}

/// Lets pages of any origin load a file as a script, also those that isolate themselves: the web component is for them.
pub(super) fn allow_embedding(headers: &mut HeaderMap) {
    headers.insert("cross-origin-resource-policy", HeaderValue::from_static("cross-origin"));
}

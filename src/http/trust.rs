//! `/ca.crt`, the certificate of the server's own authority, and `/trust`, the page that says how a phone or a computer comes to trust
//! it. Where the certificate is somebody else's, or there is none, there are no such addresses.

use axum::{
    Router,
    extract::State,
    http::{HeaderMap, HeaderValue, Uri, header},
    response::{IntoResponse, Response},
    routing::get,
};

use super::{AppState, embedded::embedded_file, not_found, policy::Caching};

/// What browsers and phones take for a certificate to be trusted.
const CERTIFICATE: HeaderValue = HeaderValue::from_static("application/x-x509-ca-cert");

/// `/ca.crt` and `/trust`.
pub fn routes() -> Router<AppState> {
    Router::new().route("/ca.crt", get(certificate)).route("/trust", get(page))
}

async fn certificate(State(app): State<AppState>, uri: Uri, headers: HeaderMap) -> Response {
    let Some(certificate) = app.certificate.authority() else { return not_found(uri.path(), &headers) };
    let mut response = certificate.to_string().into_response();
    response.headers_mut().insert(header::CONTENT_TYPE, CERTIFICATE);
    Caching::Never.set(response.headers_mut());
    response
}

async fn page(State(app): State<AppState>, uri: Uri, headers: HeaderMap) -> Response {
    let page = app.certificate.authority().and_then(|_| embedded_file(&headers, "trust.html"));
    page.unwrap_or_else(|| not_found(uri.path(), &headers))
}

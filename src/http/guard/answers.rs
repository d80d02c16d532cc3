//! What is answered to a request that is not let through. None of it depends on which cameras there are.

use axum::{
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};

use super::login_page;
use crate::{
    access::Denied,
    http::policy::{self, Caching},
};

/// Asks for a password by HTTP Basic (RFC 7617).
const CHALLENGE: HeaderValue = HeaderValue::from_static("Basic realm=\"Lenscast\", charset=\"UTF-8\"");

/// Where a refused request came from, as far as the answer depends on it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Asker<'a> {
    /// The path and query that were asked for.
    pub(super) address: &'a str,
    /// Its headers.
    pub(super) headers: &'a HeaderMap,
    /// It wants a page, to be read by a person.
    pub(super) wants_page: bool,
}

/// The answer to a request that was refused.
pub(super) fn refuse(denied: &Denied, asker: Asker<'_>) -> Response {
    let is_login = matches!(denied, Denied::Unauthorized(_) | Denied::TooMany(_));
    let sentence = denied.sentence();
    let why = (*denied != Denied::Unauthorized(None)).then_some(sentence.as_str());
    let page = if asker.wants_page && is_login { login_page::page(asker.address, why) } else { None };
    let mut response = page.unwrap_or_else(|| format!("{sentence}\n").into_response());
    set_status(denied, &mut response);
    let headers = response.headers_mut();
    Caching::Never.set(headers);
    policy::allow_any_origin(headers);
    // A dialog of the browser above our own page would be one too many.
    if matches!(denied, Denied::Unauthorized(_)) && !asker.wants_page && !is_from_script(asker.headers) {
        headers.insert(header::WWW_AUTHENTICATE, CHALLENGE);
    }
    response
}

/// Gives a response the status of a refusal, and says when to try again.
pub(super) fn set_status(denied: &Denied, response: &mut Response) {
    *response.status_mut() = match denied {
        Denied::Unauthorized(_) => StatusCode::UNAUTHORIZED,
        Denied::TooMany(_) => StatusCode::TOO_MANY_REQUESTS,
        Denied::Origin | Denied::NoPasswordYet => StatusCode::FORBIDDEN,
        Denied::Host(_) => StatusCode::MISDIRECTED_REQUEST,
        Denied::Broken => StatusCode::INTERNAL_SERVER_ERROR,
    };
    if let Denied::TooMany(wait_s) = denied {
        response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(*wait_s));
    }
}

/// Whether a script of a page asks: it gets no dialog. A browser says so where it can, and our own scripts by what they accept.
fn is_from_script(headers: &HeaderMap) -> bool {
    let is = |name: &str, values: &[&str]| {
        headers.get(name).and_then(|value| value.to_str().ok()).is_some_and(|value| values.contains(&value))
    };
    is("sec-fetch-dest", &["empty", "websocket"])
        || is("accept", &["application/json"])
        || (headers.contains_key(header::ORIGIN) && headers.contains_key(header::SEC_WEBSOCKET_KEY))
}

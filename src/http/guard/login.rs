//! Logging in and out on the page, and setting the first password there.
//!
//! ```text
//! GET  /login    the page              POST /login    name, password, next ─► cookie, and on to next
//! POST /logout   no cookie any more
//! GET  /api/v1/access    what the asker may do       POST /api/v1/access    name, password of the first user
//! ```
//! The page is one form without a script, so that it works in every browser.

use axum::{
    Extension, Json, Router,
    body::to_bytes,
    extract::{Request, State},
    http::{HeaderValue, Method, StatusCode, header},
    response::{IntoResponse, Response},
    routing::get,
};
use serde::{Deserialize, Serialize};

use super::{
    answers::set_status,
    cookies::cookie,
    login_page::{page, page_at_login},
};
use crate::{
    access::{
        Access, AddError, Client, Denied, Grant, LINK_COOKIE, Rules, SESSION_COOKIE, SESSION_S, Scope,
        is_from_own_page,
    },
    http::{AppState, policy::Caching},
};

/// Longest form.
const MAX_FORM_BYTES: usize = 4 << 10;

/// What the login page sends.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Form {
    name: String,
    password: String,
    /// Where to go on: an address of this server, relative to its root.
    next: String,
}

/// Answers `/login` and `/logout`.
pub(super) async fn answer(access: &Access, rules: &Rules, client: Client, request: Request) -> Response {
    let is_login = request.uri().path() == "/login";
    match (is_login, request.method()) {
        (true, &Method::GET | &Method::HEAD) => {
            page("/login", None).unwrap_or_else(|| StatusCode::NOT_FOUND.into_response())
        }
        (_, &Method::POST) if !is_from_own_page(request.headers()) => {
            (StatusCode::FORBIDDEN, format!("{}\n", Denied::Origin.sentence())).into_response()
        }
        (true, &Method::POST) => log_in(access, rules, client, request).await,
        (false, &Method::POST) => {
            let mut response = onward("");
            // One of plain HTTP is sent over HTTPS, too.
            for client in [client, Client { is_https: false, ..client }] {
                for name in [SESSION_COOKIE, LINK_COOKIE] {
                    append_cookie(&mut response, &cookie(name, "", Some(0), client));
                }
            }
            response
        }
        _ => {
            let allowed = if is_login { "GET, HEAD, POST" } else { "POST" };
            (StatusCode::METHOD_NOT_ALLOWED, [(header::ALLOW, allowed)]).into_response()
        }
    }
}

async fn log_in(access: &Access, rules: &Rules, client: Client, request: Request) -> Response {
    let Ok(body) = to_bytes(request.into_body(), MAX_FORM_BYTES).await else {
        return (StatusCode::PAYLOAD_TOO_LARGE, "The form is longer than a name and a password.\n")
            .into_response();
    };
    let mut form = Form::default();
    for (key, value) in form_urlencoded::parse(&body) {
        match &*key {
            "name" => form.name = value.into_owned(),
            "password" => form.password = value.into_owned(),
            "next" => form.next = value.into_owned(),
            _ => {}
        }
    }
    let checked = access.check_password(rules, form.name.trim(), &form.password, client.address).await;
    let session = checked.and_then(|user| {
        let session = access.begin_session(&user)?;
        tracing::info!(user = user.name.as_str(), remote = %client.address, "logged in");
        Ok(session)
    });
    match session {
        Ok(session) => {
            let mut response = onward(&form.next);
            append_cookie(&mut response, &cookie(SESSION_COOKIE, &session, Some(SESSION_S), client));
            response
        }
        Err(denied) => {
            let page = page_at_login(inside(&form.next), &denied.sentence());
            let mut response = page.unwrap_or_else(|| StatusCode::NOT_FOUND.into_response());
            set_status(&denied, &mut response);
            response
        }
    }
}

/// A redirection to an address of this server, from `/login`; relative, so that it works behind a proxy at any prefix.
fn onward(next: &str) -> Response {
    let location = HeaderValue::from_str(&format!("./{}", inside(next)));
    let mut response = StatusCode::SEE_OTHER.into_response();
    let location = location.unwrap_or(HeaderValue::from_static("./"));
    response.headers_mut().insert(header::LOCATION, location);
    Caching::Never.set(response.headers_mut());
    response
}

/// `next`, if it leads to an address of this server.
fn inside(next: &str) -> &str {
    let path = next.split('?').next().unwrap_or_default();
    let is_ours = !next.starts_with(['/', '\\'])
        && !path.contains([':', '\\'])
        && !path.split('/').any(|part| part == "..")
        && !next.chars().any(char::is_control)
        && !matches!(path, "login" | "logout");
    if is_ours { next } else { "" }
}

fn append_cookie(response: &mut Response, cookie: &str) {
    if let Ok(cookie) = HeaderValue::from_str(cookie) {
        response.headers_mut().append(header::SET_COOKIE, cookie);
    }
}

/// `/api/v1/access`.
pub fn routes() -> Router<AppState> {
    Router::new().route("/api/v1/access", get(what_i_may).post(set_first_password))
}

/// What the asker may do.
#[derive(Serialize)]
struct Answer<'a> {
    /// Whether anybody has a password.
    needs_password: bool,
    user: Option<&'a str>,
    right: &'static str,
    /// The cameras that may be used; all if it is missing.
    #[serde(skip_serializing_if = "Option::is_none")]
    cameras: Option<Vec<&'a str>>,
    /// Whether `/trust` says how a device comes to trust the server's own authority; missing if not.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    own_authority: bool,
}

async fn what_i_may(
    State(app): State<AppState>,
    Extension(access): Extension<Access>,
    Extension(grant): Extension<Grant>,
) -> Response {
    let cameras = match grant.scope() {
        Scope::All => None,
        Scope::Only(names) => Some(names.iter().map(String::as_str).collect()),
    };
    let needs_password = access.rules().need_password();
    let own_authority = app.certificate.authority().is_some();
    let (user, right) = (grant.user_name(), grant.right().name());
    let mut response = Json(Answer { needs_password, user, right, cameras, own_authority }).into_response();
    Caching::Never.set(response.headers_mut());
    response
}

/// Makes the first user, who may do everything. Only while nobody has a password, which also means: only from a private network.
async fn set_first_password(
    State(_): State<AppState>,
    Extension(access): Extension<Access>,
    Extension(client): Extension<Client>,
    request: Request,
) -> Response {
    let answer = |status: StatusCode, sentence: &str| (status, format!("{sentence}\n")).into_response();
    if access.rules().need_password() {
        return answer(StatusCode::CONFLICT, "Somebody has set a password already. Log in to change it.");
    }
    let is_json = request.headers().get(header::CONTENT_TYPE).is_some_and(|kind| kind == "application/json");
    if !is_from_own_page(request.headers()) || !is_json {
        return answer(StatusCode::FORBIDDEN, "Only this server's own page may set a password.");
    }
    let body = to_bytes(request.into_body(), MAX_FORM_BYTES).await.unwrap_or_default();
    let Ok(Form { name, password, .. }) = serde_json::from_slice(&body) else {
        return answer(StatusCode::BAD_REQUEST, "What was sent is not {\"name\": …, \"password\": …}.");
    };
    let adding = access.clone();
    let added = tokio::task::spawn_blocking(move || adding.add_first_user(name.trim(), &password)).await;
    let Ok(added) = added else {
        return answer(StatusCode::INTERNAL_SERVER_ERROR, "The password could not be hashed.");
    };
    match added.map(|user| (access.begin_session(&user), user)) {
        Ok((session, user)) => {
            tracing::info!(user = user.name.as_str(), remote = %client.address, "first password set on the page");
            let mut response = StatusCode::CREATED.into_response();
            if let Ok(session) = session {
                append_cookie(&mut response, &cookie(SESSION_COOKIE, &session, Some(SESSION_S), client));
            }
            response
        }
        Err(error @ (AddError::Name(_) | AddError::Password(_))) => {
            answer(StatusCode::UNPROCESSABLE_ENTITY, &error.to_string())
        }
        Err(error) => {
            tracing::error!("first password not set: {error}");
            answer(StatusCode::CONFLICT, "The password could not be kept. The log says why.")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn where_a_login_may_lead() {
        for next in ["", "cam/door/", "cam/door/?player=mse", "?a=http://x", "index.html"] {
            assert_eq!(inside(next), next);
        }
        for next in [
            "//evil.example",
            "/x",
            "\\\\evil",
            "https://evil.example",
            "cam/../../x",
            "..",
            "login",
            "logout",
            "a\r\nb",
        ] {
            assert_eq!(inside(next), "", "{next:?}");
        }
    }
}

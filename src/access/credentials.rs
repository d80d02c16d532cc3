//! The credentials that a request carries, wherever its kind of client can put them.
//!
//! ```text
//! /t/TOKEN/…  ?token=TOKEN     <img>, players, programs that can do nothing but ask for an address
//! Authorization: Bearer TOKEN  scripts
//! Authorization: Basic         curl, ffmpeg, VLC, OpenCV; a token may be the password
//! Cookie                       our page: a session, or the token that its address had
//! ```

use axum::http::{HeaderMap, Uri, header, uri::PathAndQuery};
use base64::{Engine, engine::general_purpose::STANDARD};

use super::link;

/// The parameter of an address that carries a token.
const TOKEN_PARAMETER: &str = "token";
/// The beginning of a path that carries a token.
const TOKEN_PATH: &str = "/t/";
/// The cookie of a session.
pub const SESSION_COOKIE: &str = "lenscast_session";
/// The cookie of a link.
pub const LINK_COOKIE: &str = "lenscast_link";
/// In front of both names over HTTPS (RFC 6265bis section 4.1.3): cookies know no ports, and browsers keep a cookie of HTTPS from
/// being replaced over plain HTTP.
pub const SECURE_PREFIX: &str = "__Host-";

/// What a request carries. A browser adds what is `ambient` by itself, whoever's page it shows.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Credentials {
    /// A token in the address.
    pub token: Option<String>,
    /// A token in the `Authorization` header.
    pub bearer: Option<String>,
    /// Name and password of HTTP Basic; ambient.
    pub basic: Option<(String, String)>,
    /// A session's cookie; ambient.
    pub session: Option<String>,
    /// A link's cookie; ambient.
    pub link: Option<String>,
}

impl Credentials {
    /// Takes them from a request; a token is taken out of its address.
    #[must_use]
    pub fn take(uri: &mut Uri, headers: &HeaderMap) -> Self {
        let mut credentials = Self { token: take_token(uri), ..Self::default() };
        let authorization = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
        if let Some((scheme, value)) = authorization.and_then(|value| value.split_once(' ')) {
            let value = value.trim();
            if scheme.eq_ignore_ascii_case("bearer") {
                credentials.bearer = Some(value.to_owned());
            } else if scheme.eq_ignore_ascii_case("basic") {
                credentials.basic = basic(value);
            }
        }
        // A token as a password, for programs that know nothing else.
        if let Some((_, password)) =
            credentials.basic.take_if(|(_, password)| password.starts_with(link::PREFIX))
        {
            credentials.bearer.get_or_insert(password);
        }
        let either =
            |name: &str| cookie(headers, &format!("{SECURE_PREFIX}{name}")).or_else(|| cookie(headers, name));
        credentials.session = either(SESSION_COOKIE);
        credentials.link = either(LINK_COOKIE);
        credentials
    }
}

/// Name and password (RFC 7617), in UTF-8.
fn basic(value: &str) -> Option<(String, String)> {
    let text = String::from_utf8(STANDARD.decode(value).ok()?).ok()?;
    let (name, password) = text.split_once(':')?;
    Some((name.to_owned(), password.to_owned()))
}

/// The value of a cookie (RFC 6265 section 5.4).
fn cookie(headers: &HeaderMap, name: &str) -> Option<String> {
    let lines = headers.get_all(header::COOKIE).iter().filter_map(|line| line.to_str().ok());
    let mut pairs = lines.flat_map(|line| line.split(';')).filter_map(|pair| pair.trim().split_once('='));
    pairs.find(|(key, _)| *key == name).map(|(_, value)| value.trim_matches('"').to_owned())
}

/// Takes the token out of an address: `/t/TOKEN/rest` becomes `/rest`, `?a&token=TOKEN&b` becomes `?a&b`.
fn take_token(uri: &mut Uri) -> Option<String> {
    let mut token = None;
    let mut path = uri.path().to_owned();
    if let Some((in_path, rest)) = uri.path().strip_prefix(TOKEN_PATH).and_then(|rest| rest.split_once('/')) {
        token = Some(in_path.to_owned());
        path = format!("/{rest}");
    }
    let mut kept = Vec::new();
    for pair in uri.query().into_iter().flat_map(|query| query.split('&')) {
        match pair.split_once('=') {
            Some((TOKEN_PARAMETER, value)) => token = Some(value.to_owned()),
            _ => kept.push(pair),
        }
    }
    if token.is_some() {
        let query = if kept.is_empty() { String::new() } else { format!("?{}", kept.join("&")) };
        let address: PathAndQuery = format!("{path}{query}").parse().ok()?;
        let mut parts = uri.clone().into_parts();
        parts.path_and_query = Some(address);
        *uri = Uri::from_parts(parts).ok()?;
    }
    // Some clients write * as %2A.
    token.map(|token| token.replace("%2A", "*").replace("%2a", "*"))
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    #[test]
    fn a_token_is_taken_out_of_the_address() {
        let table = [
            ("/cam/door/", "/cam/door/", None),
            ("/cam/door/?player=mse", "/cam/door/?player=mse", None),
            ("/snapshot.jpg?token=T", "/snapshot.jpg", Some("T")),
            ("/snapshot.jpg?width=64&token=T&fps=1", "/snapshot.jpg?width=64&fps=1", Some("T")),
            ("/?action=stream&token=lc1.%2A.view.0.a.b", "/?action=stream", Some("lc1.*.view.0.a.b")),
            ("/t/T/cam/door/?a=b", "/cam/door/?a=b", Some("T")),
            ("/t/T/", "/", Some("T")),
            ("/t/T", "/t/T", None),
            ("/t//x", "/x", Some("")),
            ("/x?token", "/x?token", None),
            ("/x?tokens=T", "/x?tokens=T", None),
        ];
        for (address, left, token) in table {
            let mut uri: Uri = address.parse().expect("an address");
            assert_eq!(take_token(&mut uri).as_deref(), token, "{address}");
            assert_eq!(uri.to_string(), left, "{address}");
        }
    }

    #[test]
    fn headers() {
        let of = |name: header::HeaderName, value: &'static str| {
            let headers = HeaderMap::from_iter([(name, HeaderValue::from_static(value))]);
            Credentials::take(&mut Uri::from_static("/"), &headers)
        };
        let basic = |name: &str, password: &str| Some((name.to_owned(), password.to_owned()));
        assert_eq!(of(header::AUTHORIZATION, "Bearer abc").bearer.as_deref(), Some("abc"));
        assert_eq!(of(header::AUTHORIZATION, "basic YW5uYTpnZWhlaW06MQ==").basic, basic("anna", "geheim:1"));
        assert_eq!(of(header::AUTHORIZATION, "Basic eDpsYzEuYS5i").bearer.as_deref(), Some("lc1.a.b"));
        for value in ["Basic", "Basic !", "Basic YW5uYQ==", "Digest a=b", "Negotiate x"] {
            assert_eq!(of(header::AUTHORIZATION, value), Credentials::default(), "{value}");
        }
        let cookies = of(header::COOKIE, "a=b; lenscast_session=S; lenscast_link=\"L\"");
        assert_eq!((cookies.session.as_deref(), cookies.link.as_deref()), (Some("S"), Some("L")));
    }
}

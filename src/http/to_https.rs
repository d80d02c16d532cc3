//! Sends whoever asks by plain HTTP to the same address by HTTPS.

use axum::{
    http::{HeaderValue, Request, StatusCode, header},
    response::{IntoResponse, Response},
};

use super::{host::Host, policy::Caching};

/// The port that an address by https:// need not name.
const DEFAULT_PORT: u16 = 443;

/// What is answered by plain HTTP all the same: the authority's certificate, which one needs before HTTPS is any good, the page that
/// says what to do with it, and the sign of life.
const PLAIN: [&str; 3] = ["/ca.crt", "/trust", "/healthz"];

/// Whether this path is answered by plain HTTP, too, where all others are sent on.
pub(super) fn is_plain(path: &str) -> bool {
    PLAIN.contains(&path)
}

/// 307 to the same address by HTTPS at `port`. It is not for ever: a browser would keep it when HTTPS is switched off again.
pub(super) fn to_https<B>(request: &Request<B>, port: u16) -> Response {
    let host = request.headers().get(header::HOST).and_then(|host| Host::parse(host.to_str().ok()?).ok());
    let path = request.uri().path_and_query().map_or("/", |path| path.as_str());
    // HTTP/1.0 knows no Host.
    let Some(host) = host else {
        let sentence = format!("This server speaks HTTPS, at port {port}: ask it by https://\n");
        return (StatusCode::BAD_REQUEST, sentence).into_response();
    };
    let port = if port == DEFAULT_PORT { String::new() } else { format!(":{port}") };
    let address = format!("https://{}{port}{path}", host.name);
    let sentence = format!("This server speaks HTTPS: https://{}{port}/\n", host.name);
    let mut response = (StatusCode::TEMPORARY_REDIRECT, sentence).into_response();
    if let Ok(address) = HeaderValue::from_str(&address) {
        response.headers_mut().insert(header::LOCATION, address);
    }
    Caching::Never.set(response.headers_mut());
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_address_by_https() {
        let table = [
            ("pi.local:8000", "/cam/door/?bare", 8443, "https://pi.local:8443/cam/door/?bare"),
            ("cam.example.org", "/", 443, "https://cam.example.org/"),
            ("[fd00::1]:80", "/", 8443, "https://[fd00::1]:8443/"),
        ];
        for (host, path, port, expected) in table {
            let request =
                Request::builder().uri(path).header(header::HOST, host).body(()).expect("a request");
            let response = to_https(&request, port);
            assert_eq!(response.status(), StatusCode::TEMPORARY_REDIRECT);
            assert_eq!(response.headers()[header::LOCATION], expected);
        }
        let request = Request::builder().uri("/").body(()).expect("a request");
        assert_eq!(to_https(&request, 8443).status(), StatusCode::BAD_REQUEST);
    }
}

//! The door in front of all routes: a request is let in with a [`Grant`], or answered here.

mod answers;
mod cookies;
mod login;
mod login_page;

use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use axum::{
    Router,
    extract::{ConnectInfo, Request},
    http::{HeaderMap, HeaderValue, Method, StatusCode, Uri, header},
    response::{IntoResponse, Response},
};
use tower::ServiceExt;

use self::{
    answers::{Asker, refuse},
    cookies::cookie,
};
use super::{Encrypted, ShownCertificate, host::Host, policy};
use crate::access::{Access, Client, Credentials, Denied, Entry, LINK_COOKIE, Rules, forwarded_host};

pub use self::login::routes as login_routes;

/// Files that every copy of the program has: they say nothing of this server's cameras.
const OPEN_FILES: [&str; 2] = ["/player.js", "/licenses.txt"];
/// Addresses at the root that say nothing of them either.
const OPEN_ADDRESSES: [&str; 3] = ["/healthz", "/ca.crt", "/trust"];
/// The page on which a person sets passwords and makes links.
pub(super) const ACCESS_PAGE: &str = "/access";
/// The folder of more of them.
const OPEN_FOLDER: &str = "/assets/";

/// The answer to a request: that of `routes`, if the request is let in.
pub(super) async fn guard(
    access: Access,
    certificate: &ShownCertificate,
    routes: Router,
    mut request: Request,
) -> Response {
    let rules = access.rules();
    let peer = request.extensions().get::<ConnectInfo<SocketAddr>>().map(|info| info.0);
    let peer = peer.unwrap_or_else(|| (IpAddr::V4(Ipv4Addr::UNSPECIFIED), 0).into());
    take_forwarded_host(&mut request, peer, &rules, certificate);
    let is_form = matches!(request.uri().path(), "/login" | ACCESS_PAGE);
    let mut response = answer(&access, &rules, certificate, peer, routes, request).await;
    let is_form = is_form || response.status() == StatusCode::UNAUTHORIZED;
    policy::limit_frames(response.headers_mut(), rules.frame_ancestors.as_deref(), is_form);
    response
}

/// Asks on for the host that a client asked a trusted proxy for. A `Host` that is not ours stays and is refused: a page may write
/// the other headers itself.
fn take_forwarded_host(
    request: &mut Request,
    peer: SocketAddr,
    rules: &Rules,
    certificate: &ShownCertificate,
) {
    if host_of(request.headers()).is_some_and(|host| !rules.is_own_host(&host) && !certificate.is_for(&host))
    {
        return;
    }
    let host = forwarded_host(peer, request.headers(), &rules.trusted_proxies);
    let host = host.filter(|host| Host::parse(host).is_ok());
    if let Some(host) = host.and_then(|host| HeaderValue::from_str(&host).ok()) {
        request.headers_mut().insert(header::HOST, host);
    }
}

async fn answer(
    access: &Access,
    rules: &Rules,
    certificate: &ShownCertificate,
    peer: SocketAddr,
    routes: Router,
    mut request: Request,
) -> Response {
    let address = request.uri().path_and_query().map_or("/", |address| address.as_str()).to_owned();
    let headers = request.headers().clone();
    let credentials = Credentials::take(request.uri_mut(), &headers);
    let is_encrypted = request.extensions().get::<Encrypted>().is_some();
    let client = Client::of(peer, is_encrypted, &headers, &rules.trusted_proxies);
    let wants_page = wants_page(request.method(), request.uri(), &headers);
    // A stranger has no certificate of ours for a name of his own.
    let host = host_of(&headers).filter(|host| !certificate.is_for(host));
    let entered = access.enter(rules, request.method(), &headers, host.as_deref(), credentials, client).await;
    request.extensions_mut().insert(client);
    request.extensions_mut().insert(access.clone());
    let is_preflight = policy::is_preflight(request.method(), &headers);
    let may_be_stranger = !matches!(entered, Err(Denied::Host(_) | Denied::NoPasswordYet));
    if rules.need_password() && may_be_stranger && matches!(request.uri().path(), "/login" | "/logout") {
        return login::answer(access, rules, client, request).await;
    }
    match entered {
        Ok(Entry { grant, is_ambient }) => {
            if wants_page && let Some(redirect) = redirect_without_token(&address, request.uri(), client) {
                return redirect;
            }
            request.extensions_mut().insert(grant);
            let mut response = routes.oneshot(request).await.into_response();
            if is_ambient {
                policy::same_origin_only(response.headers_mut());
            }
            response
        }
        Err(_) if may_be_stranger && (is_preflight || is_open(request.uri().path())) => {
            routes.oneshot(request).await.into_response()
        }
        Err(denied) => {
            tracing::debug!(remote = %client.address, "request refused: {}", denied.sentence());
            refuse(&denied, Asker { address: &address, headers: &headers, wants_page })
        }
    }
}

/// The name of the host that is asked for.
fn host_of(headers: &HeaderMap) -> Option<String> {
    let host = headers.get(header::HOST).and_then(|host| host.to_str().ok());
    host.and_then(|host| Host::parse(host).ok()).map(|host| host.name.to_owned())
}

/// Whether a path holds nothing that is worth a password.
fn is_open(path: &str) -> bool {
    // A camera's tree has the same files as the root.
    let in_tree = path.strip_prefix("/cam/").and_then(|rest| rest.find('/').map(|slash| &rest[slash..]));
    let file = in_tree.unwrap_or(path);
    OPEN_ADDRESSES.contains(&path) || OPEN_FILES.contains(&file) || file.starts_with(OPEN_FOLDER)
}

/// Whether a browser asks for a page, to show it to a person.
fn wants_page(method: &Method, uri: &Uri, headers: &HeaderMap) -> bool {
    let accept = headers.get(header::ACCEPT).and_then(|accept| accept.to_str().ok()).unwrap_or_default();
    let name = uri.path().rsplit('/').next().unwrap_or_default();
    let is_page = (name.is_empty() && uri.query().is_none_or(|query| !query.contains("action=")))
        || name.ends_with(".html");
    method == Method::GET && (is_page || uri.path() == ACCESS_PAGE) && accept.contains("text/html")
}

/// A page whose address had a token goes on without it: the token stays in a cookie, and out of the address bar, bookmarks and
/// what is copied from there.
fn redirect_without_token(address: &str, left: &Uri, client: Client) -> Option<Response> {
    let (_, query) = address.split_once('?')?;
    let token = query.split('&').find_map(|pair| pair.strip_prefix("token="))?;
    let name = left.path().rsplit('/').next().unwrap_or_default();
    let query = left.query().map_or_else(String::new, |query| format!("?{query}"));
    // Relative, so that it works behind a proxy at any prefix.
    let location = HeaderValue::from_str(&format!("./{name}{query}")).ok()?;
    let token = token.replace("%2A", "*");
    // Whatever else somebody wrote there is no token, and might be an attribute of the cookie.
    let is_token = token.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.*".contains(&byte));
    let cookie = HeaderValue::from_str(&cookie(LINK_COOKIE, &token, None, client)).ok().filter(|_| is_token);
    let mut response = StatusCode::SEE_OTHER.into_response();
    response.headers_mut().insert(header::LOCATION, location);
    if let Some(cookie) = cookie {
        response.headers_mut().insert(header::SET_COOKIE, cookie);
    }
    policy::Caching::Never.set(response.headers_mut());
    Some(response)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_open_and_what_is_not() {
        for path in [
            "/healthz",
            "/ca.crt",
            "/trust",
            "/player.js",
            "/assets/a-1.js",
            "/cam/door/player.js",
            "/cam/x/assets/a",
        ] {
            assert!(is_open(path), "{path}");
        }
        for path in [
            "/",
            "/cam/door/",
            "/cam/door/ws/live",
            "/api/v1/status",
            "/metrics",
            "/cam/door/healthz",
            "/cam/door/ca.crt",
            "/cam/assets",
            "/assets",
            "/cam/door/x/assets/a",
            "/snapshot.jpg",
            "/cam/player.js",
            "/x/player.js",
            "",
        ] {
            assert!(!is_open(path), "{path}");
        }
    }

    #[test]
    fn a_page_goes_on_without_its_token() {
        let client = Client { address: IpAddr::V4(Ipv4Addr::LOCALHOST), is_https: true, is_proxied: true };
        let answer = redirect_without_token("/cam/a/?token=T&b=c", &Uri::from_static("/cam/a/?b=c"), client);
        let headers = answer.expect("an answer").headers().clone();
        assert_eq!(headers[header::LOCATION], "./?b=c");
        assert_eq!(
            headers[header::SET_COOKIE],
            "__Host-lenscast_link=T; Path=/; HttpOnly; SameSite=Lax; Secure"
        );
        let forged = redirect_without_token("/?token=x;Domain=test", &Uri::from_static("/"), client);
        assert_eq!(forged.expect("an answer").headers().get(header::SET_COOKIE), None);
        assert!(redirect_without_token("/t/T/cam/a/", &Uri::from_static("/cam/a/"), client).is_none());
    }
}

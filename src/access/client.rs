//! Where a request comes from: the peer of its connection, or what a trusted proxy says of it (RFC 7239, and the older
//! `X-Forwarded-For` and `X-Forwarded-Proto`). What nobody trusted says is not read.

use std::net::{IpAddr, SocketAddr};

use axum::http::HeaderMap;

use super::network::Network;

/// Entries of a list that are looked at, from the end.
const MAX_HOPS: usize = 16;
/// What most proxies say, instead of `Forwarded`.
const X_FORWARDED: [&str; 3] = ["x-forwarded-for", "x-forwarded-proto", "x-forwarded-host"];

/// Who asks, as far as it is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Client {
    /// Its address.
    pub address: IpAddr,
    /// Whether its own connection is encrypted: the one to us, or the one to a trusted proxy.
    pub is_https: bool,
    /// Whether a trusted proxy passed the request on.
    pub is_proxied: bool,
}

impl Client {
    /// The client of a request whose connection's other end is `peer`, and which is encrypted or not.
    #[must_use]
    pub fn of(peer: SocketAddr, is_https: bool, headers: &HeaderMap, trusted: &[Network]) -> Self {
        let is_trusted = |address: IpAddr| trusted.iter().any(|network| network.has(address));
        let direct = Self { address: peer.ip().to_canonical(), is_https, is_proxied: false };
        if !is_trusted(peer.ip()) {
            return direct;
        }
        let forwarded = standard(headers);
        let (addresses, proto): (Vec<_>, _) = if forwarded.is_empty() {
            let proto = list(headers, "x-forwarded-proto").pop();
            (list(headers, "x-forwarded-for"), proto)
        } else {
            let of = |element: &String, name| parameter(element, name);
            let proto = forwarded.last().and_then(|element| of(element, "proto"));
            (forwarded.iter().filter_map(|element| of(element, "for")).collect(), proto)
        };
        // Each proxy appends whom it was asked by: the last one that is no proxy of ours is the client.
        let mut address = direct.address;
        for text in addresses.iter().rev().take(MAX_HOPS) {
            let Some(named) = address_in(text) else { break };
            address = named;
            if !is_trusted(named) {
                break;
            }
        }
        let is_https = proto.map_or(is_https, |proto| proto.eq_ignore_ascii_case("https"));
        Self { address, is_https, is_proxied: true }
    }
}

/// The host that a client asked the trusted proxy for from which a request comes (`Forwarded`, `X-Forwarded-Host`).
#[must_use]
pub fn forwarded_host(peer: SocketAddr, headers: &HeaderMap, trusted: &[Network]) -> Option<String> {
    if !trusted.iter().any(|network| network.has(peer.ip())) {
        return None;
    }
    match standard(headers).last() {
        Some(element) => parameter(element, "host"),
        None => list(headers, "x-forwarded-host").pop(),
    }
}

/// The elements of `Forwarded` (RFC 7239); none where a proxy speaks by `X-Forwarded-…`: it passes on a `Forwarded` that a client
/// has made up.
fn standard(headers: &HeaderMap) -> Vec<String> {
    let speaks_otherwise = X_FORWARDED.into_iter().any(|name| headers.contains_key(name));
    if speaks_otherwise { Vec::new() } else { list(headers, "forwarded") }
}

/// The elements of a header that is a list, over all of its lines.
fn list(headers: &HeaderMap, name: &str) -> Vec<String> {
    let lines = headers.get_all(name).iter().filter_map(|line| line.to_str().ok());
    lines.flat_map(|line| line.split(',')).map(|element| element.trim().to_owned()).collect()
}

/// The value of `name` in an element of `Forwarded`.
fn parameter(element: &str, name: &str) -> Option<String> {
    element.split(';').find_map(|pair| {
        let (key, value) = pair.split_once('=')?;
        key.trim().eq_ignore_ascii_case(name).then(|| value.trim().trim_matches('"').to_owned())
    })
}

/// An address, also with a port, also in brackets.
fn address_in(text: &str) -> Option<IpAddr> {
    let bare = || text.strip_prefix('[').and_then(|rest| rest.strip_suffix(']'));
    let address = text.parse::<IpAddr>().ok();
    let address = address.or_else(|| text.parse::<SocketAddr>().ok().map(|address| address.ip()));
    address.or_else(|| bare()?.parse().ok()).map(|address| address.to_canonical())
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    /// A name, the peer, the headers, and what is found: the client's address, and whether by HTTPS.
    type Case<'a> = (&'a str, &'a str, &'a [(&'a str, &'static str)], &'a str, bool);

    #[test]
    fn only_trusted_proxies_are_believed() {
        let trusted: [Network; 2] =
            ["127.0.0.1", "10.0.0.0/8"].map(|network| network.parse().expect("a network"));
        let table: [Case<'_>; 15] = [
            ("nobody says anything", "203.0.113.9", &[], "203.0.113.9", false),
            ("a stranger says it", "203.0.113.9", &[("x-forwarded-for", "10.1.1.1")], "203.0.113.9", false),
            ("a proxy that says nothing", "127.0.0.1", &[], "127.0.0.1", false),
            ("a proxy", "127.0.0.1", &[("x-forwarded-for", "203.0.113.9")], "203.0.113.9", false),
            (
                "what the client claims",
                "127.0.0.1",
                &[("x-forwarded-for", "1.1.1.1, 203.0.113.9")],
                "203.0.113.9",
                false,
            ),
            (
                "two proxies",
                "127.0.0.1",
                &[("x-forwarded-for", "203.0.113.9, 10.2.2.2")],
                "203.0.113.9",
                false,
            ),
            (
                "two lines",
                "127.0.0.1",
                &[("x-forwarded-for", "203.0.113.9"), ("x-forwarded-for", "10.2.2.2")],
                "203.0.113.9",
                false,
            ),
            ("rubbish behind", "127.0.0.1", &[("x-forwarded-for", "203.0.113.9, me")], "127.0.0.1", false),
            (
                "https",
                "127.0.0.1",
                &[("x-forwarded-for", "203.0.113.9"), ("x-forwarded-proto", "https")],
                "203.0.113.9",
                true,
            ),
            (
                "https, says a stranger",
                "203.0.113.9",
                &[("x-forwarded-proto", "https")],
                "203.0.113.9",
                false,
            ),
            (
                "the standard",
                "127.0.0.1",
                &[("forwarded", "for=203.0.113.9;proto=https;by=10.0.0.1")],
                "203.0.113.9",
                true,
            ),
            ("with a port", "127.0.0.1", &[("forwarded", "For=\"203.0.113.9:4711\"")], "203.0.113.9", false),
            (
                "IPv6",
                "127.0.0.1",
                &[("forwarded", "for=\"[2001:db8::1]:4711\", for=10.1.1.1")],
                "2001:db8::1",
                false,
            ),
            (
                "a client's own, behind a proxy that says otherwise",
                "127.0.0.1",
                &[("forwarded", "for=192.168.1.5;proto=https"), ("x-forwarded-for", "203.0.113.9")],
                "203.0.113.9",
                false,
            ),
            ("an unknown one", "127.0.0.1", &[("forwarded", "for=unknown")], "127.0.0.1", false),
        ];
        for (name, peer, lines, address, is_https) in table {
            let mut headers = HeaderMap::new();
            for (key, value) in lines {
                headers.append(*key, HeaderValue::from_static(value));
            }
            let peer = SocketAddr::new(peer.parse().expect("an address"), 1);
            let client = Client::of(peer, false, &headers, &trusted);
            assert_eq!((client.address.to_string().as_str(), client.is_https), (address, is_https), "{name}");
        }
    }

    #[test]
    fn the_host_of_a_trusted_proxy() {
        let trusted: [Network; 1] = ["127.0.0.1".parse().expect("a network")];
        let table = [
            ("127.0.0.1:1", "x-forwarded-host", "cam.example.org:8443", Some("cam.example.org:8443")),
            ("127.0.0.1:1", "forwarded", "for=203.0.113.9;host=cam.example.org", Some("cam.example.org")),
            ("127.0.0.1:1", "forwarded", "for=203.0.113.9", None),
            ("203.0.113.9:1", "x-forwarded-host", "cam.example.org", None),
        ];
        for (peer, name, value, expected) in table {
            let mut headers = HeaderMap::new();
            headers.insert(name, HeaderValue::from_static(value));
            let peer = peer.parse().expect("an address");
            assert_eq!(forwarded_host(peer, &headers, &trusted).as_deref(), expected, "{name}: {value}");
        }
    }
}

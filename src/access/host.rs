//! The names by which this server may be asked for. A page of a stranger can point a name of its own at an address of a home
//! network (DNS rebinding), and its scripts then read what is there as if it were theirs: but the `Host` of such a request is
//! the stranger's name.
//!
//! Allowed are addresses, names that no stranger can register, the names of this machine, and those of the configuration.

use std::net::{Ipv4Addr, Ipv6Addr};

use axum::http::HeaderMap;

/// Ends of names that are never registered with anybody: RFC 6761, 6762, 8375, and those that routers at home use.
const PRIVATE_ENDS: [&str; 8] =
    ["local", "localhost", "home.arpa", "internal", "lan", "home", "localdomain", "test"];
/// Longest name (RFC 1035 section 2.3.4).
const MAX_NAME_BYTES: usize = 253;

/// A name that nobody has.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is no host name, such as cam.example.org; a port is not part of it")]
pub struct HostNameError(String);

/// A host name of the configuration, in lower case.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct HostName(String);

impl HostName {
    /// Checks a name.
    ///
    /// # Errors
    /// When it is none.
    pub fn new(text: &str) -> Result<Self, HostNameError> {
        let is_label = |label: &str| {
            (1..=63).contains(&label.len())
                && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
        };
        let is_name = text.len() <= MAX_NAME_BYTES && text.split('.').all(is_label);
        is_name.then(|| Self(text.to_ascii_lowercase())).ok_or_else(|| HostNameError(text.to_owned()))
    }

    /// The name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A host's name as it is compared: in lower case, without the brackets and the zone of an IPv6 address, and without the dot at
/// the end of a full name.
pub(super) fn compared(name: &str) -> String {
    let address = name.strip_prefix('[').and_then(|rest| rest.strip_suffix(']'));
    let name = match address {
        Some(address) => address.split('%').next().unwrap_or_default(),
        None => name.strip_suffix('.').unwrap_or(name),
    };
    name.to_ascii_lowercase()
}

/// Whether a request for `host`, as [`compared`] gives it, may be answered; `names` are those of this machine and of the
/// configuration.
#[must_use]
pub(super) fn is_allowed(host: &str, names: &[HostName]) -> bool {
    let is_address = host.parse::<Ipv4Addr>().is_ok() || host.parse::<Ipv6Addr>().is_ok();
    is_address
        // One label: found by the local network's own means, and in nobody's zone.
        || (!host.is_empty() && !host.contains('.') && HostName::new(host).is_ok())
        || PRIVATE_ENDS.iter().any(|end| host.strip_suffix(end).is_some_and(|rest| rest.ends_with('.')))
        || names.iter().any(|name| name.0 == host)
}

/// Whether the `Origin` of a page (RFC 6454 section 7) is the address that the page's request was sent to.
fn is_same_origin(origin: &str, host_header: &str) -> bool {
    let host = origin.strip_prefix("http://").or_else(|| origin.strip_prefix("https://"));
    // A proxy in front may have another scheme and leave out the port that belongs to it.
    host.is_some_and(|host| {
        let with_default = |text: &str| {
            let text = text.to_ascii_lowercase();
            text.strip_suffix(":80").or_else(|| text.strip_suffix(":443")).unwrap_or(&text).to_owned()
        };
        with_default(host) == with_default(host_header)
    })
}

/// Whether a page of this server sent a request with these headers, as far as a browser says. A browser knows the address that it
/// sent the request to also behind a proxy that changes `Host` (Fetch Metadata: over HTTPS alone).
#[must_use]
pub fn is_from_own_page(headers: &HeaderMap) -> bool {
    let text = |name: &str| headers.get(name).map(|value| value.to_str().unwrap_or_default());
    let Some(origin) = text("origin") else { return true };
    text("sec-fetch-site") == Some("same-origin") || is_same_origin(origin, text("host").unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use axum::http::{HeaderName, HeaderValue};

    use super::*;

    #[test]
    fn hosts() {
        let names =
            [HostName::new("Cam.Example.org").expect("a name"), HostName::new("pi4").expect("a name")];
        let allowed = [
            "127.0.0.1",
            "[::1]",
            "[fe80::1%25eth0]",
            "localhost",
            "LOCALHOST",
            "a.localhost",
            "pi.local",
            "pi.local.",
            "PI4",
            "raspberrypi",
            "cam.example.org",
            "CAM.example.org.",
            "pi.lan",
            "pi.home.arpa",
            "cam.test",
        ];
        for host in allowed {
            assert!(is_allowed(&compared(host), &names), "{host}");
        }
        let refused = [
            "",
            ".",
            "evil.example",
            "127.0.0.1.evil.example",
            "cam.example.org.evil.example",
            "xcam.example.org",
            "evillocal.com",
            "a b",
            "[]",
            "notlan.evil",
            "192.168.1.evil",
        ];
        for host in refused {
            assert!(!is_allowed(&compared(host), &names), "{host:?}");
        }
    }

    #[test]
    fn names_of_the_configuration() {
        for text in ["cam.example.org", "CAM", "a-b.c_d.e"] {
            assert!(HostName::new(text).is_ok(), "{text}");
        }
        for text in
            ["", "cam.example.org:443", "https://cam", "a..b", "*.example.org", "ü.de", &"a.".repeat(200)]
        {
            assert!(HostName::new(text).is_err(), "{text}");
        }
    }

    #[test]
    fn origins() {
        let table = [
            ("http://pi.local:8000", "pi.local:8000", true),
            ("https://cam.example.org", "cam.example.org", true),
            ("http://PI.local", "pi.local:80", true),
            ("https://cam.example.org", "cam.example.org:443", true),
            ("http://pi.local:8001", "pi.local:8000", false),
            ("http://evil.example", "pi.local:8000", false),
            ("null", "pi.local:8000", false),
            ("", "", false),
            ("file://", "", false),
            ("http://pi.local:8000/", "pi.local:8000", false),
        ];
        for (origin, host, expected) in table {
            assert_eq!(is_same_origin(origin, host), expected, "{origin} at {host}");
        }
    }

    #[test]
    fn own_pages() {
        let table: [(&[(&'static str, &'static str)], bool); 5] = [
            (&[("host", "pi")], true),
            (&[("host", "pi"), ("origin", "http://pi")], true),
            (&[("host", "127.0.0.1:8000"), ("origin", "https://pi")], false),
            (
                &[("host", "127.0.0.1:8000"), ("origin", "https://pi"), ("sec-fetch-site", "same-origin")],
                true,
            ),
            (&[("host", "127.0.0.1:8000"), ("origin", "https://pi"), ("sec-fetch-site", "same-site")], false),
        ];
        for (lines, expected) in table {
            let headers = lines
                .iter()
                .map(|(name, value)| (HeaderName::from_static(name), HeaderValue::from_static(value)));
            assert_eq!(is_from_own_page(&headers.collect()), expected, "{lines:?}");
        }
    }
}

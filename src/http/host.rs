//! The `Host` of a request (RFC 9110 section 7.2, RFC 9112 section 3.2): once in HTTP/1.1, and a host it must be. Pure.
//!
//! ```text
//! camera.local:8000      192.168.1.7      [fd00::1]:8000
//! └── name ──┘└port┘
//! ```
//! A name has letters, digits, `-`, `_` and dots, as names of machines have; whatever else RFC 3986 allows in one is no
//! name of a machine. It may become part of a page (`compat/`), so nothing in it means anything there.

use std::net::Ipv6Addr;

/// Most characters of a name (RFC 1035 section 2.3.4), and of a part between dots.
const NAME_CHARACTERS: usize = 253;
const PART_CHARACTERS: usize = 63;

/// A host, and its port if it has one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Host<'a> {
    /// A name, an IPv4 address, or an IPv6 address in brackets.
    pub name: &'a str,
    /// The port.
    pub port: Option<u16>,
}

/// Why this is no host.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NoHost;

impl<'a> Host<'a> {
    /// Reads what a `Host` header or the authority of an address says.
    ///
    /// # Errors
    /// When that is no host.
    pub fn parse(text: &'a str) -> Result<Self, NoHost> {
        let end = match text.strip_prefix('[') {
            Some(rest) => rest.find(']').ok_or(NoHost)? + 2,
            None => text.find(':').unwrap_or(text.len()),
        };
        let (name, port) = text.split_at(end);
        let is_host = match name.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
            Some(address) => is_ipv6(address),
            None => is_name(name),
        };
        let port = match port.strip_prefix(':') {
            None if port.is_empty() => None,
            // An empty port is the usual one (RFC 3986 section 3.2.3).
            Some("") => None,
            Some(digits) if digits.bytes().all(|byte| byte.is_ascii_digit()) => {
                Some(digits.parse().map_err(|_| NoHost)?)
            }
            _ => return Err(NoHost),
        };
        if is_host { Ok(Self { name, port }) } else { Err(NoHost) }
    }
}

/// An IPv6 address, with or without a zone: `fe80::1%25eth0` (RFC 6874), and `fe80::1%eth0`, which clients send too.
fn is_ipv6(text: &str) -> bool {
    let (address, zone) = match text.split_once('%') {
        None => (text, None),
        Some((address, zone)) => (address, Some(zone.strip_prefix("25").unwrap_or(zone))),
    };
    let is_zone = |zone: &str| (1..=PART_CHARACTERS).contains(&zone.len()) && zone.bytes().all(is_name_byte);
    address.parse::<Ipv6Addr>().is_ok() && zone.is_none_or(is_zone)
}

/// A name may end with a dot.
fn is_name(text: &str) -> bool {
    let parts = text.strip_suffix('.').unwrap_or(text);
    let is_part = |part: &str| (1..=PART_CHARACTERS).contains(&part.len()) && part.bytes().all(is_name_byte);
    parts.len() <= NAME_CHARACTERS && parts.split('.').all(is_part)
}

const fn is_name_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts() {
        let table = [
            ("pi", "pi", None),
            ("pi.local:8082", "pi.local", Some(8082)),
            ("pi.local.", "pi.local.", None),
            ("PI_4-b.local:0", "PI_4-b.local", Some(0)),
            ("192.168.1.20:65535", "192.168.1.20", Some(65_535)),
            ("xn--bcher-kva.example", "xn--bcher-kva.example", None),
            ("pi:", "pi", None),
            ("pi:00080", "pi", Some(80)),
            ("[::1]:8082", "[::1]", Some(8082)),
            ("[fd00::1]", "[fd00::1]", None),
            ("[::ffff:192.168.1.20]:", "[::ffff:192.168.1.20]", None),
            ("[fe80::1%25eth0]:80", "[fe80::1%25eth0]", Some(80)),
            ("[fe80::1%eth0]", "[fe80::1%eth0]", None),
        ];
        for (text, name, port) in table {
            assert_eq!(Host::parse(text), Ok(Host { name, port }), "{text}");
        }
        let long = [&"a".repeat(63)[..]; 3].join(".");
        assert!(Host::parse(&format!("{long}.{}", "a".repeat(61))).is_ok());
    }

    fn assert_no_host(texts: &[&str]) {
        for text in texts {
            assert_eq!(Host::parse(text), Err(NoHost), "{text:?}");
        }
    }

    #[test]
    fn what_is_no_name() {
        assert_no_host(&[
            "", " ", "a b", "a, b", "a,b", "a;b", ".", "..", "a..b", ".a", "*", "pi*", "%70i", "pi%41",
        ]);
        assert_no_host(&[
            "user@pi",
            "user:password@pi",
            "@pi",
            "pi@",
            "http://pi",
            "//pi",
            "pi/",
            "/pi",
            "pi?",
            "pi#",
        ]);
        assert_no_host(&[
            "pi\\",
            "pi'/><script>",
            "<pi>",
            "\"pi\"",
            "'pi'",
            "pi&",
            "pi=",
            "pi~",
            "pi!",
            "pi$",
            "(pi)",
        ]);
        assert_no_host(&[
            "pi|",
            "pi^",
            "pi`",
            "{pi}",
            "pi\t",
            "pi\0",
            "pi\r\nX: y",
            "b\u{fc}cher.example",
            "\u{202e}ip",
        ]);
        assert_no_host(&[&"a".repeat(64), &["abcdefg"; 32].join(".")]);
    }

    #[test]
    fn what_is_no_port_or_address() {
        assert_no_host(&[
            ":", ":80", "pi:port", "pi:80a", "pi:-1", "pi:+1", "pi: 80", "pi:65536", "pi:80:80", "pi:80/",
        ]);
        assert_no_host(&[
            "pi:99999999999999999999",
            "::1",
            "::1:80",
            "fd00::1",
            "[",
            "]",
            "[]",
            "[]:80",
            "[::1",
            "::1]",
        ]);
        assert_no_host(&[
            "[::1]x",
            "[::1]80",
            "[::1]:x",
            "[[::1]]",
            "[pi]",
            "[192.168.1.20]",
            "[::g]",
            "[1::2::3]",
        ]);
        assert_no_host(&["[fe80::1%]", "[fe80::1%25]", "[fe80::1%a b]", "[v1.a]"]);
    }
}

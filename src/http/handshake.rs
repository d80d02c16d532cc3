//! What the headers of a WebSocket's handshake must say (RFC 6455 sections 4.1 and 4.2.1). Pure.
//!
//! ```text
//! Connection: upgrade  ┐ both, or the request is a plain one: 426
//! Upgrade: websocket   ┘ one of them alone: 400
//! Sec-WebSocket-Version: 13        anything else: 426, which names 13
//! Sec-WebSocket-Key: 16 bytes, once
//! Sec-WebSocket-Protocol: tokens, each once      may be left out
//! ```

use axum::http::{HeaderMap, HeaderName, Version, header};
use base64::{
    Engine, alphabet,
    engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig},
};

/// Length of a decoded key.
const KEY_BYTES: usize = 16;
/// Clients make keys of 22 random characters, too: what the last one has beyond 16 bytes is ignored.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    GeneralPurposeConfig::new()
        .with_decode_allow_trailing_bits(true)
        .with_decode_padding_mode(DecodePaddingMode::RequireCanonical),
);
/// Most characters of a header's value in a sentence.
const SHOWN_CHARACTERS: usize = 40;

/// What a client asks for.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Asked {
    pub(super) key: String,
    /// Subprotocols, in the client's order.
    pub(super) offered: Vec<String>,
}

/// Why a request is no handshake.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum HandshakeError {
    /// It asks for no WebSocket.
    #[error("this address takes a WebSocket (version 13)")]
    Plain,
    /// Another version, none, or more than one.
    #[error("Sec-WebSocket-Version is 13, once")]
    Version,
    /// Half of the two headers.
    #[error("a WebSocket's handshake has Upgrade: websocket besides Connection: upgrade")]
    NoUpgrade,
    /// The other half.
    #[error("a WebSocket's handshake has Connection: upgrade besides Upgrade: websocket")]
    NoConnection,
    /// Nothing is upgraded in HTTP/1.0.
    #[error("a WebSocket's handshake is HTTP/1.1, this is HTTP/1.0")]
    Http10,
    /// What follows a handshake are frames.
    #[error("a WebSocket's handshake has no body: no Transfer-Encoding, and no Content-Length but 0")]
    Body,
    /// Not one key.
    #[error("Sec-WebSocket-Key is there once, not {0} times")]
    Keys(usize),
    /// A key that is none.
    #[error("Sec-WebSocket-Key {0} is not the base64 of 16 bytes")]
    Key(String),
    /// A subprotocol that cannot be one.
    #[error("Sec-WebSocket-Protocol {0} is not a list of tokens: letters, digits and !#$%&'*+-.^_`|~")]
    Subprotocol(String),
    /// One subprotocol twice.
    #[error("Sec-WebSocket-Protocol names {0} twice")]
    SubprotocolTwice(String),
}

impl HandshakeError {
    /// Whether a handshake as it should be would help (426), or this one is broken (400).
    pub(super) const fn asks_to_upgrade(&self) -> bool {
        matches!(self, Self::Plain | Self::Version)
    }
}

/// Reads the headers of a GET.
pub(super) fn read(version: Version, headers: &HeaderMap) -> Result<Asked, HandshakeError> {
    let connection = has_token(headers, header::CONNECTION, "upgrade");
    let upgrade = has_token(headers, header::UPGRADE, "websocket");
    match (connection, upgrade) {
        (true, true) => {}
        (true, false) if !headers.contains_key(header::UPGRADE) => return Err(HandshakeError::NoUpgrade),
        (false, true) => return Err(HandshakeError::NoConnection),
        _ => return Err(HandshakeError::Plain),
    }
    if version < Version::HTTP_11 {
        return Err(HandshakeError::Http10);
    }
    let mut versions = headers.get_all(header::SEC_WEBSOCKET_VERSION).iter();
    if versions.next().is_none_or(|version| version != "13") || versions.next().is_some() {
        return Err(HandshakeError::Version);
    }
    let is_empty = headers.get(header::CONTENT_LENGTH).is_none_or(|length| length == "0");
    if !is_empty || headers.contains_key(header::TRANSFER_ENCODING) {
        return Err(HandshakeError::Body);
    }
    Ok(Asked { key: key(headers)?, offered: offered(headers)? })
}

fn key(headers: &HeaderMap) -> Result<String, HandshakeError> {
    let mut keys = headers.get_all(header::SEC_WEBSOCKET_KEY).iter();
    let (Some(key), None) = (keys.next(), keys.next()) else {
        return Err(HandshakeError::Keys(headers.get_all(header::SEC_WEBSOCKET_KEY).iter().count()));
    };
    let decoded = BASE64.decode(key.as_bytes()).is_ok_and(|bytes| bytes.len() == KEY_BYTES);
    let text = key.to_str().ok().filter(|_| decoded).map(str::to_owned);
    text.ok_or_else(|| HandshakeError::Key(shown(key.as_bytes())))
}

fn offered(headers: &HeaderMap) -> Result<Vec<String>, HandshakeError> {
    let mut offered: Vec<String> = Vec::new();
    for list in headers.get_all(header::SEC_WEBSOCKET_PROTOCOL) {
        for name in list.as_bytes().split(|byte| *byte == b',').map(<[u8]>::trim_ascii) {
            let is_token = !name.is_empty() && name.iter().copied().all(is_token_byte);
            let name = std::str::from_utf8(name).ok().filter(|_| is_token);
            let name = name.ok_or_else(|| HandshakeError::Subprotocol(shown(list.as_bytes())))?;
            if offered.iter().any(|known| known == name) {
                return Err(HandshakeError::SubprotocolTwice(shown(name.as_bytes())));
            }
            offered.push(name.to_owned());
        }
    }
    Ok(offered)
}

/// RFC 9110 section 5.6.2.
const fn is_token_byte(byte: u8) -> bool {
    matches!(byte, b'!' | b'#'..=b'\'' | b'*' | b'+' | b'-' | b'.' | b'^'..=b'`' | b'|' | b'~')
        || byte.is_ascii_alphanumeric()
}

fn has_token(headers: &HeaderMap, name: HeaderName, token: &str) -> bool {
    headers
        .get_all(name)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .any(|value| value.trim().eq_ignore_ascii_case(token))
}

/// A header's value for a sentence: cut, in quotes, without anything that is not printed.
pub(super) fn shown(value: &[u8]) -> String {
    let value: String = String::from_utf8_lossy(value).chars().take(SHOWN_CHARACTERS).collect();
    format!("{value:?}")
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    const KEY: &str = "dGhlIHNhbXBsZSBub25jZQ==";

    /// The headers of a sound handshake, in which those of `changed` take the place of all of their name, without those that
    /// are left out.
    fn headers(changed: &[(&'static str, &[u8])], left_out: &[&str]) -> HeaderMap {
        let sound = [
            ("connection", "Upgrade"),
            ("upgrade", "websocket"),
            ("sec-websocket-version", "13"),
            ("sec-websocket-key", KEY),
        ];
        let mut headers = HeaderMap::new();
        for (name, value) in sound {
            if !left_out.contains(&name) && !changed.iter().any(|(changed, _)| *changed == name) {
                headers.append(name, HeaderValue::from_static(value));
            }
        }
        for (name, value) in changed {
            headers.append(*name, HeaderValue::from_bytes(value).expect("a value"));
        }
        headers
    }

    /// A name, the headers that are changed, and the subprotocols that are read.
    type Sound<'a> = (&'a str, &'a [(&'static str, &'a [u8])], &'a [&'a str]);

    #[test]
    fn what_is_a_handshake() {
        let table: &[Sound<'_>] = &[
            ("as it should be", &[], &[]),
            ("a list", &[("connection", b"keep-alive, UPGRADE")], &[]),
            ("two headers", &[("connection", b"keep-alive"), ("connection", b"upgrade")], &[]),
            ("one protocol of several", &[("upgrade", b"h2c, WebSocket")], &[]),
            ("bits beyond 16 bytes", &[("sec-websocket-key", b"aaaaaaaaaaaaaaaaaaaaaz==")], &[]),
            ("no body", &[("content-length", b"0")], &[]),
            ("subprotocols", &[("sec-websocket-protocol", b"a, b")], &["a", "b"]),
            (
                "in two headers",
                &[("sec-websocket-protocol", b"a,b"), ("sec-websocket-protocol", b"c")],
                &["a", "b", "c"],
            ),
            (
                "all of a token",
                &[("sec-websocket-protocol", b"!#$%&'*+-.^_`|~09azAZ")],
                &["!#$%&'*+-.^_`|~09azAZ"],
            ),
            ("cases differ", &[("sec-websocket-protocol", b"a, A")], &["a", "A"]),
        ];
        for (name, changed, offered) in table {
            let asked = read(Version::HTTP_11, &headers(changed, &[])).map(|asked| asked.offered);
            assert_eq!(asked, Ok(offered.iter().map(|name| (*name).to_owned()).collect()), "{name}");
        }
    }

    /// A name, the headers that are changed and those that are left out, and the error.
    type Broken<'a> = (&'a str, &'a [(&'static str, &'a [u8])], &'a [&'a str], HandshakeError);

    fn assert_named(table: &[Broken<'_>]) {
        for (name, changed, left_out, expected) in table {
            let read = read(Version::HTTP_11, &headers(changed, left_out));
            assert_eq!(read.as_ref(), Err(expected), "{name}");
        }
    }

    #[test]
    fn what_is_no_handshake_is_named() {
        use HandshakeError as Error;
        assert_named(&[
            ("plain", &[], &["connection", "upgrade"], Error::Plain),
            ("another protocol", &[("upgrade", b"h2c")], &[], Error::Plain),
            ("websocket with a number", &[("upgrade", b"websocket/13")], &[], Error::Plain),
            ("no Upgrade", &[], &["upgrade"], Error::NoUpgrade),
            ("no Connection", &[], &["connection"], Error::NoConnection),
            ("another Connection", &[("connection", b"keep-alive")], &[], Error::NoConnection),
            ("no version", &[], &["sec-websocket-version"], Error::Version),
            ("an old version", &[("sec-websocket-version", b"8")], &[], Error::Version),
            ("two in one", &[("sec-websocket-version", b"13, 8")], &[], Error::Version),
            (
                "two",
                &[("sec-websocket-version", b"13"), ("sec-websocket-version", b"13")],
                &[],
                Error::Version,
            ),
            ("not quite", &[("sec-websocket-version", b"013")], &[], Error::Version),
            ("a body", &[("content-length", b"5")], &[], Error::Body),
            ("chunks", &[("transfer-encoding", b"chunked")], &[], Error::Body),
        ]);
        assert_eq!(read(Version::HTTP_10, &headers(&[], &[])), Err(Error::Http10));
    }

    #[test]
    fn what_is_no_key_or_subprotocol_is_named() {
        use HandshakeError as Error;
        let key = |key: &str| Error::Key(format!("{key:?}"));
        let names = |names: &str| Error::Subprotocol(format!("{names:?}"));
        assert_named(&[
            ("no key", &[], &["sec-websocket-key"], Error::Keys(0)),
            (
                "two keys",
                &[("sec-websocket-key", KEY.as_bytes()), ("sec-websocket-key", KEY.as_bytes())],
                &[],
                Error::Keys(2),
            ),
            ("a short key", &[("sec-websocket-key", b"abc")], &[], key("abc")),
            ("an empty key", &[("sec-websocket-key", b"")], &[], key("")),
            ("15 bytes", &[("sec-websocket-key", b"AAAAAAAAAAAAAAAAAAAA")], &[], key("AAAAAAAAAAAAAAAAAAAA")),
            (
                "18 bytes",
                &[("sec-websocket-key", b"AAAAAAAAAAAAAAAAAAAAAAAA")],
                &[],
                key("AAAAAAAAAAAAAAAAAAAAAAAA"),
            ),
            (
                "no padding",
                &[("sec-websocket-key", b"dGhlIHNhbXBsZSBub25jZQ")],
                &[],
                key("dGhlIHNhbXBsZSBub25jZQ"),
            ),
            (
                "not base64",
                &[("sec-websocket-key", b"!!!!!!!!!!!!!!!!!!!!!!==")],
                &[],
                key("!!!!!!!!!!!!!!!!!!!!!!=="),
            ),
            (
                "for addresses",
                &[("sec-websocket-key", b"-_-_-_-_-_-_-_-_-_-_-Q==")],
                &[],
                key("-_-_-_-_-_-_-_-_-_-_-Q=="),
            ),
            (
                "two in one",
                &[("sec-websocket-key", b"dGhlIHNhbXBsZSBub25jZQ==, a")],
                &[],
                key("dGhlIHNhbXBsZSBub25jZQ==, a"),
            ),
            ("not ASCII", &[("sec-websocket-key", b"\xff")], &[], key("\u{fffd}")),
            ("an empty list", &[("sec-websocket-protocol", b"")], &[], names("")),
            ("an empty name", &[("sec-websocket-protocol", b"a,,b")], &[], names("a,,b")),
            ("a space", &[("sec-websocket-protocol", b"a b")], &[], names("a b")),
            ("a slash", &[("sec-websocket-protocol", b"a/b")], &[], names("a/b")),
            ("quotes", &[("sec-websocket-protocol", b"\"a\"")], &[], names("\"a\"")),
            ("not ASCII", &[("sec-websocket-protocol", "é".as_bytes())], &[], names("é")),
            (
                "twice",
                &[("sec-websocket-protocol", b"a, b, a")],
                &[],
                Error::SubprotocolTwice("\"a\"".into()),
            ),
        ]);
    }

    #[test]
    fn a_value_is_cut_and_printable_in_a_sentence() {
        assert_eq!(shown(&[b'a'; 100]).len(), SHOWN_CHARACTERS + 2);
        assert_eq!(shown("a\u{202e}\r\n".as_bytes()), "\"a\\u{202e}\\r\\n\"");
    }
}

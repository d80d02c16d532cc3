//! The handshake of a WebSocket (RFC 6455 section 4), after which the connection is the caller's.
//!
//! ```text
//! GET + Upgrade ─► Handshake ─► 101 ─► Upgraded { Connection, bytes already read }
//! ```
//! The connection itself is handed over, not a wrapper around it: frames are written to it as the shared,
//! pre-built bytes they are. Extensions are never negotiated.

use std::future::Future;

use axum::{
    extract::FromRequestParts,
    http::{HeaderValue, Method, StatusCode, header, request::Parts},
    response::{IntoResponse, Response},
};
use base64::Engine;
use bytes::Bytes;
use hyper::upgrade::OnUpgrade;
use hyper_util::rt::TokioIo;
use sha1::{Digest, Sha1};
use tokio_util::task::TaskTracker;

use super::{
    AppState,
    connection::Connection,
    handshake::{self, HandshakeError},
    respond::bad_request,
    watched::Watched,
};

/// What RFC 6455 section 1.3 appends to the client's key.
const KEY_SUFFIX: &str = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

/// A connection that has become a WebSocket.
#[derive(Debug)]
pub struct Upgraded {
    /// The connection.
    pub connection: Connection,
    /// What the client sent right behind its handshake.
    pub received: Bytes,
}

/// A client's request for a WebSocket. As an extractor it answers other requests itself: 426 for a plain one, 400 for
/// a broken handshake.
#[derive(Debug)]
pub struct Handshake {
    accept: HeaderValue,
    offered: Vec<String>,
    subprotocol: Option<String>,
    from_page: bool,
    upgrade: OnUpgrade,
    tasks: TaskTracker,
}

impl Handshake {
    /// Subprotocols the client offers, in its order.
    #[must_use]
    pub fn offered(&self) -> &[String] {
        &self.offered
    }

    /// Whether a page in a browser asks: browsers always send a page's origin, other clients as a rule do not.
    #[must_use]
    pub const fn is_from_page(&self) -> bool {
        self.from_page
    }

    /// Speaks `subprotocol`, which the client offers.
    #[must_use]
    pub fn speak(mut self, subprotocol: &str) -> Self {
        self.subprotocol = Some(subprotocol.to_owned());
        self
    }

    /// Speaks the first subprotocol that the client offers, if it offers one. Old clients offer one that means nothing
    /// (websockify's "binary", jsmpeg's "null") and expect it echoed.
    #[must_use]
    pub fn echo_subprotocol(mut self) -> Self {
        self.subprotocol = self.offered.first().cloned();
        self
    }

    /// Answers 101 with the subprotocol that was chosen, if one was, and runs `session` on the connection.
    pub fn accept<F, S>(self, session: S) -> Response
    where
        S: FnOnce(Upgraded) -> F + Send + 'static,
        F: Future<Output = ()> + Send + 'static,
    {
        let upgrade = self.upgrade;
        self.tasks.spawn(async move {
            let upgraded = match upgrade.await {
                Ok(upgraded) => upgraded,
                Err(error) => return tracing::debug!("WebSocket handshake not finished: {error}"),
            };
            match upgraded.downcast::<TokioIo<Watched>>() {
                Ok(parts) => {
                    let connection = parts.io.into_inner().into_connection();
                    session(Upgraded { connection, received: parts.read_buf }).await;
                }
                Err(_) => tracing::error!("WebSocket handshake on something else than a Connection"),
            }
        });
        let mut response = StatusCode::SWITCHING_PROTOCOLS.into_response();
        let headers = response.headers_mut();
        headers.insert(header::CONNECTION, HeaderValue::from_static("upgrade"));
        headers.insert(header::UPGRADE, HeaderValue::from_static("websocket"));
        headers.insert(header::SEC_WEBSOCKET_ACCEPT, self.accept);
        if let Some(subprotocol) = self.subprotocol.and_then(|name| HeaderValue::try_from(name).ok()) {
            headers.insert(header::SEC_WEBSOCKET_PROTOCOL, subprotocol);
        }
        response
    }
}

impl FromRequestParts<AppState> for Handshake {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, app: &AppState) -> Result<Self, Response> {
        if parts.method != Method::GET {
            return Err(refused(HandshakeError::Plain));
        }
        let asked = handshake::read(parts.version, &parts.headers).map_err(refused)?;
        let upgrade = parts.extensions.remove::<OnUpgrade>().ok_or(HandshakeError::Plain).map_err(refused)?;
        let from_page = parts.headers.contains_key(header::ORIGIN);
        let (accept, tasks) = (accept_of(asked.key.as_bytes()), app.tasks.clone());
        Ok(Self { accept, offered: asked.offered, subprotocol: None, from_page, upgrade, tasks })
    }
}

/// 426 for a request that is to come again as a WebSocket's handshake, 400 for a broken one; the sentence says why.
fn refused(error: HandshakeError) -> Response {
    if !error.asks_to_upgrade() {
        return bad_request(&error);
    }
    let mut response = (StatusCode::UPGRADE_REQUIRED, format!("{error}\n")).into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONNECTION, HeaderValue::from_static("upgrade"));
    headers.insert(header::UPGRADE, HeaderValue::from_static("websocket"));
    headers.insert(header::SEC_WEBSOCKET_VERSION, HeaderValue::from_static("13"));
    response
}

fn accept_of(key: &[u8]) -> HeaderValue {
    let mut sha1 = Sha1::new();
    sha1.update(key);
    sha1.update(KEY_SUFFIX);
    let accept = base64::engine::general_purpose::STANDARD.encode(sha1.finalize());
    HeaderValue::from_str(&accept).expect("base64 is ASCII")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_key_of_rfc_6455_gives_its_accept() {
        assert_eq!(accept_of(b"dGhlIHNhbXBsZSBub25jZQ=="), "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
    }
}

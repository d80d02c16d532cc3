//! Viewers over WebSockets, by a library that is not ours.

use std::net::SocketAddr;

use bytes::Bytes;
use futures_util::{SinkExt, StreamExt};
use lenscast_media::player_wire::{FrameHeader, parse_frame};
use serde_json::Value;
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::TcpStream,
};
use tokio_tungstenite::{
    WebSocketStream,
    tungstenite::{Message, client::IntoClientRequest},
};

use super::{http, within};

/// A connected viewer.
pub struct Viewer<S = TcpStream>(pub WebSocketStream<S>);

impl Viewer {
    /// Connects to `path`, offering no subprotocol.
    pub async fn connect(address: SocketAddr, path: &str) -> Self {
        Self::connect_as(address, path, None).await
    }

    /// Connects to `path`, offering `subprotocol`.
    pub async fn connect_as(address: SocketAddr, path: &str, subprotocol: Option<&str>) -> Self {
        let stream = TcpStream::connect(address).await.expect("the server listens");
        Self::connect_on(stream, address, path, subprotocol).await
    }

    /// Connects to `path` from `local`, which is one of this machine's addresses.
    pub async fn connect_from(local: [u8; 4], address: SocketAddr, path: &str) -> Self {
        let stream = http::connect_from(local, address).await;
        Self::connect_on(stream, address, path, None).await
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> Viewer<S> {
    /// Connects to `path` of the server on this connection.
    pub async fn connect_on(stream: S, address: SocketAddr, path: &str, subprotocol: Option<&str>) -> Self {
        within("a handshake", async {
            let mut request = format!("ws://{address}{path}").into_client_request().expect("an address");
            if let Some(subprotocol) = subprotocol {
                let value = subprotocol.parse().expect("a header value");
                request.headers_mut().insert("sec-websocket-protocol", value);
            }
            let (socket, _) = tokio_tungstenite::client_async(request, stream).await.expect("a handshake");
            Self(socket)
        })
        .await
    }

    /// The next message.
    pub async fn next(&mut self) -> Message {
        within("a message", self.0.next()).await.expect("not the end").expect("no error")
    }

    /// The next binary message; text in between is passed over.
    pub async fn binary(&mut self) -> Bytes {
        within("a binary message", async {
            loop {
                if let Message::Binary(bytes) = self.next().await {
                    return bytes;
                }
            }
        })
        .await
    }

    /// The next text message of this type, as JSON; everything else is passed over.
    pub async fn text(&mut self, kind: &str) -> Value {
        self.text_where(kind, |_| true).await
    }

    /// The next text message of this type that fits.
    pub async fn text_where(&mut self, kind: &str, fits: impl Fn(&Value) -> bool) -> Value {
        within(kind, async {
            loop {
                if let Message::Text(text) = self.next().await {
                    let value: Value = serde_json::from_str(&text).expect("JSON");
                    if value["type"] == kind && fits(&value) {
                        return value;
                    }
                }
            }
        })
        .await
    }

    /// The next frame of `ws/live`.
    pub async fn frame(&mut self) -> (FrameHeader, Bytes) {
        parse_frame(self.binary().await).expect("a frame")
    }

    /// Says something.
    pub async fn say(&mut self, text: &str) {
        self.0.send(Message::text(text)).await.expect("the server reads");
    }

    /// Code and reason of the close frame that ends the connection; other messages are passed over.
    pub async fn closed(&mut self) -> (u16, String) {
        within("a close frame", async {
            loop {
                match self.0.next().await {
                    Some(Ok(Message::Close(Some(frame)))) => {
                        return (frame.code.into(), frame.reason.to_string());
                    }
                    Some(Ok(_)) => {}
                    other => panic!("ended without a close frame: {other:?}"),
                }
            }
        })
        .await
    }
}

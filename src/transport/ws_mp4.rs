//! `ws/mp4`: fragmented MP4 for MediaSource, one fragment a frame.
//!
//! ```text
//! text {"type":"init","mime":…}   binary init segment   binary fragment   binary fragment …
//! ```
//! Text and init segment come again whenever the stream's configuration changes.

use std::sync::Arc;

use axum::{Router, extract::State, response::Response, routing::get};
use bytes::{Bytes, BytesMut};
use lenscast_media::{
    codec::CodecConfig,
    frame::Frame,
    mp4,
    websocket::{self, MAX_HEADER_BYTES, Opcode},
};
use serde::Serialize;

use super::{
    Visit,
    socket::{Outbox, Transport, serve},
};
use crate::{
    http::{AppState, CameraOf, Remote, websocket::Handshake},
    hub::{Delivery, Packetizer, Packets},
};

/// The address, in a camera's tree.
pub fn routes() -> Router<AppState> {
    Router::new().route("/ws/mp4", get(open))
}

async fn open(
    CameraOf(camera): CameraOf,
    handshake: Handshake,
    Remote(remote): Remote,
    State(app): State<AppState>,
) -> Response {
    let subprotocol = handshake.offered().first().cloned();
    let visit = Visit { app, camera, remote, name: "ws/mp4" };
    serve(handshake, subprotocol.as_deref(), visit, |camera| Mp4 {
        packets: camera.video().packets(),
        config: None,
        epoch: camera.clock().epoch().as_micros(),
    })
}

/// The text in front of an init segment.
#[derive(Serialize)]
#[serde(tag = "type", rename = "init")]
struct Init {
    mime: String,
    width: u32,
    height: u32,
    /// Server's clock at media time 0, in microseconds (docs/player-wire.md).
    epoch: u64,
}

/// One message a fragment.
struct FragmentMessage;

impl Packetizer for FragmentMessage {
    fn packetize(_: u8, frame: &Frame) -> Bytes {
        let length = mp4::fragment_len(frame);
        let mut out = BytesMut::with_capacity(MAX_HEADER_BYTES + length);
        websocket::header(&mut out, Opcode::Binary, length);
        mp4::fragment_into(&mut out, frame);
        out.freeze()
    }
}

struct Mp4 {
    packets: Packets<FragmentMessage>,
    config: Option<Arc<CodecConfig>>,
    epoch: u64,
}

impl Transport for Mp4 {
    fn begin(&mut self, _: &mut Outbox) {}

    fn deliver(&mut self, delivery: Delivery, out: &mut Outbox) {
        let Delivery::Frame(shared) = delivery else { return };
        let config = &shared.frame.config;
        if !self.config.as_ref().is_some_and(|known| Arc::ptr_eq(known, config)) {
            match mp4::init_segment(config) {
                Ok(segment) => {
                    let (width, height) = (config.width, config.height);
                    out.json(&Init { mime: mp4::mime(config), width, height, epoch: self.epoch });
                    out.binary(&segment);
                }
                Err(error) => return tracing::debug!("no init segment: {error}"),
            }
            self.config = Some(Arc::clone(config));
        }
        out.framed(self.packets.of(&shared));
    }
}

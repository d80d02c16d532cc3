//! `ws/h264`: Annex B with start codes of four bytes, one access unit a message; with `?unit=nal` one NAL unit.

use axum::{
    Router,
    extract::Query,
    http::StatusCode,
    response::{IntoResponse, Response},
    routing::get,
};
use bytes::{BufMut, Bytes, BytesMut};
use lenscast_media::{
    frame::Frame,
    websocket::{self, MAX_HEADER_BYTES, Opcode},
};
use serde::Deserialize;

use super::{
    Visit,
    socket::{Outbox, Transport, serve},
};
use crate::{
    http::{AppState, websocket::Handshake},
    hub::{Delivery, Packetizer, Packets},
};

const START_CODE: [u8; 4] = [0, 0, 0, 1];

/// The address, in a camera's tree.
pub fn routes() -> Router<AppState> {
    Router::new().route("/ws/h264", get(open))
}

#[derive(Deserialize)]
struct Options {
    unit: Option<String>,
}

async fn open(visit: Visit, handshake: Handshake, Query(options): Query<Options>) -> Response {
    let by_nal_unit = match options.unit.as_deref() {
        None | Some("au") => false,
        Some("nal") => true,
        Some(other) => {
            let message = format!("unit={other} is not known: it is au (access unit) or nal (NAL unit)\n");
            return (StatusCode::BAD_REQUEST, message).into_response();
        }
    };
    // Old clients offer subprotocols of their own (websockify's "binary") and expect the first echoed.
    let subprotocol = handshake.offered().first().cloned();
    let subprotocol = subprotocol.as_deref();
    if by_nal_unit {
        serve("ws/h264", handshake, subprotocol, visit, |camera| {
            Raw(camera.video().packets::<NalUnitMessages>())
        })
    } else {
        serve("ws/h264", handshake, subprotocol, visit, |camera| {
            Raw(camera.video().packets::<AccessUnitMessage>())
        })
    }
}

/// One message an access unit.
struct AccessUnitMessage;

impl Packetizer for AccessUnitMessage {
    fn packetize(_: u8, frame: &Frame) -> Bytes {
        websocket::binary(&frame.payload)
    }
}

/// One message a NAL unit.
struct NalUnitMessages;

impl Packetizer for NalUnitMessages {
    fn packetize(_: u8, frame: &Frame) -> Bytes {
        let headers = frame.units.len() * MAX_HEADER_BYTES;
        let mut out = BytesMut::with_capacity(headers + frame.payload.len());
        for unit in frame.nal_units() {
            websocket::header(&mut out, Opcode::Binary, START_CODE.len() + unit.len());
            out.put_slice(&START_CODE);
            out.put_slice(unit);
        }
        out.freeze()
    }
}

struct Raw<P>(Packets<P>);

impl<P: Packetizer> Transport for Raw<P> {
    fn begin(&mut self, _: &mut Outbox) {}

    fn deliver(&mut self, delivery: Delivery, out: &mut Outbox) {
        if let Delivery::Frame(shared) = delivery {
            out.framed(self.0.of(&shared));
        }
    }
}

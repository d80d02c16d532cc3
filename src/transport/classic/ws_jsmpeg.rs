//! `ws/jsmpeg`: MPEG-1 in an MPEG transport stream, for today's jsmpeg.
//!
//! One message a picture, in whole packets and with its length in the PES header, so that the player finds its end without
//! waiting for the next. A viewer begins at a sequence header and gets at most one short GOP at once.

use axum::{Router, http::Method, response::Response, routing::get};
use bytes::Bytes;
use lenscast_media::{
    frame::Frame,
    mpegts::{Muxer, VideoStream},
    rendition::Rendition,
    websocket,
};

use super::one_size::OneSize;
use crate::{
    http::{AppState, websocket::Handshake},
    hub::{Delivery, Packetizer, Packets},
    transport::{
        ViewerRequest,
        admission::{Admitted, Refusal, Wanted, recent_refusal},
        socket::{Flow, Outbox, Transport, serve},
    },
};

/// The address, in a camera's tree.
pub fn routes() -> Router<AppState> {
    Router::new().route("/ws/jsmpeg", get(open))
}

/// A browser hides from its page why a handshake was refused, so the page asks again by a plain request, which is refused
/// with the same sentence; it starts nothing.
async fn open(method: Method, request: ViewerRequest, handshake: Result<Handshake, Response>) -> Response {
    let handshake = match handshake {
        Ok(handshake) => handshake,
        Err(no_handshake) if method == Method::GET => {
            let refusal = recent_refusal(&request, Rendition::MPEG1);
            return refusal.map_or(no_handshake, Refusal::into_response);
        }
        Err(no_handshake) => return no_handshake,
    };
    let jsmpeg = |viewer: &Admitted| Jsmpeg { packets: viewer.track().packets(), size: OneSize::default() };
    let wanted = Wanted::Rendition(Rendition::MPEG1);
    serve("ws/jsmpeg", handshake.echo_subprotocol(), request, wanted, jsmpeg).await
}

/// One message a picture: the tables in front of a keyframe, and one PES packet.
struct TransportPackets;

impl Packetizer for TransportPackets {
    fn packetize(frame: &Frame) -> Bytes {
        websocket::binary(&Muxer::shared(VideoStream::Mpeg1).mux(frame))
    }
}

struct Jsmpeg {
    packets: Packets<TransportPackets>,
    size: OneSize,
}

impl Transport for Jsmpeg {
    fn begin(&mut self, _: &mut Outbox) {}

    fn deliver(&mut self, delivery: Delivery, out: &mut Outbox) {
        if let Delivery::Frame(shared) = delivery
            && self.size.allows(&shared.frame)
        {
            out.framed(self.packets.of(&shared));
        }
    }

    fn needs_its_track(&self) -> bool {
        true
    }

    fn flow(&mut self) -> Flow {
        self.size.flow()
    }
}

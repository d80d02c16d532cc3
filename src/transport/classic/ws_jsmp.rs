//! `ws/jsmp`: bare MPEG-1 video for the old jsmpeg player, jsmpg.js, as pistreaming serves it, but cut so that the player
//! shows each picture at once (`media/src/mpeg1/jsmp.rs`).
//!
//! ```text
//! a viewer's first frame    greeting │ keyframe with its headers │ start code      three messages
//! every other               picture without its start code, and that of the next   one message
//! ```

use axum::{
    Router,
    response::Response,
    routing::{MethodRouter, get},
};
use bytes::{BufMut, Bytes, BytesMut};
use lenscast_media::{
    frame::Frame,
    mpeg1::jsmp::{PICTURE_START_CODE, behind_start_code, greeting},
    rendition::Rendition,
    websocket::{self, MAX_HEADER_BYTES, Opcode},
};

use super::one_size::OneSize;
use crate::{
    http::{AppState, websocket::Handshake},
    hub::{Delivery, Packetizer, Packets},
    transport::{
        ViewerRequest,
        admission::{Admitted, Wanted},
        socket::{Flow, Outbox, Transport, serve},
    },
};

/// The address, in a camera's tree.
pub fn routes() -> Router<AppState> {
    Router::new().route("/ws/jsmp", get(open))
}

/// The WebSocket of pistreaming, at an address of the caller's choice.
pub fn pistreaming_socket() -> MethodRouter<AppState> {
    get(open)
}

async fn open(request: ViewerRequest, handshake: Handshake) -> Response {
    let jsmp = |viewer: &Admitted| Jsmp {
        first: viewer.track().packets(),
        others: viewer.track().packets(),
        has_begun: false,
        size: OneSize::default(),
    };
    let wanted = Wanted::Rendition(Rendition::MPEG1);
    serve("ws/jsmp", handshake.echo_subprotocol(), request, wanted, jsmp).await
}

/// The first picture of a viewer.
struct FirstPicture;

impl Packetizer for FirstPicture {
    fn packetize(frame: &Frame) -> Bytes {
        let (width, height) = frame.config.size().unwrap_or_default();
        let greeting = greeting(width, height);
        let mut out = BytesMut::with_capacity(frame.payload.len() + 3 * MAX_HEADER_BYTES + 16);
        for message in [&greeting[..], &frame.payload, &PICTURE_START_CODE] {
            websocket::header(&mut out, Opcode::Binary, message.len());
            out.put_slice(message);
        }
        out.freeze()
    }
}

/// Every other picture.
struct NextPicture;

impl Packetizer for NextPicture {
    fn packetize(frame: &Frame) -> Bytes {
        let picture = behind_start_code(&frame.payload);
        let length = picture.len() + PICTURE_START_CODE.len();
        let mut out = BytesMut::with_capacity(length + MAX_HEADER_BYTES);
        websocket::header(&mut out, Opcode::Binary, length);
        out.put_slice(picture);
        out.put_slice(&PICTURE_START_CODE);
        out.freeze()
    }
}

struct Jsmp {
    first: Packets<FirstPicture>,
    others: Packets<NextPicture>,
    has_begun: bool,
    size: OneSize,
}

impl Transport for Jsmp {
    fn begin(&mut self, _: &mut Outbox) {}

    fn deliver(&mut self, delivery: Delivery, out: &mut Outbox) {
        let Delivery::Frame(shared) = delivery else { return };
        if !self.size.allows(&shared.frame) {
            return;
        }
        let has_begun = std::mem::replace(&mut self.has_begun, true);
        out.framed(if has_begun { self.others.of(&shared) } else { self.first.of(&shared) });
    }

    fn needs_its_track(&self) -> bool {
        true
    }

    fn flow(&mut self) -> Flow {
        self.size.flow()
    }
}

//! `ws/live`: the protocol of our player, `lenscast.v1` (docs/player-wire.md). With `?audio=1` the camera's sound comes beside
//! the pictures, with `?audio=only` alone: a page has its pictures already when its sound is turned on.

use std::sync::Arc;

use axum::{
    Router,
    extract::Query,
    http::StatusCode,
    response::{IntoResponse, Response},
    routing::get,
};
use bytes::{BufMut, Bytes, BytesMut};
use lenscast_media::{
    codec::CodecConfig,
    frame::Frame,
    player_wire::{ClientMessage, FRAME_HEADER_BYTES, PROTOCOL, ServerMessage, StateName, put_frame_header},
    websocket::{self, MAX_HEADER_BYTES, Opcode},
};

use super::{
    ViewerRequest,
    admission::Admitted,
    player_messages::{self, SOUND_TRACK, VIDEO_TRACK},
    socket::{Outbox, Transport, serve},
    sound_query::SoundQuery,
};
use crate::{
    clock::Clock,
    http::{AppState, websocket::Handshake},
    hub::{AWAITS_KEYFRAME, Camera, CameraState, Delivery, Packetizer, Packets, SharedFrame, Subscription},
};

/// The address, in a camera's tree.
pub fn routes() -> Router<AppState> {
    Router::new().route("/ws/live", get(open))
}

async fn open(request: ViewerRequest, Query(query): Query<SoundQuery>, handshake: Handshake) -> Response {
    let is_offered = handshake.offered().iter().any(|name| name == PROTOCOL);
    if !is_offered && !handshake.offered().is_empty() {
        let message = format!("this address speaks the subprotocol {PROTOCOL}\n");
        return (StatusCode::BAD_REQUEST, message).into_response();
    }
    let handshake = if is_offered { handshake.speak(PROTOCOL) } else { handshake };
    serve("ws/live", handshake, request, query.wanted_or_only(false), Live::new).await
}

/// One binary message a frame, with its header.
struct FrameMessage;

impl Packetizer for FrameMessage {
    fn packetize(frame: &Frame) -> Bytes {
        let length = FRAME_HEADER_BYTES + frame.payload.len();
        let mut out = BytesMut::with_capacity(MAX_HEADER_BYTES + length);
        websocket::header(&mut out, Opcode::Binary, length);
        let track = if frame.config.audio().is_some() { SOUND_TRACK } else { VIDEO_TRACK };
        put_frame_header(&mut out, track, frame);
        out.put_slice(&frame.payload);
        out.freeze()
    }
}

struct Live {
    camera: Arc<Camera>,
    clock: Clock,
    packets: Packets<FrameMessage>,
    /// Of the sound that comes beside the pictures.
    sound: Option<Packets<FrameMessage>>,
    config: Option<Arc<CodecConfig>>,
    is_waiting: bool,
}

impl Live {
    fn new(viewer: &Admitted) -> Self {
        Self {
            camera: Arc::clone(viewer.camera()),
            clock: viewer.camera().clock(),
            packets: viewer.track().packets(),
            sound: viewer.sound.as_ref().map(|sound| sound.track().packets()),
            config: None,
            is_waiting: false,
        }
    }

    /// Sends the decoder's configuration, if `frame` has another one than the frame before.
    fn configure(&mut self, frame: &Frame, out: &mut Outbox) {
        if self.config.as_ref().is_some_and(|config| Arc::ptr_eq(config, &frame.config)) {
            return;
        }
        let config = &frame.config;
        let Some(video) = config.video() else { return };
        out.json(&ServerMessage::Config {
            track: VIDEO_TRACK,
            codec: config.codec_string.clone(),
            width: video.width,
            height: video.height,
            reorder_depth: video.reorder_depth,
            matrix: video.colours.matrix,
            full_range: video.colours.is_full_range,
            pixel_aspect: [video.pixel_aspect.width(), video.pixel_aspect.height()],
            crop: video.crop_origin.into(),
        });
        self.config = Some(Arc::clone(config));
    }
}

impl Transport for Live {
    fn begin(&mut self, out: &mut Outbox) {
        out.json(&player_messages::hello(&self.camera));
    }

    fn deliver(&mut self, delivery: Delivery, out: &mut Outbox) {
        match delivery {
            Delivery::Frame(shared) => {
                if std::mem::take(&mut self.is_waiting) {
                    self.state(&CameraState::Live, out);
                }
                self.configure(&shared.frame, out);
                out.framed(self.packets.of(&shared));
            }
            Delivery::Skipped { frames } => {
                out.json(&ServerMessage::Skip { track: VIDEO_TRACK, frames });
            }
            Delivery::AwaitsKeyframe => {
                self.is_waiting = true;
                out.json(&ServerMessage::State {
                    state: StateName::Waiting,
                    message: AWAITS_KEYFRAME.to_owned(),
                    retry_ms: None,
                });
            }
        }
    }

    fn sound(&mut self, shared: &SharedFrame, out: &mut Outbox) {
        if let Some(packets) = &self.sound {
            out.framed(packets.of(shared));
        }
    }

    fn state(&mut self, state: &CameraState, out: &mut Outbox) {
        out.json(&player_messages::state(state, self.clock));
    }

    fn viewers(&mut self, count: usize, out: &mut Outbox) {
        out.json(&ServerMessage::Viewers { count });
    }

    fn explains_waiting(&self) -> bool {
        true
    }

    fn text(&mut self, text: &str, subscription: &mut Subscription, out: &mut Outbox) {
        match ClientMessage::parse(text) {
            Some(ClientMessage::Keyframe { track }) if track == VIDEO_TRACK => {
                subscription.request_keyframe();
            }
            Some(ClientMessage::Pause) => subscription.pause(),
            Some(ClientMessage::Resume) => subscription.resume(),
            Some(ClientMessage::Clock { t0 }) => {
                let t1 = self.clock.now();
                out.json(&ServerMessage::Clock { t0, t1, t2: self.clock.now() });
            }
            Some(ClientMessage::Keyframe { .. }) | None => {}
        }
    }
}

//! `ws/mp4`: fragmented MP4 for MediaSource, one fragment a frame.
//!
//! ```text
//! text {"type":"init","mime":…}   binary init segment   binary join fragment   binary fragment   binary fragment …
//! ```
//! A viewer that joins or has skipped gets the past of the GOP as one fragment of almost no duration, so that it begins at
//! live; that fragment is made once for all viewers that join at the same frame. Text and init segment come again whenever
//! the stream's configuration changes. With B frames a fragment holds a group: a frame and those that are shown before it.
//! Firefox loses B frames that come in fragments of their own.
//!
//! With `?audio=1` the camera's sound has a second track in the init segments, and a fragment a packet between the others.

use std::sync::Arc;

use axum::{Router, extract::Query, response::Response, routing::get};
use bytes::{Bytes, BytesMut};
use lenscast_media::{
    codec::CodecConfig,
    frame::Frame,
    mp4, opus,
    websocket::{self, MAX_HEADER_BYTES, Opcode},
};
use serde::Serialize;

use super::{
    ViewerRequest,
    admission::Admitted,
    socket::{Outbox, Transport, serve},
    sound_query::SoundQuery,
};
use crate::{
    http::{AppState, websocket::Handshake},
    hub::{Delivery, Packetizer, Packets, SharedFrame},
};

/// Most frames of a group: an H.264 decoder holds back 16 at most.
const MAX_GROUP_FRAMES: usize = 17;

/// The address, in a camera's tree.
pub fn routes() -> Router<AppState> {
    Router::new().route("/ws/mp4", get(open))
}

async fn open(request: ViewerRequest, Query(query): Query<SoundQuery>, handshake: Handshake) -> Response {
    let mp4 = |viewer: &Admitted| Mp4 {
        packets: viewer.track().packets(),
        sound: viewer.sound.as_ref().map(|sound| (sound.track().packets(), opus::config())),
        config: None,
        joining: Some(Vec::new()),
        group: Group::default(),
        epoch: viewer.camera().clock().epoch().as_micros(),
    };
    serve("ws/mp4", handshake.echo_subprotocol(), request, query.wanted(false), mp4).await
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
    fn packetize(frame: &Frame) -> Bytes {
        let length = mp4::fragment_len(frame);
        let mut out = BytesMut::with_capacity(MAX_HEADER_BYTES + length);
        websocket::header(&mut out, Opcode::Binary, length);
        mp4::fragment_into(&mut out, frame);
        out.freeze()
    }
}

/// One message a packet of sound.
struct SoundMessage;

impl Packetizer for SoundMessage {
    fn packetize(frame: &Frame) -> Bytes {
        let length = mp4::sound_fragment_len(frame);
        let mut out = BytesMut::with_capacity(MAX_HEADER_BYTES + length);
        websocket::header(&mut out, Opcode::Binary, length);
        mp4::sound_fragment_into(&mut out, frame);
        out.freeze()
    }
}

struct Mp4 {
    packets: Packets<FragmentMessage>,
    /// The sound that its viewer gets, and its configuration.
    sound: Option<(Packets<SoundMessage>, CodecConfig)>,
    config: Option<Arc<CodecConfig>>,
    /// Frames from the cache since the viewer joined or skipped, until the newest one is among them.
    joining: Option<Vec<Arc<SharedFrame>>>,
    group: Group,
    epoch: u64,
}

impl Mp4 {
    /// Sends text and init segment if `config` is another one; whether its frames can be sent.
    fn configure(&mut self, config: &Arc<CodecConfig>, out: &mut Outbox) -> bool {
        if self.config.as_ref().is_some_and(|known| Arc::ptr_eq(known, config)) {
            return true;
        }
        if self.joining.as_ref().is_some_and(|gathered| !gathered.is_empty()) {
            self.end_joining(out);
            self.joining = Some(Vec::new());
        }
        self.group.end(out);
        let sound = self.sound.as_ref().map(|(_, sound)| sound);
        match mp4::init_segment(config, sound) {
            Ok(segment) => {
                let (width, height) = config.size().unwrap_or_default();
                out.json(&Init { mime: mp4::mime(config, sound), width, height, epoch: self.epoch });
                out.binary(&segment);
            }
            Err(error) => {
                tracing::debug!("no init segment: {error}");
                return false;
            }
        }
        self.config = Some(Arc::clone(config));
        true
    }

    /// Sends what was gathered while joining: the past as one fragment, the rest as usual.
    fn end_joining(&mut self, out: &mut Outbox) {
        let gathered = self.joining.take().unwrap_or_default();
        let frames: Vec<&Frame> = gathered.iter().map(|shared| &shared.frame).collect();
        let past = mp4::past_frames(&frames);
        if let ([first, ..], [next, ..]) = (&frames[..past], &frames[past..]) {
            let make = || websocket::binary(&mp4::join_fragment(&frames[..past], &frames[past..]));
            out.framed(self.packets.join_packet(first.sequence..next.sequence, make));
        }
        for shared in gathered.into_iter().skip(past) {
            self.send(shared, out);
        }
    }

    fn send(&mut self, shared: Arc<SharedFrame>, out: &mut Outbox) {
        if shared.frame.config.reorder_depth() == 0 {
            out.framed(self.packets.of(&shared));
        } else {
            self.group.add(shared, out);
        }
    }
}

impl Transport for Mp4 {
    fn begin(&mut self, _: &mut Outbox) {}

    fn deliver(&mut self, delivery: Delivery, out: &mut Outbox) {
        let Delivery::Frame(shared) = delivery else {
            self.joining = Some(Vec::new());
            return self.group.end(out);
        };
        if !self.configure(&shared.frame.config, out) {
            return;
        }
        let newest = shared.is_newest();
        match &mut self.joining {
            Some(gathered) => {
                gathered.push(shared);
                if newest {
                    self.end_joining(out);
                }
            }
            None => self.send(shared, out),
        }
    }

    /// Behind the first init segment, and when the newest picture is there: the player has something to hear it with.
    fn sound(&mut self, shared: &SharedFrame, out: &mut Outbox) {
        if let Some((packets, _)) =
            self.sound.as_ref().filter(|_| self.config.is_some() && self.joining.is_none())
        {
            out.framed(packets.of(shared));
        }
    }
}

/// Frames of a stream with B frames that will be one fragment.
#[derive(Default)]
struct Group(Vec<Arc<SharedFrame>>);

impl Group {
    /// Adds the next frame; one that is shown after the whole group begins another.
    fn add(&mut self, shared: Arc<SharedFrame>, out: &mut Outbox) {
        let is_next = |last: &Arc<SharedFrame>| last.frame.sequence + 1 == shared.frame.sequence;
        let shown_before = |member: &Arc<SharedFrame>| member.frame.pts.ticks > shared.frame.pts.ticks;
        let belongs = self.0.last().is_some_and(is_next) && self.0.iter().any(shown_before);
        if !belongs || self.0.len() >= MAX_GROUP_FRAMES {
            self.end(out);
        }
        self.0.push(shared);
    }

    /// Sends the group, if there is one.
    fn end(&mut self, out: &mut Outbox) {
        if !self.0.is_empty() {
            out.binary(&mp4::group_fragment(self.0.iter().map(|shared| &shared.frame)));
            self.0.clear();
        }
    }
}

//! `ws/nal`: the protocol of h264-live-player (http-live-player, WSAvcPlayer).
//!
//! ```text
//! text {"action":"init","width":W,"height":H}      the player makes its canvas
//!      ◄ text "REQUESTSTREAM "
//! binary: all since the newest keyframe      binary: access unit      binary: access unit …
//!      ◄ text "STOPSTREAM"
//! ```
//! The player decodes one message a repaint and drops all that wait when they are more than ten: so the frames that it
//! needs to join come as one message, and later each access unit as one. It decodes the baseline profile only.

use std::sync::Arc;

use axum::{Router, response::Response, routing::get};
use bytes::{Bytes, BytesMut};
use lenscast_media::{codec::CodecConfig, frame::Frame};
use serde::Serialize;

use super::{
    annexb_messages::AccessUnitMessage,
    baseline_only::{BaselineOnly, RefusalPolicy, WarnedConfigs},
};
use crate::{
    http::{AppState, websocket::Handshake},
    hub::{Delivery, JoinPolicy, Packets, Subscription, Track},
    transport::{
        ViewerRequest,
        admission::{Admitted, Wanted},
        socket::{Flow, Outbox, Transport, serve},
    },
};

/// Most bytes that the player's decoder takes at once; the frames needed to join are several messages if they are more.
const MAX_JOINED_BYTES: usize = 1 << 20;

/// The address, in a camera's tree.
pub fn routes() -> Router<AppState> {
    let warned = WarnedConfigs::default();
    let open = |request: ViewerRequest, handshake: Handshake| open(request, handshake, warned);
    Router::new().route("/ws/nal", get(open))
}

async fn open(request: ViewerRequest, handshake: Handshake, warned: WarnedConfigs) -> Response {
    let player = |viewer: &Admitted| LivePlayer::new(viewer, warned);
    serve("ws/nal", handshake.echo_subprotocol(), request, Wanted::Video, player).await
}

/// The first message, and again when the size of the picture changes.
#[derive(Serialize)]
#[serde(tag = "action", rename = "init")]
struct Init {
    width: u32,
    height: u32,
}

struct LivePlayer {
    track: Arc<Track>,
    packets: Packets<AccessUnitMessage>,
    baseline_only: BaselineOnly,
    config: Option<Arc<CodecConfig>>,
    is_requested: bool,
    joined: Joined,
}

impl LivePlayer {
    fn new(viewer: &Admitted, warned: WarnedConfigs) -> Self {
        let track = Arc::clone(viewer.track());
        Self {
            packets: track.packets(),
            baseline_only: BaselineOnly::new(viewer.camera().name(), RefusalPolicy::Close, warned),
            config: None,
            is_requested: false,
            joined: Joined::default(),
            track,
        }
    }

    fn announce(&mut self, frame: &Frame, out: &mut Outbox) {
        let known = self.config.replace(Arc::clone(&frame.config));
        let size = frame.config.size();
        if known.is_none_or(|known| known.size() != size)
            && let Some((width, height)) = size
        {
            out.json(&Init { width, height });
        }
    }
}

impl Transport for LivePlayer {
    fn begin(&mut self, _: &mut Outbox) {}

    fn deliver(&mut self, delivery: Delivery, out: &mut Outbox) {
        let Delivery::Frame(shared) = delivery else { return self.joined.begin() };
        if !self.baseline_only.allows(&shared.frame) {
            return;
        }
        self.announce(&shared.frame, out);
        if !self.is_requested {
            return;
        }
        if self.joined.is_open {
            let more = self.track.has_newer(shared.frame.sequence);
            self.joined.add(&shared.frame.payload, more, |message| out.binary(&message));
        } else {
            out.framed(self.packets.of(&shared));
        }
    }

    fn text(&mut self, text: &str, subscription: &mut Subscription, _: &mut Outbox) {
        match text.split_whitespace().next() {
            Some("REQUESTSTREAM") if !self.is_requested => {
                self.is_requested = true;
                self.joined.begin();
                subscription.resume();
                subscription.join(JoinPolicy::Newest);
            }
            Some("STOPSTREAM") => self.is_requested = false,
            _ => {}
        }
    }

    fn flow(&mut self) -> Flow {
        match self.baseline_only.flow() {
            // The player waits for the size before it asks for the stream.
            Flow::Continue if !self.is_requested && self.config.is_some() => Flow::Pause,
            flow => flow,
        }
    }
}

/// Gathers the frames from a keyframe to the newest into as few messages as the player's decoder takes.
#[derive(Debug, Default)]
struct Joined {
    is_open: bool,
    bytes: BytesMut,
}

impl Joined {
    fn begin(&mut self) {
        self.is_open = true;
        self.bytes.clear();
    }

    /// Adds an access unit. `more`: the next one is there already; else the join is complete.
    fn add(&mut self, access_unit: &Bytes, more: bool, mut send: impl FnMut(Bytes)) {
        if !self.bytes.is_empty() && self.bytes.len() + access_unit.len() > MAX_JOINED_BYTES {
            send(self.bytes.split().freeze());
        }
        self.bytes.extend_from_slice(access_unit);
        if !more {
            self.is_open = false;
            send(std::mem::take(&mut self.bytes).freeze());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_newcomer_needs_is_one_message_unless_it_is_too_long() {
        let half = MAX_JOINED_BYTES / 2;
        let table: [(&str, &[usize], &[usize]); 4] = [
            ("a keyframe alone", &[100], &[100]),
            ("a GOP", &[100, 20, 30], &[150]),
            ("as long as may be", &[half, half], &[MAX_JOINED_BYTES]),
            ("too long", &[half, half, 1, 9 << 20], &[MAX_JOINED_BYTES, 1, 9 << 20]),
        ];
        for (name, units, expected) in table {
            let mut joined = Joined::default();
            joined.begin();
            let mut sent = Vec::new();
            for (index, length) in units.iter().enumerate() {
                assert!(joined.is_open, "{name}");
                let unit = Bytes::from(vec![0; *length]);
                joined.add(&unit, index + 1 < units.len(), |message| sent.push(message.len()));
            }
            assert!(!joined.is_open, "{name}");
            assert_eq!(sent, expected, "{name}");
        }
    }
}

//! H.264 as WebSocket messages for players that know no time stamps: JMuxer and Broadway.
//!
//! ```text
//! frame ─┬─► one message: 00000001 SPS 00000001 PPS 00000001 slice …      an access unit
//!        ├─► the same, and 00000001 PPS 00000001 PPS                     … with a tail
//!        └─► a message each                                              NAL units
//! ```
//! JMuxer shows a picture when it has parsed the NAL unit behind it, and it parses a NAL unit when the next begins. Two PPS
//! behind an access unit end its last slice and the picture at once, one or two frames earlier than the next access unit
//! would. To the standard they belong to that one (H.264 section 7.4.1.2.3).

use std::time::Duration;

use bytes::{BufMut, Bytes, BytesMut};
use lenscast_media::{
    frame::Frame,
    h264::avcc,
    websocket::{self, MAX_HEADER_BYTES, Opcode},
};

use super::baseline_only::BaselineOnly;
use crate::{
    hub::{Delivery, JoinPolicy, Packetizer, Packets, Subscription},
    transport::socket::{Flow, Outbox, Transport},
};

pub(super) const START_CODE: [u8; 4] = [0, 0, 0, 1];
/// PPS in the tail: the first ends the slice before it, the second ends the first.
const TAIL_UNITS: usize = 2;
/// A player that shows frames at its own pace stays behind live by what it got at once. This much is not noticed.
const NEAR_US: u64 = 100_000;
/// JMuxer checks once a second whether it is more than 500 ms behind live, and jumps to live if so. A burst must be
/// longer than that for certain, or so short that it is not noticed.
const FAR_US: u64 = 600_000;

/// JMuxer drops what comes before the browser has opened its media source, parameter sets included, and then never shows
/// a picture. Pages create it just before they connect.
const MEDIA_SOURCE_OPENS_WITHIN: Duration = Duration::from_millis(150);

/// Where a viewer begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Join {
    /// Where a player without time stamps is live soonest: at a keyframe that the source makes for it, where it can,
    /// else by [`JoinPolicy::Unless`].
    Live,
    /// The same, after the time that a page with JMuxer needs to be ready.
    LiveForPages,
    /// At the newest keyframe.
    Burst,
    /// At the next keyframe.
    Next,
}

impl Join {
    /// The values of `?join=`.
    pub(super) fn parse(text: Option<&str>) -> Result<Option<Self>, String> {
        match text {
            None => Ok(None),
            Some("live") => Ok(Some(Self::Live)),
            Some("burst") => Ok(Some(Self::Burst)),
            Some("next") => Ok(Some(Self::Next)),
            Some(other) => Err(format!(
                "join={other} is not known: it is live (where a player without time stamps is live soonest), burst (at \
                 the newest keyframe, with all frames since) or next (at the next keyframe)\n"
            )),
        }
    }

    fn begin(self, subscription: &mut Subscription) {
        let answered = subscription.track().answers_keyframe_requests();
        let policy = match self {
            Self::Burst => JoinPolicy::Newest,
            Self::Next => JoinPolicy::Next,
            Self::Live | Self::LiveForPages if answered => {
                JoinPolicy::Unless { near_us: NEAR_US, far_us: u64::MAX }
            }
            Self::Live | Self::LiveForPages => JoinPolicy::Unless { near_us: NEAR_US, far_us: FAR_US },
        };
        let at_once = subscription.join(policy);
        if !at_once && answered {
            subscription.request_keyframe();
        }
    }
}

/// One message an access unit.
pub(super) struct AccessUnitMessage;

impl Packetizer for AccessUnitMessage {
    fn packetize(frame: &Frame) -> Bytes {
        websocket::binary(&frame.payload)
    }
}

/// One message an access unit, with a tail.
pub(super) struct TailedMessage;

impl Packetizer for TailedMessage {
    fn packetize(frame: &Frame) -> Bytes {
        let (_, pps) = avcc::parameter_sets(&frame.config.description);
        let Some(pps) = pps.first() else { return AccessUnitMessage::packetize(frame) };
        let length = frame.payload.len() + TAIL_UNITS * (START_CODE.len() + pps.len());
        let mut out = BytesMut::with_capacity(MAX_HEADER_BYTES + length);
        websocket::header(&mut out, Opcode::Binary, length);
        out.put_slice(&frame.payload);
        for _ in 0..TAIL_UNITS {
            out.put_slice(&START_CODE);
            out.put_slice(pps);
        }
        out.freeze()
    }
}

/// One message a NAL unit.
pub(super) struct NalUnitMessages;

impl Packetizer for NalUnitMessages {
    fn packetize(frame: &Frame) -> Bytes {
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

/// Sends the packets of `P`, and nothing else.
pub(super) struct AnnexBStream<P> {
    pub(super) packets: Packets<P>,
    pub(super) join: Join,
    /// For a viewer that decodes the baseline profile only.
    pub(super) baseline_only: Option<BaselineOnly>,
}

impl<P: Packetizer> Transport for AnnexBStream<P> {
    fn joins_after(&self) -> Duration {
        if self.join == Join::LiveForPages { MEDIA_SOURCE_OPENS_WITHIN } else { Duration::ZERO }
    }

    fn join(&mut self, subscription: &mut Subscription) {
        self.join.begin(subscription);
    }

    fn begin(&mut self, _: &mut Outbox) {}

    fn deliver(&mut self, delivery: Delivery, out: &mut Outbox) {
        let Delivery::Frame(shared) = delivery else { return };
        if self.baseline_only.as_mut().is_none_or(|guard| guard.allows(&shared.frame)) {
            out.framed(self.packets.of(&shared));
        }
    }

    fn flow(&mut self) -> Flow {
        self.baseline_only.as_ref().map_or(Flow::Continue, BaselineOnly::flow)
    }
}

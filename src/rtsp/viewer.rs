//! One viewer: what SETUP has agreed on, and what PLAY sends of it.

use std::{sync::Arc, time::Duration};

use bytes::Bytes;
use lenscast_media::{
    frame::Frame,
    rtp::{Payloads, Sender, h264},
    rtsp::{Channels, interleaved_header},
    time::Timestamp,
};
use tokio::time::Instant;

use super::outbox::Outbox;
use crate::{
    access::Grant,
    http::Permit,
    hub::{Camera, Delivery, JoinPolicy, Packetizer, Packets, SharedFrame, Subscription},
};

/// The payload type of H.264 here: the first that is free to choose (RFC 3551 section 6).
pub(super) const PAYLOAD_TYPE: u8 = 96;
/// How often a sender report is sent (RFC 3550 section 6.2).
const REPORT_EVERY: Duration = Duration::from_secs(5);

/// The payloads of a frame, made once for all viewers.
pub(super) struct H264Payloads;

impl Packetizer for H264Payloads {
    fn packetize(frame: &Frame) -> Bytes {
        h264::packetize(frame).into_bytes()
    }
}

/// Random bytes that a viewer needs: for its SSRC, its first sequence number and the name of its session.
const RANDOM_BYTES: usize = 14;

/// A viewer, from DESCRIBE or SETUP on. Dropping it ends its subscription and gives its permit back.
pub(super) struct Viewer {
    /// The session's name.
    pub(super) session: String,
    pub(super) grant: Grant,
    pub(super) camera: Arc<Camera>,
    pub(super) subscription: Subscription,
    pub(super) is_playing: bool,
    packets: Packets<H264Payloads>,
    sender: Sender,
    /// The numbers of RTP and RTCP in the connection, from SETUP on.
    channels: Option<Channels>,
    /// The first frame, which PLAY has taken to say its time.
    first: Option<Arc<SharedFrame>>,
    reported_at: Option<Instant>,
    _permit: Permit,
}

impl Viewer {
    /// A viewer of `subscription`.
    pub(super) fn new(
        (grant, camera): (Grant, Arc<Camera>),
        subscription: Subscription,
        permit: Permit,
        random: [u8; RANDOM_BYTES],
    ) -> Self {
        let [a, b, c, d, e, f, session @ ..] = random;
        let sender = Sender::new(u32::from_be_bytes([a, b, c, d]), PAYLOAD_TYPE, u16::from_be_bytes([e, f]));
        Self {
            session: format!("{:016x}", u64::from_be_bytes(session)),
            grant,
            camera,
            packets: subscription.track().packets(),
            subscription,
            is_playing: false,
            sender,
            channels: None,
            first: None,
            reported_at: None,
            _permit: permit,
        }
    }

    /// Its packets get these numbers in the connection.
    pub(super) const fn set_up(&mut self, channels: Channels) {
        self.channels = Some(channels);
    }

    /// Whether SETUP was asked for.
    pub(super) const fn is_set_up(&self) -> bool {
        self.channels.is_some()
    }

    /// The stream's SSRC.
    pub(super) const fn ssrc(&self) -> u32 {
        self.sender.ssrc()
    }

    /// Begins to play at the newest keyframe: the number of the first packet, and the time of its frame if that is here.
    pub(super) fn play(&mut self) -> (u16, Option<Timestamp>) {
        if !self.is_playing {
            self.subscription.join(JoinPolicy::Newest);
            self.is_playing = true;
            if let Some(Delivery::Frame(shared)) = self.subscription.poll() {
                self.first = Some(shared);
            }
        }
        (self.sender.next_sequence(), self.first.as_ref().map(|shared| shared.frame.pts))
    }

    /// What comes next for it; waits for it. Cancel-safe.
    ///
    /// # Errors
    /// Why the camera is closed.
    pub(super) async fn next(&mut self) -> Result<Delivery, String> {
        let is_playing = self.is_playing;
        let camera = Arc::clone(&self.camera);
        self.subscription
            .wait_for(|subscription| match camera.is_closed() {
                Some(reason) => Some(Err(reason.to_owned())),
                None if is_playing => subscription.poll().map(Ok),
                None => None,
            })
            .await
    }

    /// What comes next for it, if it is there.
    pub(super) fn poll(&mut self) -> Option<Delivery> {
        if !self.is_playing {
            return None;
        }
        self.first.take().map(Delivery::Frame).or_else(|| self.subscription.poll())
    }

    /// Puts a frame into `outbox`, and a report behind it when one is due. Skips need no word: the numbers go on, and the next
    /// frame is a keyframe.
    pub(super) fn deliver(&mut self, delivery: &Delivery, outbox: &mut Outbox, now: Instant) {
        let (Delivery::Frame(shared), Some(Channels { rtp, rtcp })) = (delivery, self.channels) else {
            return;
        };
        let frame = &shared.frame;
        self.sender.begin_frame(frame.pts, frame.captured_at.unwrap_or(frame.received_at));
        let payloads = Payloads::from_bytes(self.packets.of(shared));
        outbox.frame(&payloads, &mut self.sender, rtp);
        if self.reported_at.is_none_or(|at| now.duration_since(at) >= REPORT_EVERY)
            && let Some(report) = self.sender.report(self.camera.clock().now())
        {
            self.reported_at = Some(now);
            outbox.answer([&interleaved_header(rtcp, report.len())[..], &report].concat().into());
        }
    }
}

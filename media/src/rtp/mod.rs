//! RTP (RFC 3550): packets of a stream of frames, and the reports beside them.
//!
//! ```text
//! Frame ─► h264::packetize ─► Payloads, the same for all viewers ─┐
//! Sender: sequence numbers and SSRC of one viewer ─► 12 bytes ────┴─► packet
//!    └─► rtcp: a sender report now and then
//! ```
//! How packets travel is said elsewhere: one a datagram, or interleaved in an RTSP connection ([`crate::rtsp`]).

mod clock;
pub mod h264;
mod payloads;
pub mod rtcp;
mod sender;

pub use self::{
    clock::rtp_time,
    payloads::Payloads,
    sender::{HEADER_BYTES, Sender},
};

/// Most bytes of a payload. With its headers a packet then fits a datagram of IPv6 through WireGuard (1,420 bytes), which is the
/// smallest that is common.
pub const MAX_PAYLOAD_BYTES: usize = 1_360;

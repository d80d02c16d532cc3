//! RTSP 1.0 (RFC 2326) as a server speaks it: requests in, answers out, and what travels between them in the same connection.
//!
//! ```text
//! bytes ─► Reader ─┬─► Request ─► (what answers) ─► Response ─► bytes
//!                  └─► interleaved packet ($, section 10.12)
//! Transport header: how packets are to travel        Sdp: what a camera offers (RFC 8866, RFC 6184 section 8.2.1)
//! ```
//! Which camera an address means, and who may watch it, is said elsewhere.

mod reader;
mod request;
mod response;
mod sdp;
mod target;
mod transport;

pub use self::{
    reader::{Incoming, ReadError, Reader},
    request::{Method, Request},
    response::{Response, Status, interleaved_header},
    sdp::{Offer, describe},
    target::{TRACK, camera_in, path_and_query},
    transport::{Channels, offered},
};

/// Bytes in front of a packet that travels in the connection.
pub const INTERLEAVED_BYTES: usize = 4;

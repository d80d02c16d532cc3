//! The RTSP server (RFC 2326): cameras for players and recorders, at `rtsp://HOST:8554/NAME` and `/` for the first.
//!
//! ```text
//! accept ─► Client ─ requests ─► door: who asks, and for which camera ─► Grant, Camera
//!              ├─ SETUP ─► Viewer: subscription, sequence numbers
//!              └─ PLAY  ─► frame ─► Payloads, shared ─► Outbox: 16 bytes a packet of its own, one write ─► Connection
//! ```
//! The formats are in `media`: messages in `media/src/rtsp/`, packets in `media/src/rtp/`. Packets travel in the connection;
//! other ways are refused (461), and players then ask for this one.

mod client;
mod door;
mod offer;
mod outbox;
mod serve;
mod viewer;

pub(crate) use serve::serve;

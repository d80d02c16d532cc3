//! Fan-out: one publisher, any number of viewers, no queue for any of them.
//!
//! ```text
//! Publisher ─ publish ─► Track { GopCache } ◄─ cursor ─ Subscription ─► Delivery
//!     ▲                      │
//!     └──────── Demand ◄─────┘  number of viewers, requests for a keyframe
//!
//! a camera's tracks: the one its source writes, and renditions that `encode/` makes of it while they are wanted
//! ```
//! A viewer is a cursor into the track's [`gop_cache::GopCache`]. One that falls behind is told how many frames it
//! skipped and goes on at the newest keyframe; nobody else notices. The hub knows no codec: it sees
//! frames, their roles and their sequence numbers.

mod camera;
mod demand;
mod disconnects;
mod encoder_state;
mod fan_out;
mod gop_cache;
mod kind;
mod packets;
mod publisher;
mod rendition_requests;
mod subscription;
mod track;
mod track_publisher;
mod track_status;
mod viewer;

pub use camera::{Camera, CameraState};
pub use demand::{Demand, unwanted_for};
pub use disconnects::{Disconnect, DisconnectReason};
pub use encoder_state::EncoderState;
pub use fan_out::{Follower, Following};
pub use gop_cache::{CacheLimits, JoinPolicy};
pub use kind::{JpegSettings, TrackKind};
pub use packets::{Packetizer, Packets, SharedFrame};
pub use publisher::Publisher;
pub use rendition_requests::{MAX_JPEG_RENDITIONS, RenditionRequest, RenditionRequests, TooManyRenditions};
pub use subscription::{Delivery, Subscription};
pub use track::Track;
pub use track_publisher::TrackPublisher;
pub use track_status::{TrackCounters, TrackStatus};
pub use viewer::{Viewer, ViewerInfo, ViewerStatus};

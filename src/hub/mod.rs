//! Fan-out: one publisher, any number of viewers, no queue for any of them.
//!
//! ```text
//! Publisher ─ publish ─► Track { GopCache } ◄─ cursor ─ Subscription ─► Delivery
//!     ▲                      │
//!     └──────── Demand ◄─────┘  number of viewers, requests for a keyframe
//! ```
//! A viewer is a cursor into the track's [`gop_cache::GopCache`]. One that falls behind is told how many frames it
//! skipped and goes on at the newest keyframe; nobody else notices. The hub knows no codec: it sees
//! frames, their roles and their sequence numbers.

mod camera;
mod demand;
mod gop_cache;
mod packets;
mod publisher;
mod subscription;
mod track;
mod viewer;

pub use camera::{Camera, CameraState};
pub use demand::Demand;
pub use gop_cache::CacheLimits;
pub use packets::{Packetizer, Packets, SharedFrame};
pub use publisher::Publisher;
pub use subscription::{Delivery, Subscription};
pub use track::{Track, TrackCounters, TrackKind, TrackStatus};
pub use viewer::{Viewer, ViewerInfo, ViewerStatus};

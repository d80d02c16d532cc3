//! Fan-out: one publisher, any number of viewers, no queue for any of them.
//!
//! ```text
//! Publisher ─ publish ─► Track { GopCache } ◄─ cursor ─ Subscription ─► Delivery
//!     ▲                      │
//!     └──────── Demand ◄─────┘  number of viewers, requests for a keyframe
//!
//! a camera's tracks: the one its source writes, and renditions that `encode/` makes of it while they are wanted
//! ```
//! A viewer is a cursor into the track's `GopCache`. One that falls behind learns how many frames it
//! skipped and goes on at the newest keyframe; nobody else notices. The hub knows no codec: it sees frames, their roles
//! and their sequence numbers, and compares renditions without reading them.

mod audience;
mod camera;
mod camera_state;
mod catalogue;
mod demand;
mod disconnect_reason;
mod disconnects;
mod encoder_state;
mod fan_out;
mod followers;
mod gop_cache;
mod origins;
mod packets;
mod publisher;
mod reason;
mod requests;
mod retention;
mod setup;
mod sound_publisher;
mod subscription;
mod track;
mod track_publisher;
mod track_status;
mod viewer;

pub use camera::Camera;
pub use camera_state::CameraState;
pub use demand::{Demand, unwanted_for};
pub use disconnect_reason::DisconnectReason;
pub use disconnects::Disconnect;
pub use encoder_state::EncoderState;
pub use fan_out::Following;
pub use followers::Follower;
pub use gop_cache::{CacheLimits, JoinPolicy};
pub use origins::Origins;
pub use packets::{Packetizer, Packets, SharedFrame};
pub use publisher::Publisher;
pub use reason::{Reason, Trouble};
pub use requests::{
    AddressShare, Admission, ExistingRendition, RenditionPolicy, RenditionRefused, RenditionRequest,
};
pub use retention::Retention;
pub use setup::RenditionRequests;
pub use sound_publisher::SoundPublisher;
pub use subscription::{Delivery, Subscription};
pub use track::{AWAITS_KEYFRAME, Track};
pub use track_publisher::TrackPublisher;
pub use track_status::{TrackCounters, TrackStatus};
pub use viewer::{Viewer, ViewerInfo, ViewerStatus};

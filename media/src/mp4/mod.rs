//! Fragmented MP4 of one live video track (ISO/IEC 14496-12, and -15 for H.264 in it).
//!
//! ```text
//! ftyp moov │ moof mdat │ moof mdat │ moof mdat …
//! init segment   fragment: one frame each, a newcomer's first one the GOP so far
//! ```
//! The init segment is made once for each [`CodecConfig`](crate::codec::CodecConfig) and must go to a
//! player again when that changes. A fragment is derived from its frame alone, so every viewer gets
//! equal bytes and may begin at any keyframe. An endless body numbers and times them for itself (`body.rs`).

mod body;
mod fragment;
mod init_segment;
mod join;

pub use body::BodyTimeline;
pub use fragment::{fragment, fragment_into, fragment_len, fragment_with_sets, group_fragment};
pub use init_segment::{Mp4Error, init_segment, mime};
pub use join::{join_fragment, past_frames};

/// Number of the one track in init segment and fragments.
pub const VIDEO_TRACK_ID: u32 = 1;

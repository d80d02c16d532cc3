//! Fragmented MP4 of one live video track (ISO/IEC 14496-12, and -15 for H.264 in it), with or without sound.
//!
//! ```text
//! ftyp moov │ moof mdat │ moof mdat │ moof mdat …
//! init segment   fragment: one frame each, a newcomer's first one the GOP so far
//! ```
//! The init segment is made once for each [`CodecConfig`](crate::codec::CodecConfig) and must go to a
//! player again when that changes. Sound has fragments of its own (`sound.rs`), in any order beside those of the video. A fragment is derived from its frame alone, so every viewer gets
//! equal bytes and may begin at any keyframe. An endless body numbers and times them for itself (`body.rs`).

mod body;
mod error;
mod fragment;
mod init_segment;
mod join;
mod sound;

pub use body::BodyTimeline;
pub use error::Mp4Error;
pub use fragment::{fragment, fragment_into, fragment_len, fragment_with_sets, group_fragment};
pub use init_segment::{init_segment, mime};
pub use join::{join_fragment, past_frames};
pub use sound::{sound_fragment, sound_fragment_into, sound_fragment_len};

/// Number of the video track in init segment and fragments.
pub const VIDEO_TRACK_ID: u32 = 1;
/// Number of the track of sound, where there is one.
pub const SOUND_TRACK_ID: u32 = 2;

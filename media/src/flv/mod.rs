//! Flash video with H.264 (Adobe FLV 10.1, annex E): explicit sizes and time stamps, which is what rpicam-vid on a
//! Raspberry Pi 5 and ffmpeg give by `-f flv`.
//!
//! ```text
//! bytes ─► Demuxer ─► FlvEvent: parameter sets, access units with times
//!            └ header: where a tag can be    tag: what kind it is    units: its NAL units    timeline: its time
//! ```

mod demuxer;
mod header;
mod tag;
mod timeline;
mod units;

pub use demuxer::{Demuxer, FlvEvent};
pub use tag::{FlvError, MAX_TAG_BYTES, OtherVideo};

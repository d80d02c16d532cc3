//! MPEG transport stream (ISO/IEC 13818-1): frames to packets, and packets to frames.
//!
//! ```text
//! Frame ─► Muxer ─► [PAT PMT] PES in packets of 188 bytes
//! bytes ─► PacketReader ─► Demuxer: tables, PES packets with times, as they come
//! ```
//! A stream of ours has one program with one video stream, which also carries the clock.

mod continuity;
mod crc;
mod demuxer;
mod error;
mod muxer;
mod packet;
mod pes;
mod psi;
mod section;
mod tables;

pub use demuxer::{Demuxer, TsEvent};
pub use error::{MpegTsError, OtherStream};
pub use muxer::{Muxer, VideoStream};
pub(crate) use packet::begins_packets;

/// Length of a packet (section 2.4.3.2).
pub const PACKET_BYTES: usize = 188;
/// From packet to packet: bare, with 4 bytes of time in front of each, with 16 for error correction behind each.
pub(crate) const PACKET_DISTANCES: [usize; 3] = [PACKET_BYTES, PACKET_BYTES + 4, PACKET_BYTES + 16];
/// First byte of every packet.
pub const SYNC: u8 = 0x47;
/// PID of the program association table (table 2-3).
const PAT_PID: u16 = 0;
/// Mask of a time: 33 bits of 90 kHz, which wrap after 26.5 hours.
const TIME_MASK: i64 = (1 << 33) - 1;
/// First stream_id of video; its low four bits are a number (table 2-22).
const VIDEO_STREAM_ID: u8 = 0xe0;

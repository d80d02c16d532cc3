//! MPEG-1 video (ISO/IEC 11172-2), as far as a server needs it: where pictures begin and end, what they are, and how the
//! old players want them.
//!
//! ```text
//! sequence header │ group of pictures header │ picture header │ slice … slice │ picture header │ slice …
//! 00 00 01 B3       00 00 01 B8                00 00 01 00      00 00 01 01…AF
//!
//! bytes ───────────────► splitter ─► Picture ─► framer ─► Frame ─► mpegts, or jsmp
//! RawPicture ─► intra encoder ─────► Picture ┘
//! ```
//! What is in a slice that others have made is left to decoders.

pub mod frame_rate;
pub mod framer;
pub mod header;
pub mod intra;
pub mod jsmp;
pub mod splitter;

/// Codec string of MPEG-1 video in frames' configurations (RFC 6381; object type 6A of MPEG-4 systems).
pub const CODEC: &str = "mp4v.6A";

/// Longest picture, its headers included. The players in JavaScript hold 512 KiB; a WebSocket message, a PES packet and
/// what they have not decoded yet must fit in.
pub const MAX_PICTURE_BYTES: usize = 480 << 10;

/// Longest side of a picture: 12 bits of the sequence header, even.
pub const MAX_SIDE: u32 = 4094;

/// Last byte of a start code: what it begins (section 2.4.2.1, table 1).
pub(crate) mod start_code {
    pub(crate) const PICTURE: u8 = 0x00;
    pub(crate) const FIRST_SLICE: u8 = 0x01;
    pub(crate) const LAST_SLICE: u8 = 0xaf;
    pub(crate) const USER: u8 = 0xb2;
    pub(crate) const SEQUENCE: u8 = 0xb3;
    pub(crate) const EXTENSION: u8 = 0xb5;
    pub(crate) const GROUP: u8 = 0xb8;
}

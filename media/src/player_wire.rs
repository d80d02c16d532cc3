//! The player's wire, `lenscast.v1`: the messages of `ws/live` (docs/player-wire.md).
//!
//! ```text
//! 0    1      2     3     4        8        16  24          32          40       48
//! kind|header|track|flags|duration|sequence|pts|captured_at|received_at|ready_at|payload
//! ```
//! Big-endian. The WebSocket frame around a message is not made here.

use bytes::{Buf, BufMut, Bytes};
use serde::{Deserialize, Serialize};

use crate::{
    frame::{Frame, Role},
    pcm::SoundClock,
    pixels::Matrix,
    time::{Moment, Timebase},
};

/// Subprotocol of the WebSocket, and `protocol` of [`ServerMessage::Hello`].
pub const PROTOCOL: &str = "lenscast.v1";
/// Kind byte of a binary message that carries a frame.
pub const KIND_FRAME: u8 = 1;
/// Bytes in front of the payload of a frame message.
pub const FRAME_HEADER_BYTES: usize = 48;

const FLAG_KEY: u8 = 1;
const FLAG_DISPOSABLE: u8 = 1 << 1;
const FLAG_CAPTURED: u8 = 1 << 2;

/// Text messages from the server.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum ServerMessage {
    /// First message of a connection.
    Hello {
        /// [`PROTOCOL`].
        protocol: String,
        /// Name and version of the program.
        server: String,
        /// Name of the camera.
        camera: String,
        /// Tracks of the camera.
        tracks: Vec<TrackEntry>,
    },
    /// What the camera is doing.
    State {
        /// `starting`, `live`, `waiting`, `offline` or `ended`.
        state: StateName,
        /// A sentence for a person, or empty.
        message: String,
        /// Milliseconds until the next try, with `offline`.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        retry_ms: Option<u64>,
    },
    /// What the decoder needs from the next frame on.
    Config {
        /// Number of the track.
        track: u8,
        /// RFC 6381 codec string.
        codec: String,
        /// Pixels across.
        width: u32,
        /// Pixels down.
        height: u32,
        /// Frames that B frames hold back.
        reorder_depth: u32,
        /// What red, green and blue have in luma.
        matrix: Matrix,
        /// Whether black is 0 and white 255, instead of 16 and 235.
        full_range: bool,
        /// Width and height of a pixel, one in the unit of the other: `[1, 1]` is square.
        pixel_aspect: [u32; 2],
        /// Pixels cropped at the left side and at the top.
        crop: [u32; 2],
    },
    /// Frames this viewer did not get.
    Skip {
        /// Number of the track.
        track: u8,
        /// How many.
        frames: u64,
    },
    /// Viewers of this camera.
    Viewers {
        /// How many, over all transports.
        count: usize,
    },
    /// How the sound of the camera is; in `state.json` only, of a camera with sound.
    Sound {
        /// Why there is silence: a sentence for a person, or empty.
        message: String,
        /// Of sound with a clock of its own.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        clock: Option<SoundClock>,
    },
    /// Answer to [`ClientMessage::Clock`].
    Clock {
        /// As the client sent it.
        t0: f64,
        /// Request received, server's clock.
        t1: Moment,
        /// Answer sent, server's clock.
        t2: Moment,
    },
}

/// One track of a camera, as [`ServerMessage::Hello`] lists it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TrackEntry {
    /// Number of the track.
    pub track: u8,
    /// `video`, or `opus`.
    pub kind: String,
}

/// Names of the camera's states on the wire.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StateName {
    /// No frame yet.
    Starting,
    /// Frames are coming.
    Live,
    /// Frames are coming, newcomers wait for a keyframe.
    Waiting,
    /// Failed or ended, tried again later.
    Offline,
    /// Not tried again.
    Ended,
}

/// Text messages from a client. Whatever is not one of these is ignored.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum ClientMessage {
    /// Asks for a keyframe.
    Keyframe {
        /// Number of the track.
        #[serde(default)]
        track: u8,
    },
    /// No frames until `resume`.
    Pause,
    /// Go on at the newest keyframe.
    Resume,
    /// Asks for the server's clock.
    Clock {
        /// Any number; comes back unchanged.
        t0: f64,
    },
}

impl ClientMessage {
    /// Reads a text message; `None` for what this version does not know.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        serde_json::from_str(text).ok()
    }
}

/// Header of a frame message, as [`parse_frame`] reads it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FrameHeader {
    /// Number of the track.
    pub track: u8,
    /// What other frames it is needed for.
    pub role: Role,
    /// Microseconds until the next frame.
    pub duration_us: u32,
    /// Number of the frame in its track.
    pub sequence: u64,
    /// Presentation time in microseconds of media time.
    pub pts_us: i64,
    /// When the picture was taken, where known.
    pub captured_at: Option<Moment>,
    /// When its first byte reached the server.
    pub received_at: Moment,
    /// When it was complete and handed to the viewers.
    pub ready_at: Moment,
}

/// Why a binary message is not a frame of this version.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum WireError {
    /// Fewer bytes than the header says.
    #[error("frame message of {0} bytes is shorter than its header")]
    Short(usize),
    /// Another kind of message; to be ignored.
    #[error("message of kind {0} is not a frame")]
    Kind(u8),
}

/// Writes the 48 bytes in front of the payload of `frame`.
pub fn put_frame_header(out: &mut impl BufMut, track: u8, frame: &Frame) {
    let role = match frame.role {
        Role::Key => FLAG_KEY,
        Role::Reference => 0,
        Role::Disposable => FLAG_DISPOSABLE,
    };
    let captured = if frame.captured_at.is_some() { FLAG_CAPTURED } else { 0 };
    out.put_u8(KIND_FRAME);
    out.put_u8(FRAME_HEADER_BYTES as u8);
    out.put_u8(track);
    out.put_u8(role | captured);
    out.put_u32(duration_us(frame.duration, frame.dts.timebase));
    out.put_u64(frame.sequence);
    out.put_i64(frame.pts.as_micros());
    out.put_u64(frame.captured_at.unwrap_or_default().as_micros());
    out.put_u64(frame.received_at.as_micros());
    out.put_u64(frame.ready_at.as_micros());
}

/// Reads a frame message into its header and payload.
///
/// # Errors
/// When the message is another kind, or shorter than its header.
pub fn parse_frame(mut message: Bytes) -> Result<(FrameHeader, Bytes), WireError> {
    let length = message.len();
    let kind = *message.first().ok_or(WireError::Short(0))?;
    if kind != KIND_FRAME {
        return Err(WireError::Kind(kind));
    }
    let header_bytes = usize::from(*message.get(1).ok_or(WireError::Short(length))?);
    if header_bytes < FRAME_HEADER_BYTES || length < header_bytes {
        return Err(WireError::Short(length));
    }
    let payload = message.split_off(header_bytes);
    message.advance(2);
    let track = message.get_u8();
    let flags = message.get_u8();
    let role = if flags & FLAG_KEY != 0 {
        Role::Key
    } else if flags & FLAG_DISPOSABLE != 0 {
        Role::Disposable
    } else {
        Role::Reference
    };
    let duration_us = message.get_u32();
    let sequence = message.get_u64();
    let pts_us = message.get_i64();
    let captured_at = Moment::from_micros(message.get_u64());
    let header = FrameHeader {
        track,
        role,
        duration_us,
        sequence,
        pts_us,
        captured_at: (flags & FLAG_CAPTURED != 0).then_some(captured_at),
        received_at: Moment::from_micros(message.get_u64()),
        ready_at: Moment::from_micros(message.get_u64()),
    };
    Ok((header, payload))
}

fn duration_us(ticks: u32, timebase: Timebase) -> u32 {
    let micros = u64::from(ticks) * 1_000_000 / u64::from(timebase.ticks_per_second());
    u32::try_from(micros).unwrap_or(u32::MAX)
}

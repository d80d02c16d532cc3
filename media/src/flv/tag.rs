//! What stands in a video tag (Adobe FLV 10.1, sections E.4.3 and E.4.1; ISO/IEC 14496-15 section 5.3.3.1; Enhanced RTMP
//! version 2).
//!
//! ```text
//! frame type:4 codec:4 │ packet type │ composition time:24 │ avcC, or [length │ NAL unit] …
//! 1 frame type:3 packet type:4 │ FourCC │ [composition time:24] │ the same
//! ```

use bytes::{Buf, Bytes};

use super::units::{Configuration, Units, configuration, units};
use crate::h264::nal::NalError;

/// Most bytes of a tag: what its 24-bit size can say.
pub const MAX_TAG_BYTES: usize = (1 << 24) - 1;

const CODEC_AVC: u8 = 7;
const FOURCC_AVC: [u8; 4] = *b"avc1";
/// The first byte's highest bit: a FourCC follows (Enhanced RTMP).
const HAS_FOURCC: u8 = 0x80;
/// The frame type of a command to the player.
const COMMAND: u8 = 5;

/// What is wrong with a stream; what can be played of it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FlvError {
    /// There is no tag where one should be.
    #[error("no FLV tag at byte {offset}; the next one is looked for")]
    NoTag {
        /// Position in the stream.
        offset: u64,
    },
    /// A video tag is shorter than its contents say.
    #[error("the FLV tag at byte {offset} is cut off")]
    CutOff {
        /// Position of the tag in the stream.
        offset: u64,
    },
    /// The parameter sets cannot be read.
    #[error("the FLV tag at byte {offset} has a decoder configuration that cannot be read")]
    Configuration {
        /// Position of the tag in the stream.
        offset: u64,
    },
    /// A tag holds more than its NAL units.
    #[error("the FLV tag at byte {offset} has {bytes} bytes behind its last NAL unit; they are ignored")]
    Rubbish {
        /// Position of the tag in the stream.
        offset: u64,
        /// How many bytes.
        bytes: usize,
    },
    /// A NAL unit cannot be one; the others of its tag are played.
    #[error("{error} in the FLV tag at byte {offset}")]
    Nal {
        /// What is wrong with it.
        error: NalError,
        /// Position of the tag in the stream.
        offset: u64,
    },
    /// A picture goes on in the next tag.
    #[error("a picture goes on in the next FLV tag; from now on only the start of the next picture ends one")]
    PictureGoesOn,
    /// Not H.264.
    #[error("the FLV stream holds {0}; only H.264 is played")]
    OtherVideo(OtherVideo),
}

/// Video that is not H.264, or not in a form that is played.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OtherVideo {
    /// By its number.
    Codec(u8),
    /// By four letters.
    FourCc([u8; 4]),
    /// Several tracks in one tag.
    Multitrack,
}

impl std::fmt::Display for OtherVideo {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Codec(2) => out.write_str("Sorenson H.263 video (ffmpeg: add `-c:v libx264`)"),
            Self::Codec(3 | 6) => out.write_str("screen video"),
            Self::Codec(4 | 5) => out.write_str("VP6 video"),
            Self::Codec(12) | Self::FourCc([b'h', b'v' | b'e', b'c' | b'v', b'1']) => {
                out.write_str("H.265 (HEVC) video")
            }
            Self::FourCc([b'v', b'v', b'c', b'1']) => out.write_str("H.266 (VVC) video"),
            Self::FourCc([b'a', b'v', b'0', b'1']) => out.write_str("AV1 video"),
            Self::FourCc([b'v', b'p', b'0', version @ (b'8' | b'9')]) => {
                write!(out, "VP{} video", char::from(*version))
            }
            Self::Codec(other) => write!(out, "video with the codec number {other}"),
            Self::FourCc(letters) => write!(out, "{} video", letters.escape_ascii()),
            Self::Multitrack => out.write_str("several video tracks in one (Enhanced RTMP multitrack)"),
        }
    }
}

/// A video tag, read.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum VideoTag {
    /// The decoder configuration.
    Configuration(Configuration),
    /// NAL units, in nearly all streams an access unit.
    AccessUnit {
        /// What was found.
        units: Units,
        /// From its decode time to its presentation time.
        composition_ms: i32,
    },
    /// Nothing to play: the end of a sequence, a command.
    Nothing,
}

/// What follows the header of a video tag.
enum Packet {
    Configuration,
    /// NAL units, whether behind their composition time.
    Units {
        has_composition: bool,
    },
    Nothing,
}

/// Reads the body of a video tag at `offset`; `length_bytes` is what the last configuration said.
pub(super) fn video_tag(
    mut body: Bytes,
    length_bytes: Option<usize>,
    offset: u64,
) -> Result<VideoTag, FlvError> {
    let Some(&first) = body.first() else { return Ok(VideoTag::Nothing) };
    let packet = if first & HAS_FOURCC == 0 { legacy(&mut body) } else { enhanced(&mut body) };
    match packet.map_err(|error| error.map_or(FlvError::CutOff { offset }, FlvError::OtherVideo))? {
        Packet::Configuration => {
            configuration(&body).map(VideoTag::Configuration).ok_or(FlvError::Configuration { offset })
        }
        Packet::Units { has_composition } => {
            let composition_ms = if has_composition {
                body.try_get_int(3).map_err(|_| FlvError::CutOff { offset })? as i32
            } else {
                0
            };
            let units = units(&body, length_bytes).ok_or(FlvError::CutOff { offset })?;
            Ok(VideoTag::AccessUnit { units, composition_ms })
        }
        Packet::Nothing => Ok(VideoTag::Nothing),
    }
}

/// Takes the header of a tag as Adobe has it; `None` as an error is a tag that is cut off.
fn legacy(body: &mut Bytes) -> Result<Packet, Option<OtherVideo>> {
    let first = body.get_u8();
    if first >> 4 == COMMAND {
        return Ok(Packet::Nothing);
    }
    if first & 0x0f != CODEC_AVC {
        return Err(Some(OtherVideo::Codec(first & 0x0f)));
    }
    match body.try_get_u8().map_err(|_| None)? {
        0 => {
            body.try_get_int(3).map_err(|_| None)?;
            Ok(Packet::Configuration)
        }
        1 => Ok(Packet::Units { has_composition: true }),
        _ => Ok(Packet::Nothing),
    }
}

/// Takes the header of a tag of Enhanced RTMP.
fn enhanced(body: &mut Bytes) -> Result<Packet, Option<OtherVideo>> {
    const METADATA: u8 = 4;
    const MULTITRACK: u8 = 6;
    const EXTENSION: u8 = 7;
    let first = body.get_u8();
    let mut packet_type = first & 0x0f;
    // Extensions say more about the time stamp than is needed here.
    while packet_type == EXTENSION {
        let mut length = usize::from(body.try_get_u8().map_err(|_| None)?) + 1;
        if length == 256 {
            length = usize::from(body.try_get_u16().map_err(|_| None)?) + 1;
        }
        if length >= body.len() {
            return Err(None);
        }
        body.advance(length);
        packet_type = body.get_u8() & 0x0f;
    }
    if first >> 4 & 7 == COMMAND && packet_type != METADATA {
        return Ok(Packet::Nothing);
    }
    if packet_type == MULTITRACK {
        return Err(Some(OtherVideo::Multitrack));
    }
    let letters = body.try_get_u32().map_err(|_| None)?.to_be_bytes();
    if letters != FOURCC_AVC {
        return Err(Some(OtherVideo::FourCc(letters)));
    }
    Ok(match packet_type {
        0 => Packet::Configuration,
        1 => Packet::Units { has_composition: true },
        3 => Packet::Units { has_composition: false },
        _ => Packet::Nothing,
    })
}

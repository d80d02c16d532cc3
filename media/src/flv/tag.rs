//! What stands in a video tag (Adobe FLV 10.1, sections E.4.3 and E.4.1; ISO/IEC 14496-15 section 5.3.3.1).
//!
//! ```text
//! frame type:4 codec:4 │ packet type │ composition time:24 │ avcC, or [length │ NAL unit] …
//! ```

use bytes::{Buf, Bytes};

use crate::h264::{access_unit::MAX_ACCESS_UNIT_UNITS, nal::NalUnit};

/// Most bytes of a tag: what its 24-bit size can say.
pub const MAX_TAG_BYTES: usize = (1 << 24) - 1;

const CODEC_AVC: u8 = 7;
/// The first byte's highest bit: a FourCC follows (enhanced RTMP).
const HAS_FOURCC: u8 = 0x80;

/// What is wrong with a stream; what can be played of it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FlvError {
    /// There is no tag where one should be.
    #[error("no FLV tag at byte {offset}; the next one is looked for")]
    NoTag {
        /// Position in the stream.
        offset: u64,
    },
    /// A video tag is shorter than what it says it has.
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
    /// Access units before the configuration that says how long their lengths are.
    #[error("the FLV tag at byte {offset} has H.264 before its decoder configuration")]
    NoConfiguration {
        /// Position of the tag in the stream.
        offset: u64,
    },
    /// Not H.264.
    #[error("the FLV stream holds {0}; only H.264 is played")]
    OtherVideo(OtherVideo),
}

/// Video that is not H.264.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OtherVideo {
    /// By its number.
    Codec(u8),
    /// By four letters.
    FourCc([u8; 4]),
}

impl std::fmt::Display for OtherVideo {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Codec(2) => out.write_str("Sorenson H.263 video (ffmpeg: add `-c:v libx264`)"),
            Self::Codec(3 | 6) => out.write_str("screen video"),
            Self::Codec(4 | 5) => out.write_str("VP6 video"),
            Self::Codec(12) | Self::FourCc([b'h', b'v', b'c', b'1']) => out.write_str("H.265 (HEVC) video"),
            Self::Codec(other) => write!(out, "video with the codec number {other}"),
            Self::FourCc(letters) => write!(out, "{} video", letters.escape_ascii()),
        }
    }
}

/// A video tag, read.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum VideoTag {
    /// The decoder configuration.
    Configuration {
        /// Its parameter sets.
        sets: Vec<NalUnit>,
        /// Bytes of the length in front of each NAL unit.
        length_bytes: usize,
    },
    /// An access unit.
    AccessUnit {
        /// Its NAL units.
        units: Vec<NalUnit>,
        /// From its decode time to its presentation time.
        composition_ms: i32,
    },
    /// Nothing to play: the end of a sequence, a command.
    Nothing,
}

/// Reads the body of a video tag at `offset`; `length_bytes` is what the last configuration said.
pub(super) fn video_tag(
    mut body: Bytes,
    length_bytes: Option<usize>,
    offset: u64,
) -> Result<VideoTag, FlvError> {
    const COMMAND: u8 = 5;
    let Some(&first) = body.first() else { return Err(FlvError::CutOff { offset }) };
    if first & HAS_FOURCC != 0 {
        let letters = body.get(1..5).and_then(|letters| letters.try_into().ok());
        return Err(letters.map_or(FlvError::CutOff { offset }, |letters| {
            FlvError::OtherVideo(OtherVideo::FourCc(letters))
        }));
    }
    if first >> 4 == COMMAND {
        return Ok(VideoTag::Nothing);
    }
    if first & 0x0f != CODEC_AVC {
        return Err(FlvError::OtherVideo(OtherVideo::Codec(first & 0x0f)));
    }
    if body.len() < 5 {
        return Err(FlvError::CutOff { offset });
    }
    body.advance(1);
    let packet_type = body.get_u8();
    let composition_ms = body.get_int(3) as i32;
    match packet_type {
        0 => configuration(body).ok_or(FlvError::Configuration { offset }),
        1 => {
            let length_bytes = length_bytes.ok_or(FlvError::NoConfiguration { offset })?;
            let units = nal_units(body, length_bytes).ok_or(FlvError::CutOff { offset })?;
            Ok(VideoTag::AccessUnit { units, composition_ms })
        }
        _ => Ok(VideoTag::Nothing),
    }
}

/// `avcC`: the parameter sets and the length of lengths.
fn configuration(mut body: Bytes) -> Option<VideoTag> {
    if body.len() < 7 || body[0] != 1 {
        return None;
    }
    let length_bytes = usize::from(body[4] & 3) + 1;
    body.advance(5);
    let mut sets = Vec::new();
    for mask in [0x1f, 0xff] {
        let count = body.try_get_u8().ok()? & mask;
        for _ in 0..count {
            let length = usize::from(body.try_get_u16().ok()?);
            let unit = (length <= body.len()).then(|| body.split_to(length))?;
            sets.push(NalUnit::new(unit).ok()?);
        }
    }
    (!sets.is_empty()).then_some(VideoTag::Configuration { sets, length_bytes })
}

/// NAL units behind their lengths; zeros at the end of one are no part of it.
fn nal_units(mut body: Bytes, length_bytes: usize) -> Option<Vec<NalUnit>> {
    let mut units = Vec::new();
    while body.has_remaining() {
        let length = usize::try_from(body.try_get_uint(length_bytes).ok()?).ok()?;
        let mut unit = (length <= body.len()).then(|| body.split_to(length))?;
        unit.truncate(unit.iter().rposition(|byte| *byte != 0).map_or(0, |last| last + 1));
        if unit.is_empty() {
            continue;
        }
        units.push(NalUnit::new(unit).ok()?);
        if units.len() > MAX_ACCESS_UNIT_UNITS {
            return None;
        }
    }
    Some(units)
}

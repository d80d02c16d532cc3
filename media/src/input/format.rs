//! The formats in which video comes, and how the first bytes of an input tell which one it is.

use super::mjpeg::is_motion_jpeg;
use crate::mpegts::{PACKET_BYTES, PACKET_DISTANCES, SYNC, begins_packets};

/// First bytes of Flash video; a version follows.
const FLV_SIGNATURE: &[u8] = b"FLV";
/// Versions of Flash video above this were never made.
const MAX_FLV_VERSION: u8 = 4;
/// Bytes of time in front of each transport packet, where there are some. They may look like a start code.
const TS_TIME_BYTES: usize = 4;
/// After so many bytes without a sign of a container it is taken for bare H.264, which may begin anywhere.
const MAX_HEAD_BYTES: usize = 4 * (PACKET_BYTES + 16);
/// How video comes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// Bare H.264 (Annex B).
    H264,
    /// Flash video with H.264.
    Flv,
    /// MPEG transport stream with H.264.
    MpegTs,
    /// JPEG pictures one after another, bare or as multipart.
    Mjpeg,
}

impl Format {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::H264, Self::Flv, Self::MpegTs, Self::Mjpeg];

    /// Its name in a source.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::H264 => "h264",
            Self::Flv => "flv",
            Self::MpegTs => "mpegts",
            Self::Mjpeg => "mjpeg",
        }
    }

    /// What `head`, the first bytes of a stream, is; `None` while more must come to tell.
    #[must_use]
    pub fn detect(head: &[u8]) -> Option<Self> {
        let begins_flv = head.iter().zip(FLV_SIGNATURE).all(|(byte, sign)| byte == sign)
            && head.get(FLV_SIGNATURE.len()).is_none_or(|version| *version <= MAX_FLV_VERSION);
        // `None` while more must come to tell.
        let begins_ts = |from: usize| {
            let rest = head.get(from..).unwrap_or_default();
            let mut answers = PACKET_DISTANCES.iter().map(|distance| begins_packets(rest, *distance));
            if answers.clone().any(|answer| answer == Some(true)) {
                Some(true)
            } else {
                answers.all(|answer| answer == Some(false)).then_some(false)
            }
        };
        match head {
            _ if begins_flv => (head.len() > FLV_SIGNATURE.len()).then_some(Self::Flv),
            [0, 0, 1, ..] | [0, 0, 0, 1, ..] if head.get(TS_TIME_BYTES) == Some(&SYNC) => {
                begins_ts(TS_TIME_BYTES).map(|is_ts| if is_ts { Self::MpegTs } else { Self::H264 })
            }
            [0, 0, 1, _, ..] | [0, 0, 0, 1, ..] if head.len() > TS_TIME_BYTES => Some(Self::H264),
            [0, 0, 1, ..] | [0, 0, 0, 1, ..] => None,
            _ => Self::detect_by_several_bytes(head),
        }
    }

    /// The same by signs that take several bytes. What is proven by the fewest bytes counts, so that it makes no difference
    /// how many are there already.
    fn detect_by_several_bytes(head: &[u8]) -> Option<Self> {
        let is_mjpeg = |bytes: usize| is_motion_jpeg(&head[..bytes]) == Some(true);
        let packets = [0, TS_TIME_BYTES].iter().filter_map(|from| proof_of_packets(head, *from)).min();
        if let Some(bytes) = packets {
            return Some(if is_mjpeg(bytes - 1) { Self::Mjpeg } else { Self::MpegTs });
        }
        // Or it was joined in the middle of a packet. Only the first bytes count for that.
        let first = &head[..head.len().min(MAX_HEAD_BYTES)];
        if is_mjpeg(first.len()) {
            return Some(Self::Mjpeg);
        }
        let is_whole = first.len() == MAX_HEAD_BYTES;
        if is_whole && (1..first.len()).any(|from| proof_of_packets(first, from).is_some()) {
            return Some(Self::MpegTs);
        }
        match is_motion_jpeg(head) {
            Some(true) => Some(Self::Mjpeg),
            Some(false) if is_whole => Some(Self::H264),
            _ => None,
        }
    }
}

/// How many bytes of `head` it takes to prove that transport packets begin at `from`, if they do.
fn proof_of_packets(head: &[u8], from: usize) -> Option<usize> {
    let rest = head.get(from..)?;
    let proven = PACKET_DISTANCES.iter().filter(|distance| begins_packets(rest, **distance) == Some(true));
    proven.map(|distance| from + 2 * distance + 1).min()
}

impl std::fmt::Display for Format {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str(match self {
            Self::H264 => "H.264 (Annex B)",
            Self::Flv => "Flash video (FLV)",
            Self::MpegTs => "an MPEG transport stream",
            Self::Mjpeg => "motion JPEG",
        })
    }
}

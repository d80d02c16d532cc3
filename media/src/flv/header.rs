//! Headers of the file and of its tags (Adobe FLV 10.1, sections E.2 and E.4.1), and where one can be.
//!
//! ```text
//! "FLV" version flags offset:32      type size:24 time:24+8 stream:24
//! └───────── 9 bytes ─────────┘      └────────── 11 bytes ──────────┘
//! ```

/// The file's header without the size that follows it.
pub(super) const FILE_HEADER_BYTES: usize = 9;
pub(super) const TAG_HEADER_BYTES: usize = 11;
/// The size that stands behind the file's header and behind each tag.
pub(super) const TRAILER_BYTES: usize = 4;
/// What must have come to tell a video tag from other bytes: header, frame type and codec, packet type or FourCC.
pub(super) const PLAUSIBLE_BYTES: usize = TAG_HEADER_BYTES + 5;
const SIGNATURE: &[u8; 3] = b"FLV";
/// Versions above this were never made.
const MAX_VERSION: u8 = 4;
/// Tags may begin this far behind the file's header.
const MAX_DATA_OFFSET: usize = 1024;
/// Most bytes of a tag of an unknown type where nothing but its place says that it is one.
const MAX_UNKNOWN_BYTES: usize = 1 << 20;
const AUDIO: u8 = 8;
pub(super) const VIDEO: u8 = 9;
const SCRIPT: u8 = 18;

/// Whether `bytes`, of which more may come, begin a file.
pub(super) fn begins_file(bytes: &[u8]) -> bool {
    let known = bytes.len().min(SIGNATURE.len());
    bytes[..known] == SIGNATURE[..known] && bytes.get(3).is_none_or(|version| *version <= MAX_VERSION)
}

/// Where the first tag begins behind the file's header in `bytes`; `None` while more must come.
///
/// Nearly always it is at byte 13, whatever the header says: that is only believed where no tag is there.
pub(super) fn first_tag(bytes: &[u8]) -> Option<usize> {
    let usual = FILE_HEADER_BYTES + TRAILER_BYTES;
    let first_type = *bytes.get(usual)?;
    let offset = bytes.get(5..9)?.iter().fold(0, |value, byte| value << 8 | usize::from(*byte));
    let is_known = matches!(first_type, AUDIO | VIDEO | SCRIPT);
    let is_believed = !is_known && (FILE_HEADER_BYTES..=MAX_DATA_OFFSET).contains(&offset);
    Some(if is_believed { offset + TRAILER_BYTES } else { usual })
}

/// The header of a tag.
#[derive(Clone, Copy, Debug)]
pub(super) struct TagHeader {
    pub(super) tag_type: u8,
    pub(super) size: usize,
    pub(super) time_ms: u32,
    stream_id: u32,
}

impl TagHeader {
    /// The header at the front of `bytes`; `None` while it has not all come.
    pub(super) fn read(bytes: &[u8]) -> Option<Self> {
        let [tag_type, s0, s1, s2, t0, t1, t2, t3, i0, i1, i2, ..] = *bytes else { return None };
        Some(Self {
            tag_type,
            size: usize::from(s0) << 16 | usize::from(s1) << 8 | usize::from(s2),
            // The fourth byte extends the time at its top.
            time_ms: u32::from_be_bytes([t3, t0, t1, t2]),
            stream_id: u32::from_be_bytes([0, i0, i1, i2]),
        })
    }
}

/// What is known of a stream's tags, by which others are recognized.
#[derive(Debug, Default)]
pub(super) struct Habits {
    /// Stream ids of the last sound, video, script and other tags; all are 0 by the standard.
    stream_ids: [Option<u32>; 4],
    /// That of video before something was lost.
    last_video: Option<u32>,
    /// The sizes behind tags have been wrong, and tags have followed nevertheless.
    trailers_are_wrong: bool,
}

impl Habits {
    /// `header` is a tag's, whether or not the size in front of it was right.
    pub(super) const fn learn(&mut self, header: TagHeader, trailer_was_right: bool) {
        self.stream_ids[kind(header.tag_type)] = Some(header.stream_id);
        self.trailers_are_wrong |= !trailer_was_right;
    }

    /// Tags are looked for: what is found may have other stream ids.
    pub(super) fn forget_stream_ids(&mut self) {
        let [_, video, ..] = std::mem::take(&mut self.stream_ids);
        self.last_video = video.or(self.last_video);
    }

    /// Whether sizes behind tags say nothing.
    pub(super) const fn are_trailers_wrong(&self) -> bool {
        self.trailers_are_wrong
    }

    /// Whether `header` can be a tag's, where the size in front of it is right or wrong.
    pub(super) fn is_plausible(&self, header: TagHeader, trailer_was_right: bool) -> bool {
        let is_of_stream = match self.stream_ids[kind(header.tag_type)] {
            Some(stream_id) => header.stream_id == stream_id,
            None => {
                trailer_was_right
                    || header.stream_id == 0
                    || self.stream_ids.contains(&Some(header.stream_id))
            }
        };
        let is_known = matches!(header.tag_type, AUDIO | VIDEO | SCRIPT);
        let is_small = header.size <= MAX_UNKNOWN_BYTES;
        is_of_stream && (is_known || is_small && (trailer_was_right || self.trailers_are_wrong))
    }

    /// Whether `bytes`, at least [`PLAUSIBLE_BYTES`], begin a video tag with H.264, while tags are looked for.
    pub(super) fn is_video_tag(&self, bytes: &[u8]) -> bool {
        let Some(header) = TagHeader::read(bytes) else { return false };
        header.tag_type == VIDEO
            && (header.stream_id == 0 || Some(header.stream_id) == self.last_video)
            && header.size >= 5
            && match bytes[TAG_HEADER_BYTES..] {
                [0x17 | 0x27 | 0x37, packet_type, ..] => packet_type <= 2,
                [first, b'a', b'v', b'c', b'1', ..] => matches!(first >> 4, 9..=11),
                _ => false,
            }
    }
}

const fn kind(tag_type: u8) -> usize {
    match tag_type {
        AUDIO => 0,
        VIDEO => 1,
        SCRIPT => 2,
        _ => 3,
    }
}

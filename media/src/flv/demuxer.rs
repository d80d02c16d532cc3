//! The demuxer: bytes to tags (Adobe FLV 10.1, sections E.2 to E.4).
//!
//! ```text
//! "FLV" 1 flags header size │ 0 │ type size:24 time:24+8 stream:24  body │ size of the tag │ type …
//! └─────── 13 bytes ───────────┘ └──────── 11 bytes ─────────────┘
//! ```
//! A tag is given the moment its last byte has come; the size behind it tells whether it was whole. Sound and scripts are passed over without being kept. Where no
//! tag can be, the next header or video tag is looked for, and what is lost is said. What comes out does not depend on
//! how the bytes were cut.

use bytes::{Buf, BytesMut};

use super::tag::{FlvError, VideoTag, video_tag};
use crate::{container_clock::Times, h264::nal::NalUnit, time::Moment};

/// The file's header and the size of no tag.
const HEADER_BYTES: usize = 13;
const SIGNATURE: &[u8; 4] = b"FLV\x01";
const TAG_HEADER_BYTES: usize = 11;
/// The size that stands behind each tag.
const TRAILER_BYTES: usize = 4;
const AUDIO: u8 = 8;
const VIDEO: u8 = 9;
const SCRIPT: u8 = 18;
/// What must have come to tell a video tag from other bytes: header, frame type and codec, packet type.
const PLAUSIBLE_BYTES: usize = TAG_HEADER_BYTES + 2;

/// What comes out of an FLV stream.
#[derive(Debug)]
pub enum FlvEvent {
    /// The parameter sets of the configuration that follows.
    ParameterSets(Vec<NalUnit>),
    /// An access unit.
    AccessUnit {
        /// Its NAL units, in their order.
        units: Vec<NalUnit>,
        /// When it is decoded and shown, in ticks of 90 kHz.
        times: Times,
        /// When the first byte of its tag came.
        received_at: Moment,
    },
    /// Something was left out.
    Trouble(FlvError),
    /// An access unit or more is missing here.
    Lost,
}

/// Takes an FLV stream apart.
#[derive(Debug, Default)]
pub struct Demuxer {
    buffer: BytesMut,
    /// Position in the stream of the first byte of the buffer.
    position: u64,
    state: State,
    length_bytes: Option<usize>,
    /// When the first byte of the buffer came, where a tag begins with it.
    received_at: Moment,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum State {
    /// The file's header comes next.
    #[default]
    Header,
    /// A tag comes next.
    Tag,
    /// The size of the tag before comes next, which has so many bytes, then a tag.
    Trailer(usize),
    /// So many bytes are passed over, then a trailer comes that says the other number.
    Passing(usize, usize),
    /// A header or a video tag is looked for.
    Seeking,
}

impl Demuxer {
    /// A demuxer at the beginning of a stream.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes the next bytes, which came at `received_at`, and gives what they complete.
    pub fn push(&mut self, bytes: &[u8], received_at: Moment, give: &mut impl FnMut(FlvEvent)) {
        if self.buffer.is_empty() {
            self.received_at = received_at;
        }
        self.buffer.extend_from_slice(bytes);
        while self.step(received_at, give) {}
    }

    /// Bytes pushed since the beginning.
    #[must_use]
    pub fn bytes(&self) -> u64 {
        self.position + self.buffer.len() as u64
    }

    /// One step; whether there may be another.
    fn step(&mut self, now: Moment, give: &mut impl FnMut(FlvEvent)) -> bool {
        match self.state {
            State::Header => {
                let known = self.buffer.len().min(SIGNATURE.len());
                if self.buffer[..known] != SIGNATURE[..known] {
                    self.lose(give);
                    return true;
                }
                self.skip(HEADER_BYTES, now).then(|| self.state = State::Tag).is_some()
            }
            State::Trailer(tag_bytes) => {
                let Some(said) = self.buffer.first_chunk().map(|bytes| u32::from_be_bytes(*bytes)) else {
                    return false;
                };
                // Some write nothing there.
                if said != 0 && usize::try_from(said) != Ok(tag_bytes) {
                    self.lose(give);
                    return true;
                }
                self.skip(TRAILER_BYTES, now);
                self.state = State::Tag;
                true
            }
            State::Passing(left, tag_bytes) => {
                let passed = left.min(self.buffer.len());
                self.skip(passed, now);
                let is_passed = passed == left;
                self.state = if is_passed {
                    State::Trailer(tag_bytes)
                } else {
                    State::Passing(left - passed, tag_bytes)
                };
                is_passed
            }
            State::Tag => self.tag(now, give),
            State::Seeking => self.seek(now),
        }
    }

    fn tag(&mut self, now: Moment, give: &mut impl FnMut(FlvEvent)) -> bool {
        let Some(&tag_type) = self.buffer.first() else { return false };
        if !matches!(tag_type, AUDIO | VIDEO | SCRIPT) {
            // Another file may follow without more ado.
            let known = self.buffer.len().min(SIGNATURE.len());
            if self.buffer[..known] == SIGNATURE[..known] {
                self.state = State::Header;
            } else {
                self.lose(give);
            }
            return true;
        }
        if self.buffer.len() < TAG_HEADER_BYTES {
            return false;
        }
        let header = TagHeader::read(&self.buffer);
        if header.stream_id != 0 {
            self.lose(give);
            return true;
        }
        if tag_type != VIDEO {
            self.skip(TAG_HEADER_BYTES, now);
            self.state = State::Passing(header.size, TAG_HEADER_BYTES + header.size);
            return true;
        }
        if self.buffer.len() < TAG_HEADER_BYTES + header.size {
            return false;
        }
        let (offset, received_at) = (self.position, self.received_at);
        let mut tag = self.buffer.split_to(TAG_HEADER_BYTES + header.size).freeze();
        self.position += tag.len() as u64;
        self.received_at = now;
        self.state = State::Trailer(tag.len());
        tag.advance(TAG_HEADER_BYTES);
        match video_tag(tag, self.length_bytes, offset) {
            Ok(VideoTag::Configuration { sets, length_bytes }) => {
                self.length_bytes = Some(length_bytes);
                give(FlvEvent::ParameterSets(sets));
            }
            Ok(VideoTag::AccessUnit { units, composition_ms }) => {
                let dts = i64::from(header.time_ms) * 90;
                let times = Times { pts: dts + i64::from(composition_ms) * 90, dts };
                give(FlvEvent::AccessUnit { units, times, received_at });
            }
            Ok(VideoTag::Nothing) => {}
            Err(error) => {
                give(FlvEvent::Trouble(error));
                give(FlvEvent::Lost);
            }
        }
        true
    }

    /// No tag is where one should be.
    fn lose(&mut self, give: &mut impl FnMut(FlvEvent)) {
        give(FlvEvent::Trouble(FlvError::NoTag { offset: self.position }));
        give(FlvEvent::Lost);
        self.state = State::Seeking;
    }

    /// Looks for a header or for what can be a video tag with H.264; whether it was found.
    fn seek(&mut self, now: Moment) -> bool {
        let last = self.buffer.len().saturating_sub(PLAUSIBLE_BYTES - 1);
        let found = (0..last).find_map(|at| match &self.buffer[at..] {
            head if head.starts_with(SIGNATURE) => Some((at, State::Header)),
            head if is_video_tag(head) => Some((at, State::Tag)),
            _ => None,
        });
        let (passed, state) = found.unwrap_or((last, State::Seeking));
        self.skip(passed, now);
        self.state = state;
        found.is_some()
    }

    /// Drops `count` bytes from the front if there are so many.
    fn skip(&mut self, count: usize, now: Moment) -> bool {
        if self.buffer.len() < count {
            return false;
        }
        self.buffer.advance(count);
        self.position += count as u64;
        self.received_at = now;
        true
    }
}

struct TagHeader {
    size: usize,
    time_ms: u32,
    stream_id: u32,
}

impl TagHeader {
    /// The header at the front of at least [`TAG_HEADER_BYTES`].
    fn read(bytes: &[u8]) -> Self {
        let [_, s0, s1, s2, t0, t1, t2, t3, i0, i1, i2, ..] = *bytes else {
            return Self { size: 0, time_ms: 0, stream_id: u32::MAX };
        };
        Self {
            size: usize::from(s0) << 16 | usize::from(s1) << 8 | usize::from(s2),
            // The fourth byte extends the time at its top.
            time_ms: u32::from_be_bytes([t3, t0, t1, t2]),
            stream_id: u32::from_be_bytes([0, i0, i1, i2]),
        }
    }
}

/// Whether `bytes`, at least [`PLAUSIBLE_BYTES`], begin a video tag with H.264.
fn is_video_tag(bytes: &[u8]) -> bool {
    let header = TagHeader::read(bytes);
    bytes[0] == VIDEO
        && header.stream_id == 0
        && header.size >= 5
        && matches!(bytes[TAG_HEADER_BYTES], 0x17 | 0x27 | 0x37)
        && bytes[TAG_HEADER_BYTES + 1] <= 2
}

//! The demuxer: bytes to tags (Adobe FLV 10.1, sections E.2 to E.4).
//!
//! ```text
//! "FLV" 1 flags header size │ 0 │ type size:24 time:24+8 stream:24  body │ size of the tag │ type …
//! └─────── 13 bytes ───────────┘ └──────── 11 bytes ─────────────┘
//! ```
//! A tag is given the moment its last byte has come. The size behind it is only asked whether it was whole: where it is
//! wrong, a tag that can be one must follow. Sound, scripts and unknown tags are passed over without being kept. Where no
//! tag can be, the next header or video tag is looked for, from the second byte of the last video tag on, and what is
//! lost is said. What comes out does not depend on how the bytes were cut.

use bytes::{Buf, Bytes, BytesMut};

use super::{
    header::{
        Habits, PLAUSIBLE_BYTES, TAG_HEADER_BYTES, TRAILER_BYTES, TagHeader, VIDEO, begins_file, first_tag,
    },
    tag::{FlvError, VideoTag, video_tag},
    timeline::Timeline,
};
use crate::{container_clock::Times, h264::nal::NalUnit, time::Moment};

/// What comes out of an FLV stream.
#[derive(Debug)]
pub enum FlvEvent {
    /// The parameter sets of the configuration that follows.
    ParameterSets(Vec<NalUnit>),
    /// The NAL units of a tag.
    AccessUnit {
        /// In their order.
        units: Vec<NalUnit>,
        /// When they are decoded and shown, in ticks of 90 kHz.
        times: Times,
        /// When the first byte of the tag came.
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
    habits: Habits,
    timeline: Timeline,
    /// The last video tag, while the size behind it has not been read.
    last_tag: Bytes,
    /// Tags in front of this position have been looked through once.
    searched_to: u64,
    /// When the first byte of the buffer came, where a tag begins with it.
    received_at: Moment,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum State {
    /// The file's header comes next.
    #[default]
    Header,
    /// A tag comes next; whether the size in front of it was right.
    Tag(bool),
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

    /// The input ends: says whether the last tag was none.
    pub fn end(&mut self, give: &mut impl FnMut(FlvEvent)) {
        let is_wrong = !self.buffer.is_empty() || !self.habits.are_trailers_wrong();
        if self.state == State::Tag(false) && is_wrong {
            self.lose(give);
            let now = self.received_at;
            while self.step(now, give) {}
        }
        *self = Self { position: self.bytes(), searched_to: self.bytes(), ..Self::default() };
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
                if !begins_file(&self.buffer) {
                    self.lose(give);
                    return true;
                }
                let Some(first) = first_tag(&self.buffer) else { return false };
                self.habits.forget_stream_ids();
                self.skip(first, now).then(|| self.state = State::Tag(true)).is_some()
            }
            State::Trailer(tag_bytes) => {
                let Some(said) = self.buffer.first_chunk().map(|bytes| u32::from_be_bytes(*bytes)) else {
                    return false;
                };
                self.skip(TRAILER_BYTES, now);
                self.state = State::Tag(usize::try_from(said) == Ok(tag_bytes));
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
            State::Tag(is_certain) => self.tag(is_certain, now, give),
            State::Seeking => self.seek(now),
        }
    }

    fn tag(&mut self, is_certain: bool, now: Moment, give: &mut impl FnMut(FlvEvent)) -> bool {
        let Some(header) = TagHeader::read(&self.buffer) else { return false };
        // Another file may follow without more ado.
        if begins_file(&self.buffer) {
            self.state = State::Header;
            return true;
        }
        if !self.habits.is_plausible(header, is_certain) {
            self.lose(give);
            return true;
        }
        self.last_tag.clear();
        if header.tag_type != VIDEO {
            self.habits.learn(header, is_certain);
            self.skip(TAG_HEADER_BYTES, now);
            self.state = State::Passing(header.size, TAG_HEADER_BYTES + header.size);
            return true;
        }
        if self.buffer.len() < TAG_HEADER_BYTES + header.size {
            return false;
        }
        self.habits.learn(header, is_certain);
        let (offset, received_at) = (self.position, self.received_at);
        let tag = self.buffer.split_to(TAG_HEADER_BYTES + header.size).freeze();
        self.position += tag.len() as u64;
        self.received_at = now;
        self.state = State::Trailer(tag.len());
        // No byte is looked through twice.
        if offset >= self.searched_to {
            self.last_tag = tag.clone();
        }
        self.video(tag.slice(TAG_HEADER_BYTES..), header, offset, received_at, give);
        true
    }

    /// Gives what the video tag at `offset` holds.
    fn video(
        &mut self,
        body: Bytes,
        header: TagHeader,
        offset: u64,
        received_at: Moment,
        give: &mut impl FnMut(FlvEvent),
    ) {
        match video_tag(body, self.length_bytes, offset) {
            Ok(VideoTag::Configuration(configuration)) => {
                self.length_bytes = configuration.length_bytes;
                give(FlvEvent::ParameterSets(configuration.sets));
            }
            Ok(VideoTag::AccessUnit { units, composition_ms }) => {
                if let Some(error) = units.malformed {
                    give(FlvEvent::Trouble(FlvError::Nal { error, offset }));
                }
                if units.rubbish > 0 {
                    give(FlvEvent::Trouble(FlvError::Rubbish { offset, bytes: units.rubbish }));
                }
                let dts = self.timeline.extend(header.time_ms) * 90;
                let times = Times { pts: dts + i64::from(composition_ms) * 90, dts };
                give(FlvEvent::AccessUnit { units: units.found, times, received_at });
            }
            Ok(VideoTag::Nothing) => {}
            Err(error) => {
                give(FlvEvent::Trouble(error));
                // Of other video and of a configuration no picture is missing.
                if matches!(error, FlvError::CutOff { .. }) {
                    give(FlvEvent::Lost);
                }
            }
        }
    }

    /// No tag is where one should be: the last one was none, or its size is wrong.
    fn lose(&mut self, give: &mut impl FnMut(FlvEvent)) {
        give(FlvEvent::Trouble(FlvError::NoTag { offset: self.position }));
        give(FlvEvent::Lost);
        self.state = State::Seeking;
        self.habits.forget_stream_ids();
        let last = std::mem::take(&mut self.last_tag);
        if let Some((_, inside)) = last.split_first() {
            self.searched_to = self.position;
            // The size behind it has been dropped; it is no part of any tag.
            let again = [inside, &[0; TRAILER_BYTES], &self.buffer].concat();
            self.position -= (inside.len() + TRAILER_BYTES) as u64;
            self.buffer = again.as_slice().into();
        }
    }

    /// Looks for a header or for what can be a video tag with H.264; whether it was found.
    fn seek(&mut self, now: Moment) -> bool {
        let last = self.buffer.len().saturating_sub(PLAUSIBLE_BYTES - 1);
        let found = (0..last).find_map(|at| match &self.buffer[at..] {
            head if begins_file(head) => Some((at, State::Header)),
            head if self.habits.is_video_tag(head) => Some((at, State::Tag(true))),
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

//! The whole way from a byte stream to frames.
//!
//! ```text
//! push(bytes) ─► Splitter ─► Assembler ─► Framer ◄─ ArrivalClock
//!                                            └─► StreamEvent::Frame, StreamEvent::Trouble
//! ```
//! A picture is known to be complete when the first bytes of the next have come, when the caller says so, or at
//! the end. Which frames come does not depend on how the bytes were cut; their times do, since they are those of
//! arrival.

use super::{
    access_unit::{AccessUnit, AccessUnitError, Assembler},
    annexb::{AnnexBError, SplitUnit, Splitter},
    framer::{Framer, FramerError},
    nal::{NalError, NalUnit},
};
use crate::{
    arrival_clock::ArrivalClock,
    frame::{Frame, Role},
    time::Moment,
};

/// Most troubles given for one push; rubbish can hold one every four bytes. All are counted.
pub const MAX_TROUBLES_A_PUSH: usize = 32;

/// What comes out of a byte stream.
#[derive(Clone, Debug)]
pub enum StreamEvent {
    /// The next frame.
    Frame(Frame),
    /// Something in the stream was left out; what follows is played.
    Trouble(StreamTrouble),
}

/// Why something in the stream was left out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StreamTrouble {
    /// No NAL unit could be found.
    #[error(transparent)]
    Split(#[from] AnnexBError),
    /// Not a NAL unit.
    #[error("{error} at byte {offset}")]
    Nal {
        /// What is wrong with it.
        error: NalError,
        /// Position of its first byte in the stream.
        offset: u64,
    },
    /// No access unit could be made.
    #[error(transparent)]
    AccessUnit(#[from] AccessUnitError),
    /// No frame could be made, or only without one of its parameter sets.
    #[error(transparent)]
    Framer(#[from] FramerError),
}

/// Counters since the beginning of the stream.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct StreamStats {
    /// Bytes pushed.
    pub bytes: u64,
    /// NAL units found.
    pub nal_units: u64,
    /// Access units found.
    pub access_units: u64,
    /// Frames given.
    pub frames: u64,
    /// Access units dropped because no keyframe that can be decoded came before them.
    pub dropped_before_keyframe: u64,
    /// Frames given that are keyframes.
    pub keyframes: u64,
    /// Troubles, given or only counted.
    pub troubles: u64,
    /// Bytes that stand in no NAL unit.
    pub bytes_without_start_code: u64,
}

/// Turns an H.264 byte stream into frames.
#[derive(Debug)]
pub struct H264Stream {
    splitter: Splitter,
    assembler: Assembler,
    framer: Framer,
    clock: ArrivalClock,
    /// When the header byte of the unit came that is not yet complete.
    pending_since: Moment,
    stats: StreamStats,
}

impl H264Stream {
    /// A stream at its beginning, whose frames get their times from `clock`.
    #[must_use]
    pub fn new(clock: ArrivalClock) -> Self {
        Self {
            splitter: Splitter::new(),
            assembler: Assembler::new(),
            framer: Framer::new(),
            clock,
            pending_since: Moment::default(),
            stats: StreamStats::default(),
        }
    }

    /// Takes the next bytes, which came at `received_at`, and appends what they complete to `events`.
    pub fn push(&mut self, bytes: &[u8], received_at: Moment, events: &mut Vec<StreamEvent>) {
        let chunk_begins = self.splitter.position();
        let pending_since = self.pending_since;
        let Self { splitter, assembler, framer, clock, stats, .. } = self;
        let mut rest = Rest { framer, clock, stats, events, now: received_at, troubles: 0 };
        splitter.push(bytes, |split| {
            let is_new = split.as_ref().is_ok_and(|unit| unit.offset >= chunk_begins);
            rest.split(assembler, split, if is_new { received_at } else { pending_since });
        });
        assembler.peek(splitter.pending(), &mut |access_unit| rest.access_unit(access_unit));
        if self.splitter.pending_offset().is_none_or(|offset| offset >= chunk_begins) {
            self.pending_since = received_at;
        }
    }

    /// An outside signal at `now`: what was pushed ends an access unit.
    pub fn complete(&mut self, now: Moment, events: &mut Vec<StreamEvent>) {
        let last = self.splitter.complete();
        self.finish(last, now, events, false);
    }

    /// The input ends at `now`.
    pub fn end(&mut self, now: Moment, events: &mut Vec<StreamEvent>) {
        let last = self.splitter.end();
        self.finish(last, now, events, true);
    }

    /// Counters since the beginning.
    #[must_use]
    pub fn stats(&self) -> StreamStats {
        StreamStats {
            bytes: self.splitter.position(),
            bytes_without_start_code: self.splitter.bytes_without_start_code(),
            dropped_before_keyframe: self.framer.dropped_before_keyframe(),
            ..self.stats
        }
    }

    /// Whether the stream may be interlaced: then two pictures may make one frame, and only the next one tells.
    #[must_use]
    pub fn may_have_fields(&self) -> bool {
        self.assembler.may_have_fields()
    }

    /// The clock, which knows the `dts` of the next frame and the measured rate.
    #[must_use]
    pub const fn clock(&self) -> &ArrivalClock {
        &self.clock
    }

    fn finish(
        &mut self,
        last: Option<Result<SplitUnit, AnnexBError>>,
        now: Moment,
        events: &mut Vec<StreamEvent>,
        is_end: bool,
    ) {
        let Self { assembler, framer, clock, stats, pending_since, .. } = self;
        let mut rest = Rest { framer, clock, stats, events, now, troubles: 0 };
        if let Some(split) = last {
            rest.split(assembler, split, *pending_since);
        }
        let mut give = |access_unit| rest.access_unit(access_unit);
        if is_end {
            assembler.end(&mut give);
        } else {
            assembler.complete(&mut give);
        }
    }
}

/// The stages behind the splitter and the assembler, during one call.
struct Rest<'a> {
    framer: &'a mut Framer,
    clock: &'a mut ArrivalClock,
    stats: &'a mut StreamStats,
    events: &'a mut Vec<StreamEvent>,
    now: Moment,
    troubles: usize,
}

impl Rest<'_> {
    fn split(&mut self, assembler: &mut Assembler, split: Result<SplitUnit, AnnexBError>, since: Moment) {
        match split.map(|unit| (NalUnit::new(unit.bytes), unit.offset)) {
            Ok((Ok(unit), _)) => {
                self.stats.nal_units += 1;
                assembler.push(unit, since, &mut |access_unit| self.access_unit(access_unit));
            }
            Ok((Err(error), offset)) => self.trouble(StreamTrouble::Nal { error, offset }),
            Err(error) => {
                // What was lost may have begun a picture.
                assembler.complete(&mut |access_unit| self.access_unit(access_unit));
                self.trouble(error.into());
            }
        }
    }

    fn access_unit(&mut self, access_unit: Result<AccessUnit, AccessUnitError>) {
        let access_unit = match access_unit {
            Ok(access_unit) => access_unit,
            Err(error) => return self.trouble(error.into()),
        };
        self.stats.access_units += 1;
        let mut troubles = Vec::new();
        let picture = self.framer.picture(&access_unit, |error| troubles.push(error));
        for error in troubles {
            self.trouble(error.into());
        }
        let Some(picture) = picture else { return };
        if let Some(period) = self.framer.frame_period_90k() {
            self.clock.set_period_hint(period);
        }
        let stamp = if picture.is_within_group() {
            self.clock.stamp_within_group(picture.received_at())
        } else {
            self.clock.stamp(picture.received_at())
        };
        self.framer.set_period(self.clock.period_90k());
        let frame = self.framer.frame(picture, stamp, None, self.now);
        self.stats.frames += 1;
        self.stats.keyframes += u64::from(frame.role == Role::Key);
        self.events.push(StreamEvent::Frame(frame));
    }

    fn trouble(&mut self, trouble: StreamTrouble) {
        self.stats.troubles += 1;
        self.troubles += 1;
        if self.troubles <= MAX_TROUBLES_A_PUSH {
            self.events.push(StreamEvent::Trouble(trouble));
        }
    }
}

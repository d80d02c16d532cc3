//! A byte stream to access units.
//!
//! ```text
//! push(bytes) ─► Splitter ─► Assembler ─► UnitEvent
//! ```
//! A picture is known to be complete when the first bytes of the next have come, when the caller says so, or at
//! the end. What is found does not depend on how the bytes were cut.

use std::collections::VecDeque;

use super::event::{FrameBoundary, StreamStats, StreamTrouble, UnitEvent};
use crate::{
    container_clock::Times,
    h264::{
        access_unit::Assembler,
        annexb::{AnnexBError, SplitUnit, Splitter},
        nal::{NalUnit, NalUnitType},
    },
    time::Moment,
};

/// Finds the access units of an H.264 byte stream.
#[derive(Debug, Default)]
pub(super) struct AnnexBUnits {
    splitter: Splitter,
    assembler: Assembler,
    /// When the header byte of the unit came that is not yet complete.
    pending_since: Moment,
    nal_units: u64,
    /// Slices of the last access units.
    slices: VecDeque<usize>,
}

/// Access units whose slices are counted.
const COUNTED: usize = 60;

impl AnnexBUnits {
    /// A stream at its beginning.
    pub(super) fn new() -> Self {
        Self::default()
    }

    /// Takes the next bytes, which came at `received_at`, and appends what they complete to `found`.
    pub(super) fn push(&mut self, bytes: &[u8], received_at: Moment, found: &mut Vec<UnitEvent>) {
        let chunk_begins = self.splitter.position();
        let before = found.len();
        let Self { splitter, assembler, pending_since, nal_units, .. } = self;
        splitter.push(bytes, |split| {
            let is_new = split.as_ref().is_ok_and(|unit| unit.offset >= chunk_begins);
            let since = if is_new { received_at } else { *pending_since };
            *nal_units += take(assembler, split, since, FrameBoundary::NextStartCode, found);
        });
        assembler.peek(splitter.pending(), &mut |unit| {
            found.push(UnitEvent::new(unit, None, FrameBoundary::NextStartCode));
        });
        if self.splitter.pending_offset().is_none_or(|offset| offset >= chunk_begins) {
            self.pending_since = received_at;
        }
        self.count_slices(&found[before..]);
    }

    /// Whether what has come of the open access unit may be all of it: it has as many slices as the last ones, of
    /// which the last may be cut.
    pub(super) fn may_be_whole(&self) -> bool {
        let is_slice = |header: &u8| NalUnitType::from_header(*header).has_slice_header();
        let pending = usize::from(self.splitter.pending().first().is_some_and(is_slice));
        let slices = self.assembler.slices() + pending;
        slices > 0 && self.slices.iter().min().is_none_or(|least| slices >= *least)
    }

    fn count_slices(&mut self, found: &[UnitEvent]) {
        for event in found {
            if let UnitEvent::AccessUnit(unit, ..) = event {
                if self.slices.len() == COUNTED {
                    self.slices.pop_front();
                }
                self.slices.push_back(unit.slices().count());
            }
        }
    }

    /// An outside signal: what was pushed ends an access unit, which has `times` if the signal gave them.
    pub(super) fn complete(&mut self, times: Option<Times>, found: &mut Vec<UnitEvent>) {
        let before = found.len();
        if let Some(split) = self.splitter.complete() {
            self.nal_units +=
                take(&mut self.assembler, split, self.pending_since, FrameBoundary::Signal, found);
        }
        self.assembler.complete(&mut |unit| found.push(UnitEvent::new(unit, times, FrameBoundary::Signal)));
        self.count_slices(&found[before..]);
    }

    /// The input ends.
    pub(super) fn end(&mut self, found: &mut Vec<UnitEvent>) {
        if let Some(split) = self.splitter.end() {
            self.nal_units +=
                take(&mut self.assembler, split, self.pending_since, FrameBoundary::NextStartCode, found);
        }
        self.assembler.end(&mut |unit| found.push(UnitEvent::new(unit, None, FrameBoundary::NextStartCode)));
    }

    /// Counters of bytes and NAL units since the beginning.
    pub(super) fn stats(&self) -> StreamStats {
        StreamStats {
            bytes: self.splitter.position(),
            bytes_without_start_code: self.splitter.bytes_without_start_code(),
            nal_units: self.nal_units,
            ..StreamStats::default()
        }
    }

    /// Whether the stream may be interlaced: then two pictures may make one frame, and only the next one tells.
    pub(super) fn may_have_fields(&self) -> bool {
        self.assembler.may_have_fields()
    }
}

/// One result of the splitter, on its way through the assembler; how many NAL units it was.
fn take(
    assembler: &mut Assembler,
    split: Result<SplitUnit, AnnexBError>,
    since: Moment,
    boundary: FrameBoundary,
    found: &mut Vec<UnitEvent>,
) -> u64 {
    match split.map(|unit| (NalUnit::new(unit.bytes), unit.offset)) {
        Ok((Ok(unit), _)) => {
            assembler.push(unit, since, &mut |unit| found.push(UnitEvent::new(unit, None, boundary)));
            return 1;
        }
        Ok((Err(error), offset)) => found.push(UnitEvent::Trouble(StreamTrouble::Nal { error, offset })),
        Err(error) => {
            // What was lost may have begun a picture.
            assembler.complete(&mut |unit| found.push(UnitEvent::new(unit, None, boundary)));
            found.push(UnitEvent::Trouble(error.into()));
        }
    }
    0
}

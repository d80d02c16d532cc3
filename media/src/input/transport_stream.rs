//! A transport stream to access units.
//!
//! ```text
//! PES packet ─► NAL units ─► Assembler ─► access unit, with the times of the PES packet it began in
//! ```
//! The end of a PES packet ends an access unit, as nearly all muxers have it. A stream that goes on with the same picture
//! in the next one (a slice each, say) is noticed, and from then on only the next picture ends one; so it is with
//! interlaced streams, whose fields may come in a PES packet each.

use super::event::{FrameBoundary, StreamStats, StreamTrouble, UnitEvent};
use crate::{
    container_clock::Times,
    h264::{
        access_unit::Assembler,
        annexb::{AnnexBError, SplitUnit, Splitter},
        nal::NalUnit,
    },
    mpegts::{Demuxer, Pes, PesEnd, TsEvent},
    time::Moment,
};

/// Finds the access units of the H.264 in a transport stream.
#[derive(Debug, Default)]
pub(super) struct TsUnits {
    demuxer: Demuxer,
    units: Units,
    bytes: u64,
}

impl TsUnits {
    /// A stream at its beginning.
    pub(super) fn new() -> Self {
        Self::default()
    }

    /// Takes the next bytes, which came at `received_at`, and appends what they complete to `found`.
    pub(super) fn push(&mut self, bytes: &[u8], received_at: Moment, found: &mut Vec<UnitEvent>) {
        self.bytes += bytes.len() as u64;
        let Self { demuxer, units, .. } = self;
        demuxer.push(bytes, received_at, &mut |event| units.take(event, found));
    }

    /// The input ends.
    pub(super) fn end(&mut self, found: &mut Vec<UnitEvent>) {
        let Self { demuxer, units, .. } = self;
        demuxer.end(&mut |event| units.take(event, found));
        units.end(found);
    }

    /// Counters of bytes and NAL units since the beginning.
    pub(super) fn stats(&self) -> StreamStats {
        StreamStats { bytes: self.bytes, nal_units: self.units.nal_units, ..StreamStats::default() }
    }
}

/// PES packets to access units.
#[derive(Debug, Default)]
struct Units {
    assembler: Assembler,
    /// Times of the access unit that is not given yet.
    times: Option<Times>,
    /// There is a picture in the assembler.
    is_open: bool,
    /// The last access unit was given at the end of its PES packet.
    was_completed: bool,
    /// A picture has gone on in the next PES packet.
    goes_on: bool,
    nal_units: u64,
}

impl Units {
    fn take(&mut self, event: TsEvent, found: &mut Vec<UnitEvent>) {
        match event {
            TsEvent::Pes(pes, times, end) => self.pes(&pes, times, boundary(end), found),
            TsEvent::Trouble(error) => found.push(UnitEvent::Trouble(error.into())),
            TsEvent::Lost => {
                *self = Self { goes_on: self.goes_on, nal_units: self.nal_units, ..Self::default() };
                found.push(UnitEvent::Lost);
            }
        }
    }

    fn pes(&mut self, pes: &Pes, times: Option<Times>, boundary: FrameBoundary, found: &mut Vec<UnitEvent>) {
        let units = nal_units(pes, found);
        self.nal_units += units.len() as u64;
        let first_slice = units.iter().find(|unit| unit.unit_type().has_slice_header());
        if self.was_completed && first_slice.is_some_and(|slice| !slice.is_first_slice()) {
            self.goes_on = true;
            found.push(UnitEvent::Lost);
        }
        self.was_completed = false;
        // The first picture to come is the one from before this PES packet, if there is one.
        let mut of_open = self.is_open.then_some(self.times);
        let mut of_next = times;
        for unit in units {
            let has_slice = unit.unit_type().has_slice_header();
            let is_open = &mut self.is_open;
            self.assembler.push(unit, pes.received_at, &mut |access_unit| {
                *is_open = false;
                let times = of_open.take().unwrap_or_else(|| of_next.take());
                found.push(UnitEvent::new(access_unit, times, FrameBoundary::NextStartCode));
            });
            self.is_open |= has_slice;
        }
        self.times = of_open.unwrap_or(of_next);
        if !self.goes_on && !self.assembler.may_have_fields() {
            let times = self.times.take();
            self.assembler.complete(&mut |access_unit| {
                self.was_completed = true;
                found.push(UnitEvent::new(access_unit, times, boundary));
            });
            self.is_open = false;
        }
    }

    fn end(&mut self, found: &mut Vec<UnitEvent>) {
        let times = self.times.take();
        self.assembler
            .end(&mut |access_unit| found.push(UnitEvent::new(access_unit, times, FrameBoundary::NextPusi)));
        *self = Self { nal_units: self.nal_units, ..Self::default() };
    }
}

/// What said that an access unit is complete that ends with its PES packet.
const fn boundary(end: PesEnd) -> FrameBoundary {
    match end {
        PesEnd::Length => FrameBoundary::PesLength,
        PesEnd::Stuffing => FrameBoundary::Stuffing,
        PesEnd::NextStart => FrameBoundary::NextPusi,
    }
}

fn nal_units(pes: &Pes, found: &mut Vec<UnitEvent>) -> Vec<NalUnit> {
    let mut units = Vec::new();
    let mut splitter = Splitter::new();
    let mut take = |split: Result<SplitUnit, AnnexBError>| match split {
        Ok(split) => match NalUnit::new(split.bytes) {
            Ok(unit) => units.push(unit),
            Err(error) => {
                found.push(UnitEvent::Trouble(StreamTrouble::Nal { error, offset: split.offset }));
            }
        },
        Err(error) => found.push(UnitEvent::Trouble(error.into())),
    };
    splitter.push(&pes.payload, &mut take);
    splitter.end().into_iter().for_each(&mut take);
    units
}

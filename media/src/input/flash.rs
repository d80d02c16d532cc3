//! Flash video to access units: nearly always each tag holds one, with its times.
//!
//! ```text
//! tag ─► NAL units ─► Assembler ─► access unit, with the times of the tag it began in
//! ```
//! The end of a tag ends an access unit. A stream that goes on with the same picture in the next tag (a slice each, say)
//! is noticed, and from then on only the next picture ends one.

use super::event::{FrameBoundary, StreamStats, UnitEvent};
use crate::{
    container_clock::Times,
    flv::{Demuxer, FlvError, FlvEvent},
    h264::{access_unit::Assembler, nal::NalUnit},
    time::Moment,
};

/// Finds the access units of the H.264 in Flash video.
#[derive(Debug, Default)]
pub(super) struct FlashUnits {
    demuxer: Demuxer,
    tags: Tags,
}

impl FlashUnits {
    /// A stream at its beginning.
    pub(super) fn new() -> Self {
        Self::default()
    }

    /// Takes the next bytes, which came at `received_at`, and appends what they complete to `found`.
    pub(super) fn push(&mut self, bytes: &[u8], received_at: Moment, found: &mut Vec<UnitEvent>) {
        let Self { demuxer, tags } = self;
        demuxer.push(bytes, received_at, &mut |event| tags.take(event, found));
    }

    /// The input ends.
    pub(super) fn end(&mut self, found: &mut Vec<UnitEvent>) {
        let Self { demuxer, tags } = self;
        demuxer.end(&mut |event| tags.take(event, found));
        self.tags.complete(FrameBoundary::NextStartCode, found);
        self.tags = Tags { nal_units: self.tags.nal_units, ..Tags::default() };
    }

    /// Counters of bytes and NAL units since the beginning.
    pub(super) fn stats(&self) -> StreamStats {
        StreamStats { bytes: self.demuxer.bytes(), nal_units: self.tags.nal_units, ..StreamStats::default() }
    }
}

/// Tags to access units.
#[derive(Debug, Default)]
struct Tags {
    assembler: Assembler,
    /// Times of the picture in the assembler, if there is one.
    open: Option<Times>,
    /// The last picture was given at the end of its tag.
    was_completed: bool,
    /// A picture has gone on in the next tag.
    goes_on: bool,
    /// A picture has begun since the stream did, or since something was lost: slices belong to one that is whole.
    has_begun: bool,
    nal_units: u64,
}

impl Tags {
    fn take(&mut self, event: FlvEvent, found: &mut Vec<UnitEvent>) {
        match event {
            FlvEvent::ParameterSets(sets) => found.push(UnitEvent::ParameterSets(sets)),
            FlvEvent::AccessUnit { units, times, received_at } => self.tag(units, times, received_at, found),
            FlvEvent::Trouble(error) => found.push(UnitEvent::Trouble(error.into())),
            FlvEvent::Lost => self.lose(found),
        }
    }

    fn tag(&mut self, units: Vec<NalUnit>, times: Times, received_at: Moment, found: &mut Vec<UnitEvent>) {
        self.nal_units += units.len() as u64;
        let first_slice = units.iter().find(|unit| unit.unit_type().has_slice_header());
        let was_completed = std::mem::take(&mut self.was_completed);
        if was_completed && first_slice.is_some_and(|slice| !slice.is_first_slice()) {
            self.goes_on = true;
            found.push(UnitEvent::Trouble(FlvError::PictureGoesOn.into()));
            self.lose(found);
        }
        for unit in units {
            let has_slice = unit.unit_type().has_slice_header();
            self.has_begun |= has_slice && unit.is_first_slice();
            if has_slice && !self.has_begun {
                continue;
            }
            let open = &mut self.open;
            self.assembler.push(unit, received_at, &mut |access_unit| {
                let times = open.take().or(Some(times));
                found.push(UnitEvent::new(access_unit, times, FrameBoundary::NextStartCode));
            });
            if has_slice {
                self.open.get_or_insert(times);
            }
        }
        if !self.goes_on {
            self.complete(FrameBoundary::ContainerSize, found);
        }
    }

    fn complete(&mut self, boundary: FrameBoundary, found: &mut Vec<UnitEvent>) {
        let times = self.open.take();
        self.assembler.complete(&mut |access_unit| {
            self.was_completed = true;
            found.push(UnitEvent::new(access_unit, times, boundary));
        });
    }

    /// Something is missing: what is open has a hole.
    fn lose(&mut self, found: &mut Vec<UnitEvent>) {
        *self = Self { goes_on: self.goes_on, nal_units: self.nal_units, ..Self::default() };
        found.push(UnitEvent::Lost);
    }
}

//! The whole way from a byte stream to frames.
//!
//! ```text
//! push(bytes) ─► AnnexBUnits ─► FrameMaker, with an ArrivalClock ─► StreamEvent::Frame, StreamEvent::Trouble
//! ```
//! Which frames come does not depend on how the bytes were cut; their times do, since they are those of arrival.

use super::units::AnnexBUnits;
pub use crate::input::event::{EndedBy, MAX_TROUBLES_A_PUSH, StreamEvent, StreamStats, StreamTrouble};
use crate::{
    arrival_clock::ArrivalClock,
    input::{event::UnitEvent, frame_maker::FrameMaker},
    time::Moment,
};

/// Turns an H.264 byte stream into frames.
#[derive(Debug)]
pub struct H264Stream {
    units: AnnexBUnits,
    maker: FrameMaker,
    found: Vec<UnitEvent>,
}

impl H264Stream {
    /// A stream at its beginning, whose frames get their times from `clock`.
    #[must_use]
    pub fn new(clock: ArrivalClock) -> Self {
        Self { units: AnnexBUnits::new(), maker: FrameMaker::new(clock), found: Vec::new() }
    }

    /// Takes the next bytes, which came at `received_at`, and appends what they complete to `events`.
    pub fn push(&mut self, bytes: &[u8], received_at: Moment, events: &mut Vec<StreamEvent>) {
        self.units.push(bytes, received_at, &mut self.found);
        self.maker.take(self.found.drain(..), received_at, events);
    }

    /// An outside signal at `now`: what was pushed ends an access unit.
    pub fn complete(&mut self, now: Moment, events: &mut Vec<StreamEvent>) {
        self.units.complete(None, &mut self.found);
        self.maker.take(self.found.drain(..), now, events);
    }

    /// The input ends at `now`.
    pub fn end(&mut self, now: Moment, events: &mut Vec<StreamEvent>) {
        self.units.end(&mut self.found);
        self.maker.take(self.found.drain(..), now, events);
    }

    /// Counters since the beginning.
    #[must_use]
    pub fn stats(&self) -> StreamStats {
        self.units.stats().with_frames(self.maker.stats())
    }

    /// Whether the stream may be interlaced: then two pictures may make one frame, and only the next one tells.
    #[must_use]
    pub fn may_have_fields(&self) -> bool {
        self.units.may_have_fields()
    }

    /// The clock, which knows the `dts` of the next frame and the measured rate.
    #[must_use]
    pub const fn clock(&self) -> &ArrivalClock {
        self.maker.clock()
    }
}

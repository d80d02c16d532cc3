//! Flash video to access units: each tag holds one, with its times.

use super::event::{FrameBoundary, StreamStats, UnitEvent};
use crate::{
    flv::{Demuxer, FlvEvent},
    h264::access_unit::AccessUnit,
    time::Moment,
};

/// Finds the access units of the H.264 in Flash video.
#[derive(Debug, Default)]
pub(super) struct FlashUnits {
    demuxer: Demuxer,
    nal_units: u64,
}

impl FlashUnits {
    /// A stream at its beginning.
    pub(super) fn new() -> Self {
        Self::default()
    }

    /// Takes the next bytes, which came at `received_at`, and appends what they complete to `found`.
    pub(super) fn push(&mut self, bytes: &[u8], received_at: Moment, found: &mut Vec<UnitEvent>) {
        let Self { demuxer, nal_units } = self;
        demuxer.push(bytes, received_at, &mut |event| {
            found.push(match event {
                FlvEvent::ParameterSets(sets) => UnitEvent::ParameterSets(sets),
                FlvEvent::AccessUnit { units, times, received_at } => {
                    *nal_units += units.len() as u64;
                    let mut access_unit = AccessUnit::new(received_at);
                    units.into_iter().for_each(|unit| access_unit.push(unit));
                    UnitEvent::AccessUnit(access_unit, Some(times), FrameBoundary::ContainerSize)
                }
                FlvEvent::Trouble(error) => UnitEvent::Trouble(error.into()),
                FlvEvent::Lost => UnitEvent::Lost,
            });
        });
    }

    /// Counters of bytes and NAL units since the beginning.
    pub(super) fn stats(&self) -> StreamStats {
        StreamStats { bytes: self.demuxer.bytes(), nal_units: self.nal_units, ..StreamStats::default() }
    }
}

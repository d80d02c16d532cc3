//! Random access points: the pictures at which a decoder can begin.
//!
//! ```text
//! IDR picture                  H.264 section 7.4.1.2.4    whole at once; nothing behind it needs what is before it
//! recovery point SEI           D.2.8                      whole after recovery_frame_cnt reference frames
//! picture of I slices only     7.4.3, slice_type          whole at once
//! ```
//! What stands behind a picture of I slices may need what is before it, where the stream has several reference frames. So
//! such a picture counts only in a stream that gives nothing better.

use super::{
    access_unit::AccessUnit,
    nal::NalUnitType,
    sei::recovery_point,
    slice_header::{SliceHeader, SliceType, Structure},
    sps::Sps,
};

/// Pictures after which nothing better than I slices is expected: ten seconds at 30 a second, and more than x264's 250.
const NOTHING_BETTER_FOR: u32 = 300;

/// Why a decoder can begin at a picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum RandomAccess {
    /// IDR picture.
    Idr,
    /// A recovery point, with its recovery_frame_cnt.
    RecoveryPoint(u32),
    /// All its slices are I slices.
    Intra,
}

/// Finds the random access points of a stream.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct RandomAccessFinder {
    /// Pictures since the last one that was better than I slices; `None` before the first.
    since_better: Option<u32>,
}

impl RandomAccessFinder {
    /// Looks at the next picture, whose first slice has `header` and refers to `sps`, where that can be read. Whether
    /// anything before it `can_be_decoded` tells how much is expected of it.
    pub(super) fn next(
        &mut self,
        access_unit: &AccessUnit,
        header: Option<(&SliceHeader, &Sps)>,
        can_be_decoded: bool,
    ) -> Option<RandomAccess> {
        let better = if access_unit.slices().next()?.unit_type() == NalUnitType::Idr {
            Some(RandomAccess::Idr)
        } else {
            let messages = access_unit.units().iter().filter(|unit| unit.unit_type() == NalUnitType::Sei);
            let mut points = messages.filter_map(|unit| recovery_point(unit.bytes()));
            points.next().map(RandomAccess::RecoveryPoint)
        };
        self.since_better = match better {
            Some(_) => Some(0),
            None => self.since_better.map(|count| count.saturating_add(1)),
        };
        better.or_else(|| {
            let (header, sps) = header?;
            let is_enough = !can_be_decoded
                || sps.max_reference_frames <= 1
                || self.since_better.is_none_or(|count| count >= NOTHING_BETTER_FOR);
            (is_enough && is_intra(access_unit, header)).then_some(RandomAccess::Intra)
        })
    }
}

/// Whether all slices of the frame, or of its first field, are I slices.
fn is_intra(access_unit: &AccessUnit, first: &SliceHeader) -> bool {
    let in_first_field = access_unit.slices().enumerate().take_while(|(number, slice)| {
        // The second field begins at its first macroblock again.
        first.structure == Structure::Frame || *number == 0 || !slice.is_first_slice()
    });
    first.slice_type == SliceType::I
        && in_first_field.into_iter().all(|(_, slice)| SliceType::of(slice) == Some(SliceType::I))
}

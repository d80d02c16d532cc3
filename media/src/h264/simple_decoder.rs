//! What a decoder of the baseline profile cannot do, seen from the parameter sets: Broadway, which the classic pages use,
//! is one. It reads no CABAC, B frames, weighted prediction or 8x8 transforms (H.264 section A.2.1), and cannot read the
//! parameter sets of the high profiles at all.
//!
//! ```text
//! avcC ─► SPS, PPS ─► the first tool that is in the way
//! ```
//! Main profile without those tools plays.

use super::{
    avcc::parameter_sets,
    pps::Pps,
    sps::{Sps, has_chroma_fields},
};

/// Why a decoder of the baseline profile cannot decode a stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BeyondBaseline {
    /// One of the profiles from high on.
    #[error("high profile")]
    HighProfile,
    /// entropy_coding_mode_flag.
    #[error("CABAC")]
    Cabac,
    /// transform_8x8_mode_flag.
    #[error("8x8 transforms")]
    Transform8x8,
    /// weighted_pred_flag or weighted_bipred_idc.
    #[error("weighted prediction")]
    WeightedPrediction,
    /// Frames that are shown in another order than they come in.
    #[error("B frames")]
    BFrames,
    /// frame_mbs_only_flag is 0.
    #[error("interlaced pictures")]
    Interlaced,
}

/// The first thing in `record`, an `avcC`, that a decoder of the baseline profile cannot do. Sets that cannot be read are
/// passed over.
#[must_use]
pub fn beyond_baseline(record: &[u8]) -> Option<BeyondBaseline> {
    let (sps_units, pps_units) = parameter_sets(record);
    let of_sps = sps_units.into_iter().filter_map(|unit| Sps::parse(unit).ok()).find_map(|sps| {
        let table = [
            (has_chroma_fields(sps.profile_idc), BeyondBaseline::HighProfile),
            (!sps.frames_only, BeyondBaseline::Interlaced),
            (sps.reorder_depth() > 0, BeyondBaseline::BFrames),
        ];
        first_of(&table)
    });
    let of_pps = pps_units.into_iter().filter_map(|unit| Pps::parse(unit).ok()).find_map(|pps| {
        let table = [
            (pps.is_cabac, BeyondBaseline::Cabac),
            (pps.has_8x8_transform, BeyondBaseline::Transform8x8),
            (pps.is_weighted, BeyondBaseline::WeightedPrediction),
        ];
        first_of(&table)
    });
    of_sps.or(of_pps)
}

fn first_of(table: &[(bool, BeyondBaseline)]) -> Option<BeyondBaseline> {
    table.iter().find(|(found, _)| *found).map(|(_, what)| *what)
}

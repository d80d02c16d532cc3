//! The parameter sets seen last, by their numbers (H.264 section 7.4.1.2.1).
//!
//! ```text
//! SPS 0..31 ◄── PPS 0..255 ◄── slices
//! ```
//! One that cannot be read never replaces one that could. At most 32 + 256 of at most 8 KiB are kept.

use std::collections::BTreeMap;

use bytes::Bytes;

use super::{
    nal::{NalUnit, NalUnitType},
    pps::Pps,
    slice_error::SliceError,
    sps::{ParameterSetError, Sps},
};

/// The last SPS and PPS of each number.
#[derive(Clone, Debug, Default)]
pub struct ParameterSets {
    sps: BTreeMap<u8, (Sps, Bytes)>,
    pps: BTreeMap<u8, (Pps, Bytes)>,
}

impl ParameterSets {
    /// Keeps `unit` when it is an SPS or a PPS; other units are passed over.
    ///
    /// # Errors
    /// When it cannot be read; the one it would have replaced stays.
    pub fn keep(&mut self, unit: &NalUnit) -> Result<(), ParameterSetError> {
        match unit.unit_type() {
            NalUnitType::Sps => {
                if self.sps.values().any(|(_, bytes)| bytes == unit.bytes()) {
                    return Ok(());
                }
                let sps = Sps::parse(unit.bytes())?;
                if !sps.is_whole && self.sps.get(&sps.id).is_some_and(|(before, _)| before.is_whole) {
                    return Err(ParameterSetError::CutOff(NalUnitType::Sps));
                }
                self.sps.insert(sps.id, (sps, own(unit)));
            }
            NalUnitType::Pps => {
                if self.pps.values().any(|(_, bytes)| bytes == unit.bytes()) {
                    return Ok(());
                }
                let pps = Pps::parse(unit.bytes())?;
                if !pps.is_whole && self.pps.get(&pps.id).is_some_and(|(before, _)| before.is_whole) {
                    return Err(ParameterSetError::CutOff(NalUnitType::Pps));
                }
                self.pps.insert(pps.id, (pps, own(unit)));
            }
            _ => {}
        }
        Ok(())
    }

    /// The SPS number `id` and its NAL unit.
    #[must_use]
    pub fn sps(&self, id: u8) -> Option<(&Sps, &Bytes)> {
        self.sps.get(&id).map(|(sps, bytes)| (sps, bytes))
    }

    /// The PPS number `id` and its NAL unit.
    #[must_use]
    pub fn pps(&self, id: u8) -> Option<(&Pps, &Bytes)> {
        self.pps.get(&id).map(|(pps, bytes)| (pps, bytes))
    }

    /// All PPS that need the SPS number `sps_id`, by rising number.
    pub fn pps_of(&self, sps_id: u8) -> impl Iterator<Item = (&Pps, &Bytes)> {
        self.pps.values().filter(move |(pps, _)| pps.sps_id == sps_id).map(|(pps, bytes)| (pps, bytes))
    }

    /// Whether any SPS has fields, so that two pictures may be one frame.
    #[must_use]
    pub fn may_have_fields(&self) -> bool {
        self.sps.values().any(|(sps, _)| !sps.frames_only)
    }

    /// The sets that a slice with this pic_parameter_set_id needs.
    pub(super) fn of_slice(&self, pps_id: u32) -> Result<(&Pps, &Sps), SliceError> {
        let pps = u8::try_from(pps_id).ok().and_then(|id| self.pps(id));
        let (pps, _) = pps.ok_or(SliceError::NoPps(pps_id))?;
        let (sps, _) = self.sps(pps.sps_id).ok_or(SliceError::NoSps(pps.sps_id))?;
        Ok((pps, sps))
    }
}

/// A copy that does not hold on to the buffer the unit came in.
fn own(unit: &NalUnit) -> Bytes {
    Bytes::copy_from_slice(unit.bytes())
}

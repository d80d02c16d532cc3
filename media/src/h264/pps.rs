//! The picture parameter set: the few fields that slice headers need (H.264 section 7.3.2.2).
//!
//! ```text
//! pps id | sps id | entropy coding | bottom_field_pic_order_in_frame_present | …
//! ```

use super::{
    nal::{NalUnitType, rbsp},
    sps::{MAX_PARAMETER_SET_BYTES, ParameterSetError},
};
use crate::bits::{BitError, BitReader};

/// A picture parameter set, as far as this program needs it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pps {
    /// pic_parameter_set_id.
    pub id: u8,
    /// seq_parameter_set_id, 0 to 31.
    pub sps_id: u8,
    /// Whether slices of frames say where the bottom field stands.
    pub bottom_field_order_present: bool,
}

impl Pps {
    /// Reads the NAL unit `unit`, header byte included.
    ///
    /// # Errors
    /// When it ends too early, or names an impossible set.
    pub fn parse(unit: &[u8]) -> Result<Self, ParameterSetError> {
        const BYTES_NEEDED: usize = 16;
        if unit.len() > MAX_PARAMETER_SET_BYTES {
            return Err(ParameterSetError::TooLong(NalUnitType::Pps, unit.len()));
        }
        let payload = rbsp(unit, BYTES_NEEDED);
        let mut bits = BitReader::new(&payload);
        let cut = |error: BitError| ParameterSetError::Bits(NalUnitType::Pps, error);
        let id = bits.ue().map_err(cut)?;
        let sps_id = bits.ue().map_err(cut)?;
        let _entropy_coding_mode = bits.flag().map_err(cut)?;
        let bottom_field_order_present = bits.flag().map_err(cut)?;
        let value = |name, value| ParameterSetError::Value(NalUnitType::Pps, name, value);
        Ok(Self {
            id: u8::try_from(id).map_err(|_| value("pic_parameter_set_id", id))?,
            sps_id: u8::try_from(sps_id)
                .ok()
                .filter(|&id| id <= 31)
                .ok_or_else(|| value("seq_parameter_set_id", sps_id))?,
            bottom_field_order_present,
        })
    }
}

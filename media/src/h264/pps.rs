//! The picture parameter set: the few fields that slice headers need, and the tools that simple decoders lack (H.264
//! section 7.3.2.2).
//!
//! ```text
//! pps id | sps id | entropy coding | bottom field order | [slice groups] | references, weights, quantizers
//!        | [8x8 transform | scaling | chroma quantizer] | stop bit
//! ```
//! The rest is read only to know whether it is all there.

use super::{
    nal::{NalUnitType, rbsp},
    sps::{MAX_PARAMETER_SET_BYTES, ParameterSetError, skip_scaling_list},
};
use crate::bits::{BitError, BitReader};

/// A picture parameter set, as far as this program needs it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pps {
    /// pic_parameter_set_id.
    pub id: u8,
    /// seq_parameter_set_id, 0 to 31.
    pub sps_id: u8,
    /// entropy_coding_mode_flag: CABAC, else CAVLC.
    pub is_cabac: bool,
    /// weighted_pred_flag or weighted_bipred_idc: some prediction is weighted.
    pub is_weighted: bool,
    /// transform_8x8_mode_flag.
    pub has_8x8_transform: bool,
    /// Whether slices of frames say where the bottom field stands.
    pub bottom_field_order_present: bool,
    /// Whether all was read up to the stop bit.
    pub is_whole: bool,
}

impl Pps {
    /// Reads the NAL unit `unit`, header byte included.
    ///
    /// # Errors
    /// When it ends too early, or names an impossible set.
    pub fn parse(unit: &[u8]) -> Result<Self, ParameterSetError> {
        if unit.len() > MAX_PARAMETER_SET_BYTES {
            return Err(ParameterSetError::TooLong(NalUnitType::Pps, unit.len()));
        }
        let payload = rbsp(unit, MAX_PARAMETER_SET_BYTES);
        let mut bits = BitReader::new(&payload);
        let cut = |error: BitError| ParameterSetError::Bits(NalUnitType::Pps, error);
        let id = bits.ue().map_err(cut)?;
        let sps_id = bits.ue().map_err(cut)?;
        let is_cabac = bits.flag().map_err(cut)?;
        let bottom_field_order_present = bits.flag().map_err(cut)?;
        let value = |name, value| ParameterSetError::Value(NalUnitType::Pps, name, value);
        let rest = Rest::read(bits);
        Ok(Self {
            is_cabac,
            is_weighted: rest.is_weighted,
            has_8x8_transform: rest.has_8x8_transform,
            id: u8::try_from(id).map_err(|_| value("pic_parameter_set_id", id))?,
            sps_id: u8::try_from(sps_id)
                .ok()
                .filter(|&id| id <= 31)
                .ok_or_else(|| value("seq_parameter_set_id", sps_id))?,
            bottom_field_order_present,
            is_whole: rest.is_whole,
        })
    }
}

/// What stands from num_slice_groups_minus1 on; all `false` where it is cut off.
#[derive(Default)]
struct Rest {
    is_weighted: bool,
    has_8x8_transform: bool,
    is_whole: bool,
}

impl Rest {
    fn read(mut bits: BitReader<'_>) -> Self {
        let Ok(weighted_prediction) = skip_to_extension(&mut bits) else { return Self::default() };
        let has_extension = !bits.is_at_trailing_bits();
        Self {
            is_weighted: weighted_prediction != 0,
            has_8x8_transform: has_extension && bits.clone().flag().unwrap_or(false),
            is_whole: is_whole(&bits),
        }
    }
}

/// Whether `rest`, from the extension on, is all there.
fn is_whole(rest: &BitReader<'_>) -> bool {
    // The number of scaling lists depends on the SPS, which may not have come: with 4:4:4 there are six.
    let is_whole_with = |lists_8x8| {
        let mut rest = rest.clone();
        rest.is_at_trailing_bits()
            || skip_extension(&mut rest, lists_8x8).is_ok() && rest.is_at_trailing_bits()
    };
    is_whole_with(2) || is_whole_with(6)
}

/// Gives weighted_pred_flag and weighted_bipred_idc, as one number.
fn skip_to_extension(bits: &mut BitReader<'_>) -> Result<u32, BitError> {
    let groups = bits.ue()?;
    if groups > 0 {
        skip_slice_groups(bits, groups)?;
    }
    let _reference_counts = (bits.ue()?, bits.ue()?);
    let weighted_prediction = bits.bits(3)?;
    let _quantizers = (bits.se()?, bits.se()?, bits.se()?);
    let _deblocking_and_intra_and_redundant = bits.bits(3)?;
    Ok(weighted_prediction)
}

fn skip_slice_groups(bits: &mut BitReader<'_>, groups: u32) -> Result<(), BitError> {
    let start = bits.position();
    if groups > 7 {
        return Err(BitError::Golomb(start));
    }
    match bits.ue()? {
        0 => (0..=groups).try_for_each(|_| bits.ue().map(drop)),
        2 => (0..2 * groups).try_for_each(|_| bits.ue().map(drop)),
        3..=5 => bits.flag().and_then(|_| bits.ue().map(drop)),
        6 => {
            let width = 32 - groups.leading_zeros();
            let units = bits.ue()?;
            (0..=units).try_for_each(|_| bits.bits(width).map(drop))
        }
        _ => Ok(()),
    }
}

fn skip_extension(bits: &mut BitReader<'_>, lists_8x8: u32) -> Result<(), BitError> {
    let has_8x8 = bits.flag()?;
    if bits.flag()? {
        for list in 0..6 + if has_8x8 { lists_8x8 } else { 0 } {
            if bits.flag()? {
                skip_scaling_list(bits, if list < 6 { 16 } else { 64 })?;
            }
        }
    }
    bits.se().map(drop)
}

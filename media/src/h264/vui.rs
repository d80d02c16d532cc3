//! Video usability information: the end of an SPS (H.264 section E.1.1).
//!
//! ```text
//! [aspect] [overscan] [video signal] [chroma place] [timing] [HRD] [HRD] pic_struct [reordering]
//! ```
//! Only timing and reordering are kept; the rest is read past.

use crate::bits::{BitError, BitReader};

/// How long a tick of the stream is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Timing {
    /// num_units_in_tick.
    pub units_in_tick: u32,
    /// time_scale: units per second.
    pub time_scale: u32,
    /// fixed_frame_rate_flag.
    pub is_fixed: bool,
}

/// How far frames stand from their place in the order of display.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reordering {
    /// max_num_reorder_frames, at most 16.
    pub max_reorder_frames: u32,
    /// max_dec_frame_buffering.
    pub max_stored_frames: u32,
}

/// Video usability information, as far as this program needs it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Vui {
    /// Where the stream says how fast it is.
    pub timing: Option<Timing>,
    /// Where the stream says how it reorders.
    pub reordering: Option<Reordering>,
}

impl Vui {
    pub(super) fn read(bits: &mut BitReader<'_>) -> Result<Self, BitError> {
        const EXTENDED_SAR: u32 = 255;
        if bits.flag()? && bits.bits(8)? == EXTENDED_SAR {
            bits.bits(32)?;
        }
        if bits.flag()? {
            let _overscan_appropriate = bits.flag()?;
        }
        if bits.flag()? {
            let _video_format_and_range = bits.bits(4)?;
            if bits.flag()? {
                let _colour_description = bits.bits(24)?;
            }
        }
        if bits.flag()? {
            let _chroma_sample_locations = (bits.ue()?, bits.ue()?);
        }
        let timing = if bits.flag()? {
            Some(Timing { units_in_tick: bits.bits(32)?, time_scale: bits.bits(32)?, is_fixed: bits.flag()? })
        } else {
            None
        };
        let nal_hrd = bits.flag()?;
        if nal_hrd {
            skip_hrd(bits)?;
        }
        let vcl_hrd = bits.flag()?;
        if vcl_hrd {
            skip_hrd(bits)?;
        }
        if nal_hrd || vcl_hrd {
            let _low_delay_hrd = bits.flag()?;
        }
        let _pic_struct_present = bits.flag()?;
        let reordering = if bits.flag()? { Some(Reordering::read(bits)?) } else { None };
        Ok(Self { timing, reordering })
    }
}

impl Reordering {
    fn read(bits: &mut BitReader<'_>) -> Result<Self, BitError> {
        let _motion_vectors_over_boundaries = bits.flag()?;
        for _ in 0..4 {
            bits.ue()?;
        }
        let start = bits.position();
        let max_reorder_frames = bits.ue()?;
        let max_stored_frames = bits.ue()?;
        if max_reorder_frames > 16 || max_stored_frames > 16 || max_reorder_frames > max_stored_frames {
            return Err(BitError::Golomb(start));
        }
        Ok(Self { max_reorder_frames, max_stored_frames })
    }
}

fn skip_hrd(bits: &mut BitReader<'_>) -> Result<(), BitError> {
    let start = bits.position();
    let count = bits.ue()?;
    if count > 31 {
        return Err(BitError::Golomb(start));
    }
    let _scales = bits.bits(8)?;
    for _ in 0..=count {
        let _bit_rate_and_buffer_size = (bits.ue()?, bits.ue()?);
        let _is_constant = bits.flag()?;
    }
    let _delay_lengths = bits.bits(20)?;
    Ok(())
}

//! The front of a slice header: which picture it belongs to and where that is shown (H.264 section 7.3.3).
//!
//! ```text
//! first_mb | type | pps id | [plane] | frame_num | [field, bottom] | [idr id] | [POC fields] | …
//! ```
//! What follows (reference lists, weights, marking) is not read.

use super::{
    nal::{NalUnit, NalUnitType, rbsp},
    parameter_sets::ParameterSets,
    pps::Pps,
    slice_error::SliceError,
    sps::{PocType, Sps},
};
use crate::bits::{BitError, BitReader};

/// More than the fields read here can take: 16 codes of at most 63 bits would.
const BYTES_NEEDED: usize = 64;

/// What is coded in a slice (table 7-6).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SliceType {
    /// Predicted from one picture.
    P,
    /// Predicted from two pictures.
    B,
    /// Decodable by itself.
    I,
    /// Switching slices of the extended profile.
    Switching,
}

impl SliceType {
    /// Of the unit `slice`, which needs no parameter sets for that; `None` when it ends too early.
    #[must_use]
    pub fn of(slice: &NalUnit) -> Option<Self> {
        let payload = rbsp(slice.bytes(), BYTES_NEEDED);
        let mut bits = BitReader::new(&payload);
        let _first_macroblock = bits.ue().ok()?;
        Some(Self::from_code(bits.ue().ok()?))
    }

    const fn from_code(code: u32) -> Self {
        match code % 5 {
            0 => Self::P,
            1 => Self::B,
            2 => Self::I,
            _ => Self::Switching,
        }
    }
}

/// Whether a slice is of a frame or of one field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Structure {
    /// Both fields.
    Frame,
    /// The top field only.
    TopField,
    /// The bottom field only.
    BottomField,
}

/// The front of a slice header.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SliceHeader {
    /// first_mb_in_slice.
    pub first_macroblock: u32,
    /// What is coded in it.
    pub slice_type: SliceType,
    /// The PPS it needs.
    pub pps_id: u8,
    /// The SPS that its PPS needs.
    pub sps_id: u8,
    /// nal_ref_idc is not 0.
    pub is_reference: bool,
    /// frame_num.
    pub frame_num: u32,
    /// Whether it is of a frame or of a field.
    pub structure: Structure,
    /// idr_pic_id, of IDR pictures only.
    pub idr_pic_id: Option<u32>,
    /// pic_order_cnt_lsb, with POC type 0.
    pub poc_lsb: u32,
    /// delta_pic_order_cnt_bottom, with POC type 0.
    pub delta_poc_bottom: i32,
    /// delta_pic_order_cnt, with POC type 1.
    pub delta_poc: [i32; 2],
}

impl SliceHeader {
    /// Reads the front of `unit` with the parameter sets it names.
    ///
    /// # Errors
    /// When it is no slice, ends too early, or its parameter sets are not there.
    pub fn parse(unit: &NalUnit, sets: &ParameterSets) -> Result<Self, SliceError> {
        let unit_type = unit.unit_type();
        if !unit_type.has_slice_header() {
            return Err(SliceError::NotASlice(unit_type));
        }
        let payload = rbsp(unit.bytes(), BYTES_NEEDED);
        let mut bits = BitReader::new(&payload);
        let first_macroblock = bits.ue()?;
        let slice_type = SliceType::from_code(bits.ue()?);
        let pps_id = bits.ue()?;
        let (pps, sps) = sets.of_slice(pps_id)?;
        let mut header = Self {
            first_macroblock,
            slice_type,
            pps_id: pps.id,
            sps_id: sps.id,
            is_reference: unit.ref_idc() != 0,
            frame_num: 0,
            structure: Structure::Frame,
            idr_pic_id: None,
            poc_lsb: 0,
            delta_poc_bottom: 0,
            delta_poc: [0; 2],
        };
        header.read_picture(&mut bits, unit_type == NalUnitType::Idr, pps, sps)?;
        Ok(header)
    }

    fn read_picture(
        &mut self,
        bits: &mut BitReader<'_>,
        is_idr: bool,
        pps: &Pps,
        sps: &Sps,
    ) -> Result<(), BitError> {
        if sps.separate_colour_planes {
            let _colour_plane = bits.bits(2)?;
        }
        self.frame_num = bits.bits(sps.frame_num_bits)?;
        if !sps.frames_only && bits.flag()? {
            self.structure = if bits.flag()? { Structure::BottomField } else { Structure::TopField };
        }
        if is_idr {
            self.idr_pic_id = Some(bits.ue()?);
        }
        let has_bottom = pps.bottom_field_order_present && self.structure == Structure::Frame;
        match sps.poc {
            PocType::Lsb { bits: lsb_bits } => {
                self.poc_lsb = bits.bits(lsb_bits)?;
                if has_bottom {
                    self.delta_poc_bottom = bits.se()?;
                }
            }
            PocType::Cycle { always_zero: false, .. } => {
                self.delta_poc[0] = bits.se()?;
                if has_bottom {
                    self.delta_poc[1] = bits.se()?;
                }
            }
            PocType::Cycle { always_zero: true, .. } | PocType::DecodeOrder => {}
        }
        Ok(())
    }
}

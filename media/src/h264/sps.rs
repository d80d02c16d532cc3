//! The sequence parameter set: size, profile, level, order (H.264 sections 7.3.2.1.1 and E.1.1).
//!
//! ```text
//! profile | constraints | level | id | [chroma, depths, scaling] | frame_num | POC | references
//!         | size in macroblocks | cropping | [VUI: … colours … timing … reordering] | stop bit
//! ```
//! A VUI that cannot be read is left out, as decoders do: the picture plays without it.

use super::{
    cropping::Cropping,
    nal::{NalUnitType, rbsp},
    vui::{VideoSignal, Vui},
};
use crate::{
    bits::{BitError, BitReader},
    pixels::{Colours, Matrix, PixelAspect},
};

/// Longest parameter set: all scaling lists and slice groups fit several times.
pub const MAX_PARAMETER_SET_BYTES: usize = 8 << 10;
/// Smallest and largest side of a picture in pixels.
pub const SIDES: std::ops::RangeInclusive<u32> = 16..=8192;

/// Why a parameter set cannot be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ParameterSetError {
    /// Longer than [`MAX_PARAMETER_SET_BYTES`].
    #[error("{0:?} of {1} bytes is too long")]
    TooLong(NalUnitType, usize),
    /// It ends too early, or holds an impossible code.
    #[error("{0:?} {1}")]
    Bits(NalUnitType, BitError),
    /// A field has a value that the standard does not allow.
    #[error("{0:?} has {1} = {2}")]
    Value(NalUnitType, &'static str, u32),
    /// The picture is smaller or larger than this program plays.
    #[error("Sps has a picture of {width}x{height} pixels; from 16x16 to 8192x8192 are played")]
    Size {
        /// Pixels across, after cropping.
        width: u32,
        /// Pixels down, after cropping.
        height: u32,
    },
    /// It has no end and would replace one that has.
    #[error("{0:?} is cut off")]
    CutOff(NalUnitType),
}

/// How the order of pictures is coded (section 8.2.1).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PocType {
    /// Type 0: each slice has the low bits.
    Lsb {
        /// How many low bits, 4 to 16.
        bits: u32,
    },
    /// Type 1: a cycle of offsets, corrected in each slice.
    Cycle {
        /// delta_pic_order_always_zero_flag: no slice has a correction.
        always_zero: bool,
        /// offset_for_non_ref_pic.
        non_reference: i32,
        /// offset_for_top_to_bottom_field.
        top_to_bottom: i32,
        /// offset_for_ref_frame, at most 255 of them.
        references: Vec<i32>,
    },
    /// Type 2: pictures come in the order in which they are shown.
    DecodeOrder,
}

/// A sequence parameter set, as far as this program needs it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sps {
    /// seq_parameter_set_id, 0 to 31.
    pub id: u8,
    /// profile_idc: 66 baseline, 77 main, 100 high …
    pub profile_idc: u8,
    /// The constraint flags, constraint_set0_flag in the highest bit.
    pub constraints: u8,
    /// level_idc: ten times the level.
    pub level_idc: u8,
    /// chroma_format_idc: 1 is 4:2:0.
    pub chroma_format_idc: u8,
    /// separate_colour_plane_flag: slices name their plane.
    pub separate_colour_planes: bool,
    /// Bits of a luma sample.
    pub bit_depth_luma: u8,
    /// Bits of a chroma sample.
    pub bit_depth_chroma: u8,
    /// Bits of frame_num in a slice header, 4 to 16.
    pub frame_num_bits: u32,
    /// How the order of pictures is coded.
    pub poc: PocType,
    /// max_num_ref_frames.
    pub max_reference_frames: u32,
    /// Macroblocks across.
    pub width_macroblocks: u32,
    /// Macroblocks down, of a frame.
    pub height_macroblocks: u32,
    /// frame_mbs_only_flag: there are no fields.
    pub frames_only: bool,
    /// Pixels across, after cropping.
    pub width: u32,
    /// Pixels down, after cropping.
    pub height: u32,
    /// Pixels cropped at the left side and at the top; the rest is cropped at the right side and at the bottom.
    pub crop_origin: (u32, u32),
    /// Video usability information, where it can be read.
    pub vui: Option<Vui>,
    /// The bit of the payload, without emulation prevention, where a restriction of reordering can be written in: that of
    /// vui_parameters_present_flag or bitstream_restriction_flag, when it is 0.
    pub(super) open_end: Option<OpenEnd>,
    /// The bit of the payload, without emulation prevention, that is gaps_in_frame_num_value_allowed_flag.
    pub(super) gaps_flag_at: usize,
    /// Whether all was read up to the stop bit.
    pub is_whole: bool,
}

/// Where an SPS says nothing about reordering.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum OpenEnd {
    /// At this bit: vui_parameters_present_flag is 0.
    NoVui(usize),
    /// At this bit: bitstream_restriction_flag is 0.
    NoRestriction(usize),
}

impl Sps {
    /// Reads the NAL unit `unit`, header byte included.
    ///
    /// # Errors
    /// When it cannot be used to decode or to describe a picture.
    pub fn parse(unit: &[u8]) -> Result<Self, ParameterSetError> {
        if unit.len() > MAX_PARAMETER_SET_BYTES {
            return Err(ParameterSetError::TooLong(NalUnitType::Sps, unit.len()));
        }
        let payload = rbsp(unit, MAX_PARAMETER_SET_BYTES);
        let mut bits = BitReader::new(&payload);
        Self::read(&mut bits)
    }

    fn read(bits: &mut BitReader<'_>) -> Result<Self, ParameterSetError> {
        let profile_idc = bits.byte()?;
        let constraints = bits.byte()?;
        let level_idc = bits.byte()?;
        let id = at_most("seq_parameter_set_id", bits.ue()?, 31)?;
        let format = Format::read(bits, profile_idc)?;
        let frame_num_bits = 4 + at_most_wide("log2_max_frame_num_minus4", bits.ue()?, 12)?;
        let poc = PocType::read(bits)?;
        let max_reference_frames = at_most_wide("max_num_ref_frames", bits.ue()?, 16)?;
        let gaps_flag_at = bits.position();
        let _gaps_in_frame_num_allowed = bits.flag()?;
        let width_macroblocks =
            1 + at_most_wide("pic_width_in_mbs_minus1", bits.ue()?, SIDES.end() / 16 - 1)?;
        let map_units = 1 + at_most_wide("pic_height_in_map_units_minus1", bits.ue()?, SIDES.end() / 16 - 1)?;
        let frames_only = bits.flag()?;
        let height_macroblocks = map_units * if frames_only { 1 } else { 2 };
        if !frames_only {
            let _mb_adaptive_frame_field = bits.flag()?;
        }
        let _direct_8x8_inference = bits.flag()?;
        let crop = format.cropping(bits, frames_only)?;
        let width = (width_macroblocks * 16).saturating_sub(crop.across());
        let height = (height_macroblocks * 16).saturating_sub(crop.down());
        if !SIDES.contains(&width) || !SIDES.contains(&height) {
            return Err(ParameterSetError::Size { width, height });
        }
        let mut vui = None;
        let mut is_whole = true;
        let mut open_end = Some(OpenEnd::NoVui(bits.position()));
        if bits.flag()? {
            vui = Vui::read(bits).ok();
            is_whole = vui.is_some();
            open_end = vui
                .filter(|vui| vui.reordering.is_none())
                .map(|_| OpenEnd::NoRestriction(bits.position() - 1));
        }
        is_whole = is_whole && bits.is_at_trailing_bits();
        Ok(Self {
            id,
            profile_idc,
            constraints,
            level_idc,
            chroma_format_idc: format.chroma_format_idc,
            separate_colour_planes: format.separate_colour_planes,
            bit_depth_luma: format.bit_depth_luma,
            bit_depth_chroma: format.bit_depth_chroma,
            frame_num_bits,
            poc,
            max_reference_frames,
            width_macroblocks,
            height_macroblocks,
            frames_only,
            width,
            height,
            crop_origin: (crop.left, crop.top),
            vui,
            open_end,
            gaps_flag_at,
            is_whole,
        })
    }

    /// RFC 6381 codec string, such as `avc1.42c01f`.
    #[must_use]
    pub fn codec_string(&self) -> String {
        format!("avc1.{:02x}{:02x}{:02x}", self.profile_idc, self.constraints, self.level_idc)
    }

    /// Ticks of 90 kHz from one frame to the next, where the VUI says so and it is from 0.1 to 1000 per second.
    #[must_use]
    pub fn frame_period_90k(&self) -> Option<u32> {
        let timing = self.vui.as_ref()?.timing?;
        // A tick of the stream is a field (table E-6).
        let ticks =
            (2 * 90_000 * u64::from(timing.units_in_tick)).checked_div(u64::from(timing.time_scale))?;
        u32::try_from(ticks).ok().filter(|ticks| (90..=900_000).contains(ticks))
    }

    /// What its samples mean, or are taken for where it does not say: by `hint`, the matrix that its source is known to
    /// mean, or by a guess.
    #[must_use]
    pub fn colours(&self, hint: Option<Matrix>) -> Colours {
        VideoSignal::colours(self.vui.and_then(|vui| vui.signal), hint)
    }

    /// The shape of a pixel.
    #[must_use]
    pub fn pixel_aspect(&self) -> PixelAspect {
        self.vui.map_or(PixelAspect::SQUARE, |vui| vui.pixel_aspect)
    }

    /// Whether it leaves open how many frames are reordered, so that decoders assume the most that the level allows.
    #[must_use]
    pub fn leaves_reordering_open(&self) -> bool {
        self.vui.as_ref().and_then(|vui| vui.reordering).is_none() && self.reorder_depth() > 0
    }

    /// How many frames a decoder holds back to put them in order.
    ///
    /// Where the stream does not say, it is what decoders assume: none for streams that cannot reorder, else as
    /// many as the level lets them store (section E.2.1, max_num_reorder_frames).
    #[must_use]
    pub fn reorder_depth(&self) -> u32 {
        if let Some(reordering) = self.vui.as_ref().and_then(|vui| vui.reordering) {
            return reordering.max_reorder_frames;
        }
        let intra_only =
            matches!(self.profile_idc, 44 | 86 | 100 | 110 | 122 | 244) && self.constraints & 0x10 != 0;
        if self.poc == PocType::DecodeOrder || self.profile_idc == 66 || intra_only {
            return 0;
        }
        self.max_stored_frames()
    }

    /// MaxDpbFrames (section A.3.1, table A-1).
    fn max_stored_frames(&self) -> u32 {
        let is_1b =
            self.level_idc == 11 && matches!(self.profile_idc, 66 | 77 | 88) && self.constraints & 0x10 != 0;
        let max_macroblocks = match self.level_idc {
            0..=10 => 396,
            11 if is_1b => 396,
            11 => 900,
            12..=20 => 2_376,
            21 => 4_752,
            22..=30 => 8_100,
            31 => 18_000,
            32 => 20_480,
            33..=41 => 32_768,
            42 => 34_816,
            43..=50 => 110_400,
            51..=52 => 184_320,
            _ => 696_320,
        };
        (max_macroblocks / (self.width_macroblocks * self.height_macroblocks)).clamp(1, 16)
    }
}

impl PocType {
    fn read(bits: &mut BitReader<'_>) -> Result<Self, ParameterSetError> {
        match bits.ue()? {
            0 => {
                let bits = 4 + at_most_wide("log2_max_pic_order_cnt_lsb_minus4", bits.ue()?, 12)?;
                Ok(Self::Lsb { bits })
            }
            1 => {
                let always_zero = bits.flag()?;
                let non_reference = bits.se()?;
                let top_to_bottom = bits.se()?;
                let count = at_most_wide("num_ref_frames_in_pic_order_cnt_cycle", bits.ue()?, 255)?;
                let references = (0..count).map(|_| bits.se()).collect::<Result<_, _>>()?;
                Ok(Self::Cycle { always_zero, non_reference, top_to_bottom, references })
            }
            2 => Ok(Self::DecodeOrder),
            other => Err(ParameterSetError::Value(NalUnitType::Sps, "pic_order_cnt_type", other)),
        }
    }
}

struct Format {
    chroma_format_idc: u8,
    separate_colour_planes: bool,
    bit_depth_luma: u8,
    bit_depth_chroma: u8,
}

impl Format {
    fn read(bits: &mut BitReader<'_>, profile_idc: u8) -> Result<Self, ParameterSetError> {
        let mut format = Self {
            chroma_format_idc: 1,
            separate_colour_planes: false,
            bit_depth_luma: 8,
            bit_depth_chroma: 8,
        };
        if !has_chroma_fields(profile_idc) {
            return Ok(format);
        }
        format.chroma_format_idc = at_most("chroma_format_idc", bits.ue()?, 3)?;
        format.separate_colour_planes = format.chroma_format_idc == 3 && bits.flag()?;
        format.bit_depth_luma = 8 + at_most("bit_depth_luma_minus8", bits.ue()?, 6)?;
        format.bit_depth_chroma = 8 + at_most("bit_depth_chroma_minus8", bits.ue()?, 6)?;
        let _lossless_bypass = bits.flag()?;
        if bits.flag()? {
            let lists = if format.chroma_format_idc == 3 { 12 } else { 8 };
            for list in 0..lists {
                if bits.flag()? {
                    skip_scaling_list(bits, if list < 6 { 16 } else { 64 })?;
                }
            }
        }
        Ok(format)
    }

    /// Pixels cropped at each side (section 7.4.2.1.1, frame_crop_left_offset).
    fn cropping(&self, bits: &mut BitReader<'_>, frames_only: bool) -> Result<Cropping, ParameterSetError> {
        if !bits.flag()? {
            return Ok(Cropping::default());
        }
        let subsampled = !self.separate_colour_planes;
        let unit_across = if subsampled && matches!(self.chroma_format_idc, 1 | 2) { 2 } else { 1 };
        let unit_down = if subsampled && self.chroma_format_idc == 1 { 2 } else { 1 };
        let unit_down = if frames_only { unit_down } else { 2 * unit_down };
        let mut pixels = |unit: u32| Ok::<_, BitError>(bits.ue()?.saturating_mul(unit));
        let (left, right) = (pixels(unit_across)?, pixels(unit_across)?);
        let (top, bottom) = (pixels(unit_down)?, pixels(unit_down)?);
        Ok(Cropping { left, right, top, bottom })
    }
}

/// Whether an SPS of this profile, and a decoder configuration record, have the chroma fields.
#[must_use]
pub const fn has_chroma_fields(profile_idc: u8) -> bool {
    matches!(profile_idc, 100 | 110 | 122 | 244 | 44 | 83 | 86 | 118 | 128 | 138 | 139 | 134 | 135)
}

pub(super) fn skip_scaling_list(bits: &mut BitReader<'_>, size: u32) -> Result<(), BitError> {
    let mut last = 8i32;
    let mut next = 8i32;
    for _ in 0..size {
        if next != 0 {
            next = last.wrapping_add(bits.se()?).rem_euclid(256);
        }
        if next != 0 {
            last = next;
        }
    }
    Ok(())
}

fn at_most_wide(name: &'static str, value: u32, most: u32) -> Result<u32, ParameterSetError> {
    if value <= most { Ok(value) } else { Err(ParameterSetError::Value(NalUnitType::Sps, name, value)) }
}

fn at_most(name: &'static str, value: u32, most: u8) -> Result<u8, ParameterSetError> {
    let refused = ParameterSetError::Value(NalUnitType::Sps, name, value);
    u8::try_from(value).ok().filter(|&value| value <= most).ok_or(refused)
}

impl From<BitError> for ParameterSetError {
    fn from(error: BitError) -> Self {
        Self::Bits(NalUnitType::Sps, error)
    }
}

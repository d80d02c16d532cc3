//! Video usability information: the end of an SPS (H.264 section E.1.1).
//!
//! ```text
//! [aspect] [overscan] [video signal] [chroma place] [timing] [HRD] [HRD] pic_struct [reordering]
//! ```
//! Pixel aspect, video signal, timing and reordering are kept; the rest is read past.

use crate::{
    bits::{BitError, BitReader},
    pixels::{Colours, Matrix, PixelAspect},
};

/// aspect_ratio_idc 1 to 16 (table E-1).
const PIXEL_ASPECTS: [(u32, u32); 16] = [
    (1, 1),
    (12, 11),
    (10, 11),
    (16, 11),
    (40, 33),
    (24, 11),
    (20, 11),
    (32, 11),
    (80, 33),
    (18, 11),
    (15, 11),
    (64, 33),
    (160, 99),
    (4, 3),
    (3, 2),
    (2, 1),
];
/// aspect_ratio_idc that is followed by width and height of a pixel.
const EXTENDED_SAR: u32 = 255;

/// What the samples mean (section E.2.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct VideoSignal {
    /// video_full_range_flag: black is 0 and white 255.
    pub is_full_range: bool,
    /// matrix_coefficients (table E-5), where there is a colour description.
    pub matrix_coefficients: Option<u8>,
}

impl VideoSignal {
    /// The colours of a stream that says `signal`, or nothing.
    ///
    /// Streams that do not name a matrix are taken for what Chromium takes them for, whatever their size: BT.709, or
    /// BT.601 in full range, as cameras with JPEG inside mean it. SMPTE 240M and FCC go with their neighbours.
    /// `hint` is the matrix of a source that is known to name none.
    #[must_use]
    pub fn colours(signal: Option<Self>, hint: Option<Matrix>) -> Colours {
        let is_full_range = signal.is_some_and(|signal| signal.is_full_range);
        let matrix = match signal.and_then(|signal| signal.matrix_coefficients) {
            Some(1 | 7) => Matrix::Bt709,
            Some(4..=6) => Matrix::Bt601,
            Some(9 | 10) => Matrix::Bt2020,
            _ => hint.unwrap_or(if is_full_range { Matrix::Bt601 } else { Matrix::Bt709 }),
        };
        Colours { is_full_range, matrix }
    }
}

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
    /// The shape of a pixel; square where the stream does not say.
    pub pixel_aspect: PixelAspect,
    /// Where the stream says what its samples mean.
    pub signal: Option<VideoSignal>,
    /// Where the stream says how fast it is.
    pub timing: Option<Timing>,
    /// Where the stream says how it reorders.
    pub reordering: Option<Reordering>,
}

impl Vui {
    pub(super) fn read(bits: &mut BitReader<'_>) -> Result<Self, BitError> {
        let pixel_aspect = if bits.flag()? { read_pixel_aspect(bits)? } else { PixelAspect::SQUARE };
        if bits.flag()? {
            let _overscan_appropriate = bits.flag()?;
        }
        let signal = if bits.flag()? { Some(VideoSignal::read(bits)?) } else { None };
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
        Ok(Self { pixel_aspect, signal, timing, reordering })
    }
}

impl VideoSignal {
    fn read(bits: &mut BitReader<'_>) -> Result<Self, BitError> {
        let _video_format = bits.bits(3)?;
        let is_full_range = bits.flag()?;
        let mut matrix_coefficients = None;
        if bits.flag()? {
            let _primaries_and_transfer = bits.bits(16)?;
            matrix_coefficients = u8::try_from(bits.bits(8)?).ok();
        }
        Ok(Self { is_full_range, matrix_coefficients })
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

fn read_pixel_aspect(bits: &mut BitReader<'_>) -> Result<PixelAspect, BitError> {
    let (width, height) = match bits.bits(8)? {
        EXTENDED_SAR => (bits.bits(16)?, bits.bits(16)?),
        idc => {
            let row = usize::try_from(idc).ok().and_then(|idc| idc.checked_sub(1));
            row.and_then(|row| PIXEL_ASPECTS.get(row)).copied().unwrap_or((0, 0))
        }
    };
    Ok(PixelAspect::new(width, height))
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

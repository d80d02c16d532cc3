//! An encoder of intra pictures: each by itself, fast and plain.
//!
//! ```text
//! B3 sequence │ B8 group │ 00 picture │ 01 slice │ 02 slice …           a slice a row of macroblocks
//!
//! macroblock: 16x16 of luma, 8x8 of each chroma ─► 6 blocks ─► transform ─► quantiser ─► codes
//! ```
//! It makes what a player needs until an encoder with motion compensation is there. Every picture is a keyframe with
//! all headers (sections 2.4.2.3 to 2.4.2.8), the standard's own matrix and one quantiser scale, which follows a budget of bytes.

mod codes;
mod transform;

use bytes::Bytes;

use self::{
    codes::{MAX_LEVEL, Plane, put_coefficient, put_dc, put_end_of_block},
    transform::{Block, SIDE, Transform},
};
use super::{
    MAX_PICTURE_BYTES,
    frame_rate::FrameRate,
    header::{PictureCoding, SequenceHeader},
    splitter::Picture,
    start_code,
};
use crate::{
    bit_writer::BitWriter,
    picture::{RawPicture, Size},
};

/// Side of a macroblock.
const MACROBLOCK: usize = 2 * SIDE;
/// Parts of a second in which pictures may have the bits of a second, since each has to stand alone.
const BUDGETS_PER_SECOND: u64 = 8;
/// Scales of the quantiser; 1 would cost much and show nothing.
const SCALES: std::ops::RangeInclusive<usize> = 2..=31;
/// A scale that does for most pictures.
const FIRST_SCALE: usize = 8;
/// What is added to a coefficient before it is rounded down.
const ROUNDING: f32 = 0.4;
/// DC value before the first block of a slice.
const FIRST_DC: i32 = 128;

/// Coefficients in the order of their codes, and the standard's matrix for intra blocks in that order (section 2.4.3.2).
#[rustfmt::skip]
const ZIGZAG: [u8; SIDE * SIDE] = [
     0,  1,  8, 16,  9,  2,  3, 10, 17, 24, 32, 25, 18, 11,  4,  5,
    12, 19, 26, 33, 40, 48, 41, 34, 27, 20, 13,  6,  7, 14, 21, 28,
    35, 42, 49, 56, 57, 50, 43, 36, 29, 22, 15, 23, 30, 37, 44, 51,
    58, 59, 52, 45, 38, 31, 39, 46, 53, 60, 61, 54, 47, 55, 62, 63,
];
#[rustfmt::skip]
const MATRIX: [u8; SIDE * SIDE] = [
     8, 16, 16, 19, 16, 19, 22, 22, 22, 22, 22, 22, 26, 24, 26, 27,
    27, 27, 26, 26, 26, 26, 27, 27, 27, 29, 29, 29, 34, 34, 34, 29,
    29, 29, 27, 27, 29, 29, 32, 32, 34, 34, 37, 38, 37, 35, 35, 34,
    35, 38, 38, 40, 40, 40, 48, 48, 46, 46, 56, 56, 58, 69, 69, 83,
];

/// Encodes the pictures of one size.
#[derive(Debug)]
pub struct IntraEncoder {
    size: Size,
    frame_rate: FrameRate,
    bits_per_second: u64,
    transform: Transform,
    scale: usize,
}

impl IntraEncoder {
    /// An encoder of pictures of that size, which says that they come at that rate; what it spends on each follows from
    /// the bit rate of the stream that is to come.
    #[must_use]
    pub fn new(size: Size, frame_rate: FrameRate, bits_per_second: u64) -> Self {
        Self { size, frame_rate, bits_per_second, transform: Transform::new(), scale: FIRST_SCALE }
    }

    /// Encodes `picture`; `None` if it has another size, or came out longer than players hold, which the next will not.
    pub fn encode<B: AsRef<[u8]>>(&mut self, picture: &RawPicture<B>) -> Option<Picture> {
        if picture.size() != self.size {
            return None;
        }
        let budget = (self.bits_per_second / 8 / BUDGETS_PER_SECOND).clamp(1, MAX_PICTURE_BYTES as u64);
        let mut out = BitWriter::with_capacity(budget as usize * 2);
        self.headers(&mut out);
        let coder = Coder::new(&self.transform, self.scale);
        coder.slices(&mut out, picture);
        let bytes = Bytes::from(out.into_bytes());
        self.scale = next_scale(self.scale, bytes.len() as f64 / budget as f64);
        let sequence = SequenceHeader {
            width: self.size.width(),
            height: self.size.height(),
            frame_rate: self.frame_rate,
        };
        (bytes.len() <= MAX_PICTURE_BYTES).then_some(Picture {
            bytes,
            coding: PictureCoding::Intra,
            sequence: Some(sequence),
        })
    }

    fn headers(&self, out: &mut BitWriter) {
        put_start_code(out, start_code::SEQUENCE);
        out.put(self.size.width(), 12);
        out.put(self.size.height(), 12);
        out.put(1, 4); // square pixels
        out.put(self.frame_rate.code(), 4);
        out.put(self.bits_per_second.div_ceil(400).clamp(1, 0x3_ffff) as u32, 18);
        out.put(1, 1); // marker
        out.put(MAX_PICTURE_BYTES.div_ceil(2 << 10) as u32, 10); // decoder's buffer, in units of 16 kbit
        out.put(0b000, 3); // not constrained, no matrix of our own, neither of the two

        put_start_code(out, start_code::GROUP);
        out.put(1 << 12, 25); // time code 0 and a marker in it, as nobody reads it
        out.put(0b10, 2); // closed, not broken
        out.align();

        put_start_code(out, start_code::PICTURE);
        out.put(0, 10); // the first of its group
        out.put(1, 3); // intra
        out.put(0xffff, 16); // no fixed delay
        out.put(0, 1); // no more of the header
        out.align();
    }
}

fn put_start_code(out: &mut BitWriter, code: u8) {
    out.put(0x100 | u32::from(code), 32);
}

/// The scale for the next picture when one with this scale took `of_budget` times what it may.
fn next_scale(scale: usize, of_budget: f64) -> usize {
    let next = (scale as f64 * of_budget).ceil() as usize;
    next.clamp(*SCALES.start(), *SCALES.end())
}

/// Codes one picture.
struct Coder<'a> {
    transform: &'a Transform,
    scale: usize,
    /// What a coefficient is multiplied with, in the order of the codes.
    factors: [f32; SIDE * SIDE],
}

impl<'a> Coder<'a> {
    fn new(transform: &'a Transform, scale: usize) -> Self {
        // Section 2.4.4.1: a level stands for level * scale * matrix / 8.
        let factors = MATRIX.map(|weight| 8.0 / (scale as f32 * f32::from(weight)));
        Self { transform, scale, factors }
    }

    fn slices<B: AsRef<[u8]>>(&self, out: &mut BitWriter, picture: &RawPicture<B>) {
        let (width, height) = (picture.size().width() as usize, picture.size().height() as usize);
        let (y, u, v) = picture.planes();
        let luma = Samples { samples: y, width, height };
        let chroma = [u, v].map(|samples| Samples { samples, width: width / 2, height: height / 2 });
        let last_slice = usize::from(start_code::LAST_SLICE);
        let mut dc = [FIRST_DC; 3];
        for row in 0..height.div_ceil(MACROBLOCK) {
            // There are numbers for 175 slices: the last goes on to the end.
            if row < last_slice {
                out.align();
                put_start_code(out, start_code::FIRST_SLICE + row as u8);
                out.put(self.scale as u32, 5);
                out.put(0, 1); // no more of the header
                dc = [FIRST_DC; 3];
            }
            for column in 0..width.div_ceil(MACROBLOCK) {
                out.put(0b11, 2); // the next macroblock, intra
                let (x, y) = (column * MACROBLOCK, row * MACROBLOCK);
                for (x, y) in [(x, y), (x + SIDE, y), (x, y + SIDE), (x + SIDE, y + SIDE)] {
                    self.block(out, Plane::Luma, &mut dc[0], &luma.block(x, y));
                }
                for (plane, dc) in chroma.iter().zip(&mut dc[1..]) {
                    self.block(out, Plane::Chroma, dc, &plane.block(column * SIDE, row * SIDE));
                }
            }
        }
    }

    fn block(&self, out: &mut BitWriter, plane: Plane, dc: &mut i32, block: &Block) {
        let coefficients = self.transform.forward(block);
        // Eight times the mean of bytes: from 0 to 255.
        let value = (coefficients[0] / 8.0).round() as i32;
        put_dc(out, plane, value - std::mem::replace(dc, value));
        let mut run = 0;
        for (at, factor) in ZIGZAG.iter().zip(&self.factors).skip(1) {
            let level = coefficients[usize::from(*at)] * factor;
            let magnitude = (level.abs() + ROUNDING) as i32;
            if magnitude == 0 {
                run += 1;
                continue;
            }
            let magnitude = magnitude.min(MAX_LEVEL);
            put_coefficient(out, run, if level < 0.0 { -magnitude } else { magnitude });
            run = 0;
        }
        put_end_of_block(out);
    }
}

/// One plane of a picture.
struct Samples<'a> {
    samples: &'a [u8],
    width: usize,
    height: usize,
}

impl Samples<'_> {
    /// The block whose upper left sample is at `x`, `y`; beyond the edges the last samples go on.
    fn block(&self, x: usize, y: usize) -> Block {
        let mut block = [0.0; SIDE * SIDE];
        for (down, row) in block.chunks_exact_mut(SIDE).enumerate() {
            let line = (y + down).min(self.height - 1) * self.width;
            let samples = &self.samples[line..line + self.width];
            match samples.get(x..x + SIDE) {
                Some(samples) => {
                    row.iter_mut().zip(samples).for_each(|(value, sample)| *value = f32::from(*sample));
                }
                None => {
                    for (across, value) in row.iter_mut().enumerate() {
                        *value = f32::from(samples[(x + across).min(self.width - 1)]);
                    }
                }
            }
        }
        block
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn encoder(size: &str, bits_per_second: u64) -> IntraEncoder {
        IntraEncoder::new(size.parse().expect("a size"), FrameRate::nearest(24.0), bits_per_second)
    }

    fn noise(size: Size) -> RawPicture {
        let mut state = 1u32;
        let mut byte = || {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (state >> 24) as u8
        };
        let planes = (0..size.picture_bytes()).map(|_| byte()).collect();
        RawPicture::from_planes(size, planes).expect("as many as needed")
    }

    #[test]
    fn a_flat_picture_costs_a_few_bytes_a_macroblock() {
        let mut encoder = encoder("64x32", 800_000);
        let picture = encoder.encode(&RawPicture::black(encoder.size)).expect("of its size");
        // Headers of 12, 8 and 8 bytes; a slice has 38 bits of its own, 30 a macroblock, and 10 for the first value of luma.
        let slice_bytes = (38usize + 4 * 30 + 10).div_ceil(8);
        assert_eq!(picture.bytes.len(), 28 + 2 * slice_bytes, "{:02x?}", &picture.bytes[..]);
        let sequence = picture.sequence.expect("a keyframe");
        assert_eq!((sequence.width, sequence.height, sequence.frame_rate.code()), (64, 32, 2));
    }

    #[test]
    fn the_scale_follows_the_budget() {
        let table = [(8, 1.0, 8), (8, 2.0, 16), (8, 0.1, 2), (8, 9.0, 31), (31, 0.5, 16), (2, 0.0, 2)];
        for (scale, of_budget, expected) in table {
            assert_eq!(next_scale(scale, of_budget), expected, "{scale} {of_budget}");
        }
        let mut encoder = encoder("320x240", 800_000);
        let noise = noise(encoder.size);
        let lengths: Vec<usize> =
            (0..3).map(|_| encoder.encode(&noise).expect("not too long").bytes.len()).collect();
        assert!(lengths[2] < lengths[0] / 2, "{lengths:?}");
    }

    #[test]
    fn what_players_do_not_hold_is_left_out() {
        let mut encoder = encoder("1280x720", 3_000_000);
        let noise = noise(encoder.size);
        assert_eq!(encoder.encode(&noise), None);
        assert!(encoder.encode(&RawPicture::black(encoder.size)).is_some());
        assert_eq!(
            encoder.encode(&RawPicture::black("64x32".parse().expect("a size"))),
            None,
            "another size"
        );
    }
}

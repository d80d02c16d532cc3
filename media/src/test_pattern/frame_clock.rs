//! The frame clock: number and capture time of a frame as black and white cells, for machines to read.
//!
//! ```text
//! 0                              32      40 columns, each 1/40 of the width
//! ┌──────────────────────────────┬───────┐
//! │ frame number, low 32 bits    │ check │  row 0: the top 2/45 of the height
//! ├──────────────────────────────┼───────┤
//! │ capture time, 0.1 ms, 32 bits│ check │  row 1: the 2/45 below
//! └──────────────────────────────┴───────┘  the most significant bit is on the left
//! ```
//! A white cell is a 1. The check is CRC-16/CCITT-FALSE of the eight bytes of number and time, its
//! high byte in row 0. At 1280x720 a cell is 32 pixels square, whole macroblocks. All is relative to the
//! picture, so it can be read from a scaled one. docs/frame-clock.md says the same for other programs.

use crate::{picture::RawPicture, time::Moment};

/// Smallest picture that has room for a frame clock, pixels across and down.
pub const MIN_FRAME_CLOCK_SIDES: (u32, u32) = (80, 45);

const COLUMNS: usize = 40;
const ROWS: usize = 2;
/// A row is `ROW_HEIGHT.0 / ROW_HEIGHT.1` of the picture's height.
const ROW_HEIGHT: (usize, usize) = (2, 45);
const BLACK: u8 = 16;
const WHITE: u8 = 235;
const NO_COLOUR: u8 = 128;
const MICROS_PER_TICK: u64 = 100;
/// Least difference between the darkest and the brightest cell of a clock.
const MIN_CONTRAST: u32 = 64;
/// How far a cell may be from the darkest or the brightest one, in percent of their difference.
const MAX_DEVIATION_PERCENT: u32 = 35;

/// What a frame clock shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FrameClock {
    /// Low 32 bits of the frame's number.
    pub number: u32,
    /// Low 32 bits of the capture time in units of 100 µs; they repeat after 4.97 days.
    pub ticks: u32,
}

impl FrameClock {
    /// The clock of frame `number`, captured at `captured_at`.
    #[must_use]
    pub const fn new(number: u64, captured_at: Moment) -> Self {
        Self { number: number as u32, ticks: (captured_at.as_micros() / MICROS_PER_TICK) as u32 }
    }

    /// The capture time, as the moment nearest to `near` that has these low bits.
    #[must_use]
    pub const fn captured_at(self, near: Moment) -> Moment {
        let near_ticks = near.as_micros() / MICROS_PER_TICK;
        let ahead = self.ticks.wrapping_sub(near_ticks as u32) as i32;
        Moment::from_micros(near_ticks.saturating_add_signed(ahead as i64) * MICROS_PER_TICK)
    }

    const fn check(self) -> u16 {
        let bytes = ((self.number as u64) << 32 | self.ticks as u64).to_be_bytes();
        let mut crc = 0xFFFF_u16;
        let mut at = 0;
        while at < bytes.len() {
            crc ^= (bytes[at] as u16) << 8;
            let mut bit = 0;
            while bit < 8 {
                crc = if crc & 0x8000 == 0 { crc << 1 } else { crc << 1 ^ 0x1021 };
                bit += 1;
            }
            at += 1;
        }
        crc
    }

    /// The two rows, 40 bits each, first column in bit 39.
    const fn rows(self) -> [u64; ROWS] {
        let [high, low] = self.check().to_be_bytes();
        [(self.number as u64) << 8 | high as u64, (self.ticks as u64) << 8 | low as u64]
    }

    fn from_rows(rows: [u64; ROWS]) -> Option<Self> {
        let clock = Self { number: (rows[0] >> 8) as u32, ticks: (rows[1] >> 8) as u32 };
        (clock.rows() == rows).then_some(clock)
    }
}

/// Draws `clock` across the top of `picture`; a picture below [`MIN_FRAME_CLOCK_SIDES`] stays as it is.
pub fn draw_frame_clock(picture: &mut RawPicture, clock: FrameClock) {
    let (width, height) = (picture.size().width() as usize, picture.size().height() as usize);
    if !has_room(width, height) {
        return;
    }
    let (luma, u, v) = picture.planes_mut();
    for (row, bits) in clock.rows().into_iter().enumerate() {
        let lines = row_top(row, height)..row_top(row + 1, height);
        let (first, rest) = luma[lines.start * width..lines.end * width].split_at_mut(width);
        for column in 0..COLUMNS {
            let value = if bits >> (COLUMNS - 1 - column) & 1 == 1 { WHITE } else { BLACK };
            first[column_left(column, width)..column_left(column + 1, width)].fill(value);
        }
        rest.chunks_exact_mut(width).for_each(|line| line.copy_from_slice(first));
    }
    let chroma = row_top(ROWS, height).div_ceil(2) * (width / 2);
    u[..chroma].fill(NO_COLOUR);
    v[..chroma].fill(NO_COLOUR);
}

/// Reads the frame clock of `picture`; `None` when it shows none.
#[must_use]
pub fn read_frame_clock<B: AsRef<[u8]>>(picture: &RawPicture<B>) -> Option<FrameClock> {
    let (width, height) = (picture.size().width() as usize, picture.size().height() as usize);
    read_frame_clock_luma(picture.planes().0, width, width, height)
}

/// Reads the frame clock of a luma plane whose lines are `stride` bytes apart, in either range.
#[must_use]
pub fn read_frame_clock_luma(luma: &[u8], stride: usize, width: usize, height: usize) -> Option<FrameClock> {
    let lines_needed = row_top(ROWS, height);
    if !has_room(width, height) || stride < width || luma.len() < (lines_needed.max(1) - 1) * stride + width {
        return None;
    }
    let mut cells = [[0; COLUMNS]; ROWS];
    for (row, cells) in cells.iter_mut().enumerate() {
        let lines = inner(row * ROW_HEIGHT.0 * height, ROW_HEIGHT.0 * height, ROW_HEIGHT.1);
        for (column, cell) in cells.iter_mut().enumerate() {
            let columns = inner(column * width, width, COLUMNS);
            let pixels = lines.clone().flat_map(|line| &luma[line * stride..][columns.clone()]);
            let sum: u32 = pixels.map(|&pixel| u32::from(pixel)).sum();
            *cell = sum / (lines.len() * columns.len()) as u32;
        }
    }
    FrameClock::from_rows(decide(&cells)?)
}

/// Cells to bits: each must be clearly dark or clearly bright, compared with the others.
fn decide(cells: &[[u32; COLUMNS]; ROWS]) -> Option<[u64; ROWS]> {
    let dark = *cells.iter().flatten().min()?;
    let bright = *cells.iter().flatten().max()?;
    let contrast = bright - dark;
    if contrast < MIN_CONTRAST {
        return None;
    }
    let allowed = contrast * MAX_DEVIATION_PERCENT / 100;
    let mut rows = [0; ROWS];
    for (bits, cells) in rows.iter_mut().zip(cells) {
        for &cell in cells {
            let is_white = bright - cell <= allowed;
            if !is_white && cell - dark > allowed {
                return None;
            }
            *bits = *bits << 1 | u64::from(is_white);
        }
    }
    Some(rows)
}

const fn has_room(width: usize, height: usize) -> bool {
    width >= MIN_FRAME_CLOCK_SIDES.0 as usize && height >= MIN_FRAME_CLOCK_SIDES.1 as usize
}

const fn column_left(column: usize, width: usize) -> usize {
    column * width / COLUMNS
}

const fn row_top(row: usize, height: usize) -> usize {
    row * ROW_HEIGHT.0 * height / ROW_HEIGHT.1
}

/// Pixels whose centres lie in the middle half of the interval that begins at `start / unit` and is
/// `length / unit` long; at least the one in its middle.
fn inner(start: usize, length: usize, unit: usize) -> std::ops::Range<usize> {
    // A pixel's centre is at index + 1/2; in quarters of a unit the bounds are whole numbers.
    let first = (4 * start + length).saturating_sub(2 * unit).div_ceil(4 * unit);
    let last = (4 * start + 3 * length).saturating_sub(2 * unit) / (4 * unit);
    if first <= last {
        first..last + 1
    } else {
        let middle = (2 * start + length) / (2 * unit);
        middle..middle + 1
    }
}

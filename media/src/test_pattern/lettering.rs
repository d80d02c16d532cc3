//! Lettering of the test pattern: the alphabet, drawn once for each size that is needed.
//!
//! A stroke is as thick as the style says and has round ends. It is rasterised by distance, so its
//! edges are smooth at any size. Only luma is drawn: colour stays that of the background.

use std::collections::BTreeMap;

use super::alphabet::{GRID_HEIGHT, GRID_WIDTH, Point, strokes};

/// From the left of one wide glyph to that of the next.
const ADVANCE: f32 = 5.5;
/// The same for a colon or a full stop, and for a space.
const NARROW_ADVANCE: f32 = 2.5;
const SPACE_ADVANCE: f32 = 3.6;
/// Straight pieces that stand for one round corner.
const CORNER_PIECES: usize = 6;

/// One character as luma, as wide as its advance.
#[derive(Clone, Debug)]
pub(super) struct Cell {
    pub(super) width: usize,
    /// Values row by row.
    pub(super) luma: Vec<u8>,
}

/// How letters look: size, weight and luma.
#[derive(Clone, Copy, Debug)]
pub(super) struct Style {
    /// Height of a capital in pixels.
    pub(super) cap_height: f32,
    /// Thickness of a stroke in grid units.
    pub(super) weight: f32,
    /// Luma of the letters and of what is behind them.
    pub(super) ink: u8,
    pub(super) paper: u8,
}

/// The alphabet in one style; characters are drawn when they are first needed.
#[derive(Clone, Debug)]
pub(super) struct Lettering {
    style: Style,
    cells: BTreeMap<char, Cell>,
}

impl Lettering {
    pub(super) const fn new(style: Style) -> Self {
        Self { style, cells: BTreeMap::new() }
    }

    /// Pixels across `text`.
    pub(super) fn text_width(&self, text: &str) -> usize {
        text.chars().map(|character| self.advance(character)).sum()
    }

    /// Pixels above a capital inside its cell.
    pub(super) fn overhang(&self) -> usize {
        (self.unit() * self.style.weight / 2.0).ceil() as usize + 1
    }

    /// The picture of `character`.
    pub(super) fn cell(&mut self, character: char) -> &Cell {
        if !self.cells.contains_key(&character) {
            self.cells.insert(character, self.draw(character));
        }
        &self.cells[&character]
    }

    fn unit(&self) -> f32 {
        self.style.cap_height / GRID_HEIGHT
    }

    fn advance(&self, character: char) -> usize {
        let units = match character {
            ':' | '.' => NARROW_ADVANCE,
            ' ' => SPACE_ADVANCE,
            _ => ADVANCE,
        };
        (units * self.unit()).round().max(1.0) as usize
    }

    fn draw(&self, character: char) -> Cell {
        let unit = self.unit();
        let width = self.advance(character);
        let height = (self.style.cap_height.ceil() as usize) + 2 * self.overhang();
        let mut coverage = vec![0.0_f32; width * height];
        let glyph_width = if matches!(character, ':' | '.') { 1.0 } else { GRID_WIDTH };
        let left = (width as f32 - glyph_width * unit) / 2.0;
        let top = self.overhang() as f32;
        let half = (unit * self.style.weight / 2.0).max(0.55);
        for &(radius, corners) in strokes(character) {
            let path: Vec<Point> =
                rounded(corners, radius).iter().map(|&(x, y)| (left + x * unit, top + y * unit)).collect();
            for ends in path.windows(2) {
                cover(&mut coverage, width, (ends[0], ends[1]), half);
            }
        }
        let (paper, ink) = (f32::from(self.style.paper), f32::from(self.style.ink));
        let luma = coverage.iter().map(|covered| (paper + (ink - paper) * covered).round() as u8).collect();
        Cell { width, luma }
    }
}

/// The corners of a stroke with each inner one replaced by a curve of `radius`, or of what its sides allow.
fn rounded(corners: &[Point], radius: f32) -> Vec<Point> {
    let mut path = Vec::with_capacity(corners.len() * CORNER_PIECES);
    path.extend(corners.first());
    let inner_corners = corners.len().saturating_sub(2);
    for (index, three) in corners.windows(3).enumerate() {
        let corner = three[1];
        // A side is shared by two corners, except where the stroke begins or ends.
        let from = towards(corner, three[0], radius, if index == 0 { 1.0 } else { 0.5 });
        let to = towards(corner, three[2], radius, if index + 1 == inner_corners { 1.0 } else { 0.5 });
        for piece in 0..=CORNER_PIECES {
            let t = piece as f32 / CORNER_PIECES as f32;
            let mix =
                |a: f32, b: f32, c: f32| (1.0 - t) * (1.0 - t) * a + 2.0 * t * (1.0 - t) * b + t * t * c;
            path.push((mix(from.0, corner.0, to.0), mix(from.1, corner.1, to.1)));
        }
    }
    path.extend(corners.last());
    path
}

/// The point `distance` from `corner` towards `end`, at most `share` of the way.
fn towards(corner: Point, end: Point, distance: f32, share: f32) -> Point {
    let (x, y) = (end.0 - corner.0, end.1 - corner.1);
    let length = x.hypot(y).max(f32::EPSILON);
    let part = (distance / length).min(share);
    (corner.0 + x * part, corner.1 + y * part)
}

/// Adds a line with round ends, `half` thick to each side, to a mask.
fn cover(mask: &mut [f32], width: usize, (a, b): (Point, Point), half: f32) {
    let reach = half + 1.0;
    let height = mask.len() / width;
    let span = |from: f32, to: f32, limit: usize| {
        (from.min(to) - reach).max(0.0) as usize..((from.max(to) + reach).max(0.0) as usize + 1).min(limit)
    };
    let (along_x, along_y) = (b.0 - a.0, b.1 - a.1);
    let squared = (along_x * along_x + along_y * along_y).max(f32::EPSILON);
    for y in span(a.1, b.1, height) {
        for x in span(a.0, b.0, width) {
            let (to_x, to_y) = (x as f32 + 0.5 - a.0, y as f32 + 0.5 - a.1);
            let part = ((to_x * along_x + to_y * along_y) / squared).clamp(0.0, 1.0);
            let distance = (to_x - part * along_x).hypot(to_y - part * along_y);
            let covered = (half + 0.5 - distance).clamp(0.0, 1.0);
            let pixel = &mut mask[y * width + x];
            *pixel = pixel.max(covered);
        }
    }
}

//! Drawing on a raw picture: rectangles, letters and a disc, clipped to the picture.

use super::lettering::Cell;
use crate::picture::RawPicture;

/// A colour, BT.601 limited range.
#[derive(Clone, Copy, Debug)]
pub(super) struct Colour {
    pub(super) y: u8,
    pub(super) u: u8,
    pub(super) v: u8,
}

/// Pixels from the left, from the top, across and down.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Rect {
    pub(super) x: usize,
    pub(super) y: usize,
    pub(super) width: usize,
    pub(super) height: usize,
}

/// Fills `area`, its chroma to the pixel pair.
pub(super) fn fill(picture: &mut RawPicture, area: Rect, colour: Colour) {
    fill_luma(picture, area, colour.y);
    let stride = picture.size().width() as usize / 2;
    let half = Rect {
        x: area.x / 2,
        y: area.y / 2,
        width: (area.x + area.width).div_ceil(2) - area.x / 2,
        height: (area.y + area.height).div_ceil(2) - area.y / 2,
    };
    let (_, u, v) = picture.planes_mut();
    fill_plane(u, stride, half, colour.u);
    fill_plane(v, stride, half, colour.v);
}

/// Fills the luma of `area` and leaves its colour.
pub(super) fn fill_luma(picture: &mut RawPicture, area: Rect, value: u8) {
    let stride = picture.size().width() as usize;
    fill_plane(picture.planes_mut().0, stride, area, value);
}

fn fill_plane(plane: &mut [u8], stride: usize, area: Rect, value: u8) {
    let right = (area.x + area.width).min(stride);
    for line in plane.chunks_exact_mut(stride).skip(area.y).take(area.height) {
        line[area.x.min(right)..right].fill(value);
    }
}

/// Copies the luma of a letter to `x`, `y`.
pub(super) fn put_cell(picture: &mut RawPicture, x: usize, y: usize, cell: &Cell) {
    let stride = picture.size().width() as usize;
    let width = cell.width.min(stride.saturating_sub(x));
    if width == 0 {
        return;
    }
    let lines = picture.planes_mut().0.chunks_exact_mut(stride).skip(y);
    for (line, letter) in lines.zip(cell.luma.chunks_exact(cell.width)) {
        line[x..x + width].copy_from_slice(&letter[..width]);
    }
}

/// Lays a disc with smooth edges over what is there.
pub(super) fn put_disc(picture: &mut RawPicture, centre: (f32, f32), radius: f32, colour: Colour) {
    let stride = picture.size().width() as usize;
    let (y, u, v) = picture.planes_mut();
    blend_disc(y, stride, centre, radius, colour.y);
    let half = (centre.0 / 2.0, centre.1 / 2.0);
    blend_disc(u, stride / 2, half, radius / 2.0, colour.u);
    blend_disc(v, stride / 2, half, radius / 2.0, colour.v);
}

fn blend_disc(plane: &mut [u8], stride: usize, centre: (f32, f32), radius: f32, value: u8) {
    let area = disc_area(centre, radius);
    let right = (area.x + area.width).min(stride);
    for (y, line) in plane.chunks_exact_mut(stride).enumerate().skip(area.y).take(area.height) {
        for (x, pixel) in line.iter_mut().enumerate().take(right).skip(area.x) {
            let distance = (x as f32 + 0.5 - centre.0).hypot(y as f32 + 0.5 - centre.1);
            let covered = (radius + 0.5 - distance).clamp(0.0, 1.0);
            let under = f32::from(*pixel);
            *pixel = (under + (f32::from(value) - under) * covered).round() as u8;
        }
    }
}

/// Every pixel that a disc touches.
pub(super) fn disc_area(centre: (f32, f32), radius: f32) -> Rect {
    let reach = radius + 1.5;
    let (left, top) = ((centre.0 - reach).max(0.0) as usize, (centre.1 - reach).max(0.0) as usize);
    let (right, bottom) = ((centre.0 + reach).ceil() as usize, (centre.1 + reach).ceil() as usize);
    Rect { x: left, y: top, width: right.saturating_sub(left), height: bottom.saturating_sub(top) }
}

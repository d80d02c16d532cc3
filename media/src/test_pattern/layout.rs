//! Where the parts of the test pattern are and what of it never changes.
//!
//! Places are thought in a picture of 1280x720 and scaled to the real one, across and down by
//! themselves; letters and the disc keep their proportions. There the large areas lie on whole macroblocks.

use super::{
    canvas::{Colour, Rect, fill, fill_luma, put_cell},
    lettering::{Lettering, Style},
};
use crate::picture::{RawPicture, Size};

/// The surround.
pub(super) const SLATE: Colour = Colour { y: 37, u: 132, v: 125 };
/// The disc.
pub(super) const ACCENT: Colour = Colour { y: 172, u: 70, v: 166 };
/// The line the disc moves on.
pub(super) const RAIL_LUMA: u8 = 68;

/// The square that flashes.
pub(super) const FLASH_LUMA: u8 = 235;

const INK: u8 = 228;
const MUTED_INK: u8 = 138;
const TITLES: [&str; 2] = ["LENSCAST TEST PATTERN", "LENSCAST"];
const CLOCK_SAMPLE: &str = "00:00:00.000";
const FRAME_SAMPLE: &str = "FRAME 00000000";
const ZONE: &str = "UTC";

const DESIGN: (f32, f32) = (1280.0, 720.0);
const MARGIN: f32 = 64.0;
const TITLE_Y: f32 = 104.0;
const CLOCK_Y: f32 = 190.0;
const CLOCK_CAP: f32 = 100.0;
const FRAME_Y: f32 = 332.0;
/// Left and top of the square that flashes, and its sides.
const FLASH_AT: (f32, f32) = (1176.0, 668.0);
const FLASH_SIDE: f32 = 40.0;
const RAIL_Y: f32 = 412.0;
const RADIUS: f32 = 20.0;
const BARS_Y: f32 = 464.0;
const GREYS_Y: f32 = 624.0;
const BOTTOM_Y: f32 = 656.0;
const SMALL_CAP: f32 = 21.0;
/// Letters below this height cannot be read.
const MIN_CAP: f32 = 7.0;
/// A smaller picture has no room for letters and disc, pixels across and down.
const MIN_SIDES: (u32, u32) = (160, 120);
const GREY_STEPS: usize = 12;

/// 75 % colour bars of ITU-R BT.601: white, yellow, cyan, green, magenta, red, blue, black.
const BARS: [Colour; 8] = [
    Colour { y: 180, u: 128, v: 128 },
    Colour { y: 162, u: 44, v: 142 },
    Colour { y: 131, u: 156, v: 44 },
    Colour { y: 112, u: 72, v: 58 },
    Colour { y: 84, u: 184, v: 198 },
    Colour { y: 65, u: 100, v: 212 },
    Colour { y: 35, u: 212, v: 114 },
    Colour { y: 16, u: 128, v: 128 },
];

/// The way of the disc.
#[derive(Clone, Copy, Debug)]
pub(super) struct Rail {
    pub(super) left: f32,
    pub(super) right: f32,
    pub(super) y: f32,
    pub(super) radius: f32,
}

/// Places and letter styles for one size of picture.
#[derive(Clone, Copy, Debug)]
pub(super) struct Layout {
    size: Size,
    /// Whether there are letters and a disc, or bars only.
    pub(super) is_whole: bool,
    pub(super) clock_style: Style,
    pub(super) small_style: Style,
    /// Top left corners of the first letter's cell.
    pub(super) clock_at: (usize, usize),
    pub(super) frame_at: (usize, usize),
    zone_at: (usize, usize),
    pub(super) rail: Rail,
    pub(super) flash: Rect,
}

impl Layout {
    pub(super) fn of(size: Size) -> Self {
        let (width, height) = (size.width() as f32, size.height() as f32);
        let (across, down) = (width / DESIGN.0, height / DESIGN.1);
        let scale = across.min(down);
        let style = |cap_height, weight, ink| Style { cap_height, weight, ink, paper: SLATE.y };
        let clock_style = style((CLOCK_CAP * scale).max(MIN_CAP), 0.86, INK);
        let small_style = style((SMALL_CAP * scale).max(MIN_CAP), 0.72, MUTED_INK);
        let (clock, small) = (Lettering::new(clock_style), Lettering::new(small_style));

        let gap = small.text_width("0");
        let clock_width = clock.text_width(CLOCK_SAMPLE);
        let with_zone = clock_width + gap + small.text_width(ZONE);
        let clock_x = (size.width() as usize).saturating_sub(with_zone) / 2;
        let clock_y = CLOCK_Y * down;
        let cap_bottom = clock_y + clock_style.cap_height - small_style.cap_height;
        let frame_x = (size.width() as usize).saturating_sub(small.text_width(FRAME_SAMPLE)) / 2;
        let radius = (RADIUS * scale).max(2.0);
        Self {
            size,
            is_whole: size.width() >= MIN_SIDES.0 && size.height() >= MIN_SIDES.1,
            clock_style,
            small_style,
            clock_at: (clock_x, cell_top(clock_y, &clock)),
            frame_at: (frame_x, cell_top(FRAME_Y * down, &small)),
            zone_at: (clock_x + clock_width + gap, cell_top(cap_bottom, &small)),
            rail: Rail {
                left: MARGIN * across + radius,
                right: width - MARGIN * across - radius,
                y: (RAIL_Y * down).round(),
                radius,
            },
            flash: Rect {
                x: even(FLASH_AT.0 * across),
                y: even(FLASH_AT.1 * down),
                width: even(FLASH_SIDE * across),
                height: even(FLASH_SIDE * down),
            },
        }
    }

    /// The piece of the rail's line from `x`, `width` long.
    pub(super) fn rail_line(&self, x: usize, width: usize) -> Rect {
        let thickness = ((self.rail.radius / 10.0).round() as usize).max(1);
        let (from, to) =
            ((self.rail.left - self.rail.radius) as usize, (self.rail.right + self.rail.radius) as usize);
        let x_from = x.max(from);
        let x_to = (x + width).min(to);
        Rect {
            x: x_from,
            y: (self.rail.y as usize).saturating_sub(thickness / 2),
            width: x_to.saturating_sub(x_from),
            height: thickness,
        }
    }

    /// Draws what never changes.
    pub(super) fn draw_still(&self, picture: &mut RawPicture) {
        let (width, height) = (self.size.width() as usize, self.size.height() as usize);
        fill(picture, Rect { x: 0, y: 0, width, height }, SLATE);
        self.draw_columns(picture, BARS_Y..GREYS_Y, &BARS);
        let greys: [Colour; GREY_STEPS] = std::array::from_fn(|step| Colour {
            y: 16 + (step * (235 - 16) / (GREY_STEPS - 1)) as u8,
            u: 128,
            v: 128,
        });
        self.draw_columns(picture, GREYS_Y..BOTTOM_Y, &greys);
        if self.is_whole {
            fill_luma(picture, self.rail_line(0, width), RAIL_LUMA);
            self.draw_labels(picture);
        }
    }

    fn draw_columns(&self, picture: &mut RawPicture, design_y: std::ops::Range<f32>, colours: &[Colour]) {
        let left = MARGIN * self.size.width() as f32 / DESIGN.0;
        let step = (self.size.width() as f32 - 2.0 * left) / colours.len() as f32;
        let down = self.size.height() as f32 / DESIGN.1;
        let (top, bottom) = (even(design_y.start * down), even(design_y.end * down));
        for (index, &colour) in colours.iter().enumerate() {
            let x = even(left + step * index as f32);
            let right = even(left + step * (index + 1) as f32);
            fill(picture, Rect { x, y: top, width: right - x, height: bottom - top }, colour);
        }
    }

    fn draw_labels(&self, picture: &mut RawPicture) {
        let (width, height) = (self.size.width() as f32, self.size.height() as f32);
        let margin = (MARGIN * width / DESIGN.0) as usize;
        let mut small = Lettering::new(self.small_style);
        let y = cell_top(TITLE_Y * height / DESIGN.1, &small);
        let size = self.size.to_string();
        let room =
            (width as usize - 2 * margin).saturating_sub(small.text_width(&size) + small.text_width(" "));
        if let Some(title) = TITLES.into_iter().find(|title| small.text_width(title) <= room) {
            put_text(picture, &mut small, title, (margin, y));
        }
        let size_x = (width as usize).saturating_sub(margin + small.text_width(&size));
        put_text(picture, &mut small, &size, (size_x, y));
        put_text(picture, &mut small, ZONE, self.zone_at);
    }
}

fn put_text(picture: &mut RawPicture, lettering: &mut Lettering, text: &str, at: (usize, usize)) {
    let mut x = at.0;
    for character in text.chars() {
        let cell = lettering.cell(character);
        put_cell(picture, x, at.1, cell);
        x += cell.width;
    }
}

/// Top of a cell whose capitals begin at `cap_top`.
fn cell_top(cap_top: f32, lettering: &Lettering) -> usize {
    (cap_top.round() as usize).saturating_sub(lettering.overhang())
}

/// The nearest even pixel, so that colour and brightness change at the same place.
fn even(pixels: f32) -> usize {
    (pixels / 2.0).round() as usize * 2
}

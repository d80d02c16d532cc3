//! The test pattern: what a camera without a camera shows.
//!
//! ```text
//! ┌──────────────────────────────────────────┐
//! │▀▄█▄▀█▀▄ ▄█▀▄▀ █▄▀▀▄█ ▀▄█▀▄ ▄▀█▄▀▄█▀▄█ ▀▄█│  frame clock, for machines (frame_clock.rs)
//! │  LENSCAST TEST PATTERN         1280x720  │
//! │                                          │
//! │          12:34:56.789 UTC                │  wall clock
//! │            FRAME 00000042                │
//! │  ────────────────●─────────────────────  │  moves with the capture time
//! │  ██████████████████████████████████████  │  colour bars, 75 %, BT.601
//! │  ▁▁▂▂▃▃▄▄▅▅▆▆▇▇████████████████████████  │  grey steps
//! │                                      ■   │  flashes each second (signal.rs)
//! └──────────────────────────────────────────┘
//! ```
//! The picture is kept from frame to frame; only what changed is drawn again, which is cheap here and
//! cheap for the encoder behind it.

mod alphabet;
mod canvas;
mod frame_clock;
mod layout;
mod lettering;
mod signal;

pub use frame_clock::{
    FrameClock, MIN_FRAME_CLOCK_SIDES, draw_frame_clock, read_frame_clock, read_frame_clock_luma,
};
pub use signal::beep_sample;

use self::{
    canvas::{disc_area, fill, fill_luma, put_cell, put_disc},
    layout::{ACCENT, Layout, SLATE},
    lettering::Lettering,
    signal::flashes_at,
};
use crate::{
    picture::{RawPicture, Size},
    time::Moment,
};

/// How long the disc takes to and fro.
const DISC_PERIOD_MICROS: u64 = 6_000_000;
/// Frame numbers are shown with so many digits, the low ones.
const FRAME_DIGITS: usize = 8;
const FRAME_NUMBERS: u64 = 100_000_000;

/// Draws the pictures of the test pattern, one after the other.
#[derive(Clone, Debug)]
pub struct TestPattern {
    picture: RawPicture,
    layout: Layout,
    clock: Line,
    frame: Line,
    disc_x: Option<f32>,
    flashes: bool,
}

impl TestPattern {
    /// A pattern of `size`, with all that never changes already drawn. Below 160x120 it is colour
    /// bars, and below 80x46 there is no frame clock either.
    #[must_use]
    pub fn new(size: Size) -> Self {
        let layout = Layout::of(size);
        let mut picture = RawPicture::black(size);
        layout.draw_still(&mut picture);
        let clock = Line::new(Lettering::new(layout.clock_style), layout.clock_at);
        let frame = Line::new(Lettering::new(layout.small_style), layout.frame_at);
        Self { picture, layout, clock, frame, disc_x: None, flashes: false }
    }

    /// Draws frame `number` and lends it out. `captured_at` goes into the frame clock and moves the
    /// disc, `wall_clock` (Unix time) is what the clock for people shows.
    pub fn draw(&mut self, number: u64, captured_at: Moment, wall_clock: Moment) -> &RawPicture {
        draw_frame_clock(&mut self.picture, FrameClock::new(number, captured_at));
        if self.layout.is_whole {
            self.clock.show(&mut self.picture, &time_of_day(wall_clock));
            let number = number % FRAME_NUMBERS;
            self.frame.show(&mut self.picture, &format!("FRAME {number:0FRAME_DIGITS$}"));
            self.move_disc(captured_at);
            self.flash(captured_at);
        }
        &self.picture
    }

    fn flash(&mut self, captured_at: Moment) {
        let flashes = flashes_at(captured_at);
        if std::mem::replace(&mut self.flashes, flashes) != flashes {
            let luma = if flashes { layout::FLASH_LUMA } else { SLATE.y };
            fill_luma(&mut self.picture, self.layout.flash, luma);
        }
    }

    fn move_disc(&mut self, captured_at: Moment) {
        let rail = &self.layout.rail;
        if let Some(x) = self.disc_x {
            let area = disc_area((x, rail.y), rail.radius);
            fill(&mut self.picture, area, SLATE);
            let line = self.layout.rail_line(area.x, area.width);
            fill_luma(&mut self.picture, line, layout::RAIL_LUMA);
        }
        let turn = (captured_at.as_micros() % DISC_PERIOD_MICROS) as f32 / DISC_PERIOD_MICROS as f32;
        let swing = (1.0 - (turn * std::f32::consts::TAU).cos()) / 2.0;
        let x = rail.left + (rail.right - rail.left) * swing;
        put_disc(&mut self.picture, (x, rail.y), rail.radius, ACCENT);
        self.disc_x = Some(x);
    }
}

/// A line of text of which only the characters that changed are drawn.
#[derive(Clone, Debug)]
struct Line {
    lettering: Lettering,
    at: (usize, usize),
    shown: String,
}

impl Line {
    const fn new(lettering: Lettering, at: (usize, usize)) -> Self {
        Self { lettering, at, shown: String::new() }
    }

    /// Shows `text`, which has as many characters as the one before.
    fn show(&mut self, picture: &mut RawPicture, text: &str) {
        let mut before = self.shown.chars();
        let mut x = self.at.0;
        for character in text.chars() {
            let cell = self.lettering.cell(character);
            if before.next() != Some(character) {
                put_cell(picture, x, self.at.1, cell);
            }
            x += cell.width;
        }
        self.shown.clear();
        self.shown.push_str(text);
    }
}

/// `HH:MM:SS.mmm` of a moment of Unix time, in UTC.
fn time_of_day(moment: Moment) -> String {
    let millis = moment.as_micros() / 1000;
    let seconds = millis / 1000;
    let (hours, minutes) = (seconds / 3600 % 24, seconds / 60 % 60);
    format!("{hours:02}:{minutes:02}:{:02}.{:03}", seconds % 60, millis % 1000)
}

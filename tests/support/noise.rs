//! Noise in the form of H.264: access units of any length, the same ones in the camera and in the test.
//!
//! Each has the headers of a real one and random bytes behind them, none of which is below 0x41: no start code comes about,
//! not even behind a header that ends in zeros.

use super::clip::clip;

/// Frames from keyframe to keyframe.
const GOP: usize = 60;
/// Bytes of a NAL unit, with its start code, that hold the slice header.
const HEADER_BYTES: usize = 24;
/// One length in so many is a multiple of a page, which the writes alone do not tell from a frame that goes on.
const WHOLE_PAGES_EVERY: u64 = 13;
const PAGE_BYTES: usize = 4096;

/// Access units to come.
pub struct Noise {
    templates: Vec<Vec<u8>>,
    number: usize,
    count: usize,
    state: u64,
}

impl Noise {
    /// `count` access units that depend on `seed` only.
    pub fn new(count: usize, seed: u64) -> Self {
        let templates = clip(320, 240, GOP as u32, GOP as u32);
        Self { templates, number: 0, count, state: seed | 1 }
    }

    /// xorshift64.
    fn random(&mut self) -> u64 {
        self.state ^= self.state << 13;
        self.state ^= self.state >> 7;
        self.state ^= self.state << 17;
        self.state
    }

    /// The next access unit.
    pub fn next(&mut self) -> Option<Vec<u8>> {
        if self.number == self.count {
            return None;
        }
        let place = self.number % GOP;
        self.number += 1;
        let length = self.length(place == 0);
        let template = &self.templates[place];
        let slice = template.windows(4).rposition(|four| four == [0, 0, 0, 1]).unwrap_or_default();
        let head = (slice + HEADER_BYTES).min(template.len());
        let mut unit = template[..head].to_vec();
        while unit.len() < length.max(head + 1) {
            unit.push((self.random() >> 32) as u8 | 0x41);
        }
        Some(unit)
    }

    /// 0.2 to 240 kB: mostly a few kB, keyframes more.
    fn length(&mut self, is_key: bool) -> usize {
        let random = self.random();
        let length = match random % 100 {
            0..60 => 200 + (random >> 8) as usize % 4_000,
            60..97 if !is_key => 2_000 + (random >> 8) as usize % 30_000,
            _ => 20_000 + (random >> 8) as usize % 220_001,
        };
        if (random >> 40).is_multiple_of(WHOLE_PAGES_EVERY) {
            return length.div_ceil(PAGE_BYTES) * PAGE_BYTES;
        }
        length
    }
}

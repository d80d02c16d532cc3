//! Cuts raw sound into blocks of one length, which leave no hole. Pure: no clock.
//!
//! ```text
//! pushed   |--a--|--b--|      |--c--|              a hole of known length
//! popped   |---a b---|b 0 0 0 0 0 c |…             silence in its place: what follows stays in time
//! ```
//! What overlaps with what is there already is left out. Whoever waits for sound that does not come adds silence.

use std::collections::VecDeque;

use super::{SAMPLE_RATE, samples_in, ticks_of};

/// Samples that a time stamp may be off without a hole.
const ROUNDING: i64 = 4;
/// A longer hole is left as it is, and the blocks go on behind it.
const LONGEST_FILLED: i64 = 2 * SAMPLE_RATE as i64;

/// One block.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Block {
    /// When its first sample is heard, in ticks of 90 kHz.
    pub pts: i64,
    /// Its samples, channels interleaved.
    pub samples: Vec<i16>,
}

/// Sound on its way into blocks.
#[derive(Debug)]
pub struct Blocks {
    channels: usize,
    /// Samples of one channel in a block.
    length: usize,
    /// When the first waiting sample is heard, in ticks.
    begins: i64,
    waiting: VecDeque<i16>,
}

impl Blocks {
    /// Blocks of `length` samples of each of `channels`; the first begins at `begins`, in ticks of 90 kHz.
    #[must_use]
    pub fn new(channels: u8, length: usize, begins: i64) -> Self {
        Self {
            channels: usize::from(channels.max(1)),
            length: length.max(1),
            begins,
            waiting: VecDeque::new(),
        }
    }

    /// Where the sound ends that is there, in ticks.
    #[must_use]
    pub fn end(&self) -> i64 {
        let waiting = i64::try_from(self.waiting.len() / self.channels).unwrap_or(i64::MAX);
        self.begins.saturating_add(ticks_of(waiting))
    }

    /// Adds sound whose first sample is heard at `pts`. How many samples of silence were put in front of it: the length of
    /// the hole.
    pub fn push(&mut self, pts: i64, mut samples: impl Iterator<Item = i16>) -> u64 {
        let hole = samples_in(pts.saturating_sub(self.end()));
        let mut filled = 0;
        if hole > LONGEST_FILLED {
            self.waiting.clear();
            self.begins = pts;
        } else if hole > ROUNDING {
            self.silence(hole);
            filled = hole.unsigned_abs();
        } else if hole < -ROUNDING {
            let overlap = usize::try_from(hole.unsigned_abs()).unwrap_or(usize::MAX);
            samples.by_ref().take(overlap.saturating_mul(self.channels)).for_each(drop);
        }
        self.waiting.extend(samples);
        filled
    }

    /// Adds silence up to `end`, in ticks. How many samples that are.
    pub fn push_silence_until(&mut self, end: i64) -> u64 {
        let missing = samples_in(end.saturating_sub(self.end())).min(LONGEST_FILLED);
        self.silence(missing);
        u64::try_from(missing).unwrap_or(0)
    }

    fn silence(&mut self, samples: i64) {
        let samples = usize::try_from(samples).unwrap_or(0) * self.channels;
        self.waiting.extend(std::iter::repeat_n(0, samples));
    }

    /// The next block, once it is whole.
    pub fn pop(&mut self) -> Option<Block> {
        let values = self.length * self.channels;
        if self.waiting.len() < values {
            return None;
        }
        let block = Block { pts: self.begins, samples: self.waiting.drain(..values).collect() };
        self.begins = self.begins.saturating_add(ticks_of(i64::try_from(self.length).unwrap_or(i64::MAX)));
        Some(block)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `letters` of 8 samples each, `a` for 1 and so on; blocks as the same letters, `-` for silence.
    fn pushed(blocks: &mut Blocks, pts: i64, letters: &str) -> u64 {
        let samples = letters.bytes().flat_map(|letter| [i16::from(letter - b'a') + 1; 8]);
        blocks.push(pts, samples)
    }

    fn popped(blocks: &mut Blocks) -> Vec<(i64, String)> {
        std::iter::from_fn(|| blocks.pop())
            .map(|block| {
                let letters = block.samples.chunks(8).map(|chunk| {
                    assert!(chunk.iter().all(|sample| *sample == chunk[0]));
                    if chunk[0] == 0 { '-' } else { (b'a' + chunk[0] as u8 - 1) as char }
                });
                (block.pts, letters.collect())
            })
            .collect()
    }

    #[test]
    fn blocks_follow_each_other_and_holes_are_silence() {
        type Row<'a> = (&'a str, &'a [(i64, &'a str)], &'a [(i64, &'a str)], u64);
        let table: [Row<'_>; 6] = [
            ("in step", &[(100, "ab"), (130, "cd")], &[(100, "abcd")], 0),
            ("cut elsewhere", &[(100, "a"), (115, "bcdef")], &[(100, "abcd")], 0),
            ("a hole", &[(100, "ab"), (160, "cd")], &[(100, "ab--")], 16),
            ("a hole at the beginning", &[(130, "ab")], &[(100, "--ab")], 16),
            ("an overlap", &[(100, "abc"), (130, "xyz")], &[(100, "abcy")], 0),
            ("rounded", &[(100, "ab"), (131, "cd")], &[(100, "abcd")], 0),
        ];
        for (name, pushes, expected, filled) in table {
            let mut blocks = Blocks::new(1, 32, 100);
            let holes: u64 = pushes.iter().map(|(pts, letters)| pushed(&mut blocks, *pts, letters)).sum();
            let found = popped(&mut blocks);
            let found: Vec<_> = found.iter().map(|(pts, letters)| (*pts, letters.as_str())).collect();
            assert_eq!((found.as_slice(), holes), (expected, filled), "{name}");
        }
    }

    #[test]
    fn silence_is_added_for_sound_that_does_not_come_and_what_comes_late_is_left_out() {
        let mut blocks = Blocks::new(1, 32, 0);
        assert_eq!(blocks.push_silence_until(60), 32);
        assert_eq!(blocks.push_silence_until(30), 0);
        pushed(&mut blocks, 30, "abcdef");
        assert_eq!(popped(&mut blocks), [(0, "----".into()), (60, "cdef".into())]);
    }

    #[test]
    fn behind_a_hole_that_is_too_long_the_blocks_go_on() {
        let mut blocks = Blocks::new(2, 8, 0);
        assert_eq!(pushed(&mut blocks, 0, "a"), 0);
        assert_eq!(pushed(&mut blocks, 90_000 * 3, "bb"), 0);
        assert_eq!(popped(&mut blocks), [(270_000, "bb".into())]);
    }
}

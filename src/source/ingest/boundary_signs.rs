//! Signs that a frame is complete, learned from how the bytes of a source come. Pure.
//!
//! ```text
//! chunk ─► opens an access unit ──► the end before it was real: a proof for each sign that was there
//!      └─► goes on with a frame ──► no end was there: proofs are lost; CounterExample if one was declared
//! ```
//! Two signs are watched. **Writes**: through a packet-mode pipe a chunk is one write, or a page of one, so a chunk
//! that is not a multiple of [`PAGE_BYTES`] ends a write. **Quiet**: the camera sends nothing between two frames. A sign
//! is used only after [`PROOFS`] frames in a row for which it was right: the next bytes opened with a start code
//! and a new access unit, and (for quiet) the longest pause inside the frame was under a quarter of the quiet
//! after it. One counter-example, and the next start code decides alone for [`DISTRUST_US`].
//!
//! A writer that loses the processor inside a frame is quiet, too. So quiet is at least [`QUIET_FACTOR`] times the longest
//! pause inside one of the last [`PAUSES`] frames; where a write was probably cut at a page, [`PAGE_FACTOR`] times
//! as long; and twice as long as before once it was wrong.
//!
//! A camera with few pictures would show each of the first [`PROOFS`] a picture late. There [`SLOW_PROOFS`] are enough for a
//! quiet that is a good part of its pace; its first frames are ended by [`FIRST_QUIET_US`].

use std::collections::VecDeque;

use lenscast_media::{h264::access_unit::opens_access_unit, time::Moment};

/// Frames in a row that a sign must have been right for.
const PROOFS: usize = 60;
/// Frames in a row that quiet must have been right for, where a frame comes only once in [`SLOW_US`].
const SLOW_PROOFS: usize = 2;
/// A camera is slow when its quiet is never shorter than this, in microseconds.
const SLOW_US: u64 = 400_000;
/// The part of a slow camera's quiet that ends a frame,
const SLOW_PART: u64 = 4;
/// and its limits, in microseconds: more than a lost packet of TCP costs.
const SLOW_QUIET_US: std::ops::RangeInclusive<u64> = 250_000..=1_000_000;
/// Quiet that ends the first frames, when no pace is known, in microseconds.
const FIRST_QUIET_US: u64 = 2_000_000;
/// How long no sign is used after a counter-example, in microseconds.
const DISTRUST_US: u64 = 60_000_000;
/// stdio and the pipe cut long writes at multiples of this.
const PAGE_BYTES: usize = 4096;
/// Shorter quiet is never believed, in microseconds: the writer may just have lost the processor.
const LEAST_QUIET_US: u64 = 1_000;
/// Counter-examples raise the least quiet up to this, in microseconds.
const MOST_LEAST_QUIET_US: u64 = 16_000;
/// Frames whose inner pauses are remembered: 20 s at 30 frames a second.
const PAUSES: usize = 600;
/// Quiet after whole pages must be this many times longer: stdio has probably more to write.
const PAGE_FACTOR: u64 = 4;
/// Quiet must be this many times longer than the longest pause inside a frame.
const QUIET_FACTOR: u64 = 4;

/// Whether a source's reads keep the boundaries of the writes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::source) enum Cuts {
    /// A chunk is one write, or a page of one.
    Writes,
    /// A chunk is whatever was there.
    Arbitrary,
    /// A chunk is whatever was there, and may have been there for a while: quiet means nothing.
    Late,
}

/// A signal from outside of the stream that a frame is complete.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::source) enum Signal {
    /// The end of a write.
    Write,
    /// Quiet.
    Quiet,
    /// A line at descriptor 3.
    PtsLine,
    /// The marker bit of a packet.
    #[cfg(feature = "rtsp")]
    Marker,
}

/// A frame that was declared complete by a signal goes on: viewers got it damaged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::source) struct CounterExample(pub(in crate::source) Signal);

/// What was learned from the chunks of one connection.
#[derive(Debug)]
pub(super) struct BoundarySigns {
    cuts: Cuts,
    last: Option<Chunk>,
    /// Longest pause inside the present frame, and its bytes.
    inner_pause_us: u64,
    frame_bytes: usize,
    /// Longest pauses inside the last frames, and the longest of them.
    pauses: VecDeque<u64>,
    longest_pause_us: u64,
    least_quiet_us: u64,
    /// Frames in a row whose end was the end of a write.
    write_proofs: usize,
    /// The quiet after the last frames in a row for which it was right, and the shortest of it.
    quiet_proofs: VecDeque<u64>,
    shortest_quiet_us: u64,
    /// The signal by which the present frame was declared complete.
    declared: Option<Signal>,
    distrust_until: Option<Moment>,
}

#[derive(Clone, Copy, Debug)]
struct Chunk {
    at: Moment,
    ends_write: bool,
}

impl BoundarySigns {
    pub(super) const fn new(cuts: Cuts) -> Self {
        Self {
            cuts,
            last: None,
            inner_pause_us: 0,
            frame_bytes: 0,
            pauses: VecDeque::new(),
            longest_pause_us: 0,
            least_quiet_us: LEAST_QUIET_US,
            write_proofs: 0,
            quiet_proofs: VecDeque::new(),
            shortest_quiet_us: 0,
            declared: None,
            distrust_until: None,
        }
    }

    /// `chunk` has come `at` this moment: learns from how it begins.
    ///
    /// # Errors
    /// When it goes on with a frame that was declared complete.
    pub(super) fn learn(&mut self, chunk: &[u8], at: Moment) -> Result<(), CounterExample> {
        let ends_write = self.cuts == Cuts::Writes && !chunk.len().is_multiple_of(PAGE_BYTES);
        let frame_bytes = std::mem::replace(&mut self.frame_bytes, chunk.len());
        let Some(last) = self.last.replace(Chunk { at, ends_write }) else { return Ok(()) };
        let quiet_us = at.micros_since(last.at);
        let declared = self.declared.take();
        if opens_access_unit(chunk) {
            self.write_proofs = if last.ends_write { self.write_proofs + 1 } else { self.write_proofs };
            self.prove_quiet(quiet_us);
            self.inner_pause_us = 0;
            return Ok(());
        }
        self.frame_bytes = frame_bytes.saturating_add(chunk.len());
        self.inner_pause_us = self.inner_pause_us.max(quiet_us);
        if last.ends_write {
            self.write_proofs = 0;
        }
        let Some(signal) = declared else { return Ok(()) };
        if signal == Signal::Quiet {
            self.least_quiet_us = (self.least_quiet_us * 2).min(MOST_LEAST_QUIET_US);
        }
        self.write_proofs = 0;
        self.quiet_proofs.clear();
        self.distrust_until = Some(at.plus_micros(DISTRUST_US));
        Err(CounterExample(signal))
    }

    /// The present frame is declared complete by `signal`.
    pub(super) const fn declare(&mut self, signal: Signal) {
        self.declared = Some(signal);
    }

    /// Whether signs count: there was no counter-example for a while.
    pub(super) fn are_trusted(&self) -> bool {
        let at = self.last.map_or_else(Moment::default, |last| last.at);
        self.distrust_until.is_none_or(|until| at >= until)
    }

    /// Whether the newest chunk ends a write, and the ends of writes are the ends of frames.
    pub(super) fn write_ends_frame(&self) -> bool {
        let ends_write = self.last.is_some_and(|last| last.ends_write);
        ends_write && self.write_proofs >= PROOFS && self.are_trusted()
    }

    /// Microseconds of quiet after the newest chunk that mean the end of a frame; `None` while that is not certain.
    /// `frames` are complete so far.
    pub(super) fn quiet_us(&self, frames: u64) -> Option<u64> {
        if self.cuts == Cuts::Late || !self.are_trusted() {
            return None;
        }
        let proofs = self.quiet_proofs.len();
        let (least_us, below_us) = if proofs >= PROOFS {
            (self.least_quiet_us, self.shortest_quiet_us)
        } else if proofs >= SLOW_PROOFS && self.shortest_quiet_us >= SLOW_US {
            let part_us = self.shortest_quiet_us / SLOW_PART;
            (part_us.clamp(*SLOW_QUIET_US.start(), *SLOW_QUIET_US.end()), self.shortest_quiet_us)
        } else if frames < SLOW_PROOFS as u64 {
            (FIRST_QUIET_US.max(self.inner_pause_us * QUIET_FACTOR), u64::MAX)
        } else {
            return None;
        };
        let quiet_us = (self.longest_pause_us * QUIET_FACTOR).max(least_us);
        let is_whole_pages = self.frame_bytes.is_multiple_of(PAGE_BYTES);
        let quiet_us = if is_whole_pages { quiet_us * PAGE_FACTOR } else { quiet_us };
        (quiet_us < below_us).then_some(quiet_us)
    }

    /// A frame is followed by this quiet. Extremes are found here, once a frame and not once a chunk.
    fn prove_quiet(&mut self, quiet_us: u64) {
        if self.pauses.len() == PAUSES {
            self.pauses.pop_front();
        }
        self.pauses.push_back(self.inner_pause_us);
        self.longest_pause_us = self.pauses.iter().copied().max().unwrap_or(0);
        if self.inner_pause_us * QUIET_FACTOR >= quiet_us {
            return self.quiet_proofs.clear();
        }
        if self.quiet_proofs.len() == PROOFS {
            self.quiet_proofs.pop_front();
        }
        self.quiet_proofs.push_back(quiet_us);
        self.shortest_quiet_us = self.quiet_proofs.iter().copied().min().unwrap_or(0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const OPENS: [u8; 8] = [0, 0, 0, 1, 0x41, 0x9a, 1, 2];
    const FRAME_US: u64 = 33_333;

    /// Frames of these chunks, with this pause between them; the moment of the next frame.
    fn play(signs: &mut BoundarySigns, begin_us: u64, count: usize, chunks: &[usize], pause_us: u64) -> u64 {
        let mut begin_us = begin_us;
        for _ in 0..count {
            let mut now_us = begin_us;
            for (number, length) in chunks.iter().enumerate() {
                let mut chunk = vec![0x55; *length];
                if number == 0 {
                    chunk[..8].copy_from_slice(&OPENS);
                }
                // What a counter-example does is looked at by the caller.
                let _ = signs.learn(&chunk, Moment::from_micros(now_us));
                now_us += pause_us;
            }
            begin_us += FRAME_US;
        }
        begin_us
    }

    /// What `quiet_us` is behind each of the first frames of this length, one each `frame_us`, with this pause inside.
    fn first_quiets(frame_us: u64, chunks: &[usize], pause_us: u64) -> Vec<Option<u64>> {
        let mut signs = BoundarySigns::new(Cuts::Arbitrary);
        let one = |number: u64| {
            play(&mut signs, 1_000_000 + number * frame_us, 1, chunks, pause_us);
            signs.quiet_us(number).map(|quiet_us| quiet_us / 1_000)
        };
        (0..5).map(one).collect()
    }

    #[test]
    fn the_first_frames_of_a_slow_camera_are_not_a_picture_late() {
        const FIRST: Option<u64> = Some(2_000);
        let whole = &[900][..];
        let halves = &[900, 900][..];
        // What quiet ends the third frame and those behind it, in ms.
        let table = [
            ("25 a second", 40_000, whole, 0, None),
            ("3 a second", 333_000, whole, 0, None),
            ("1 a second", 1_000_000, whole, 0, Some(250)),
            ("1 in 3 s", 3_000_000, whole, 0, Some(750)),
            ("1 in 20 s", 20_000_000, whole, 0, Some(1_000)),
            ("in pieces", 1_000_000, halves, 100_000, Some(400)),
            ("in pieces as far apart as frames", 900_000, halves, 450_000, None),
        ];
        for (name, frame_us, chunks, pause_us, expected) in table {
            let quiets = [FIRST, FIRST, expected, expected, expected];
            assert_eq!(first_quiets(frame_us, chunks, pause_us), quiets, "{name}");
        }
    }

    #[test]
    fn quiet_behind_whole_pages_must_be_longer() {
        let mut signs = BoundarySigns::new(Cuts::Arbitrary);
        let now_us = play(&mut signs, 1_000_000, 61, &[4096, 900], 20);
        let mut chunk = vec![0x55; 4096];
        chunk[..8].copy_from_slice(&OPENS);
        let now = Moment::from_micros(now_us);
        assert_eq!(signs.learn(&chunk, now), Ok(()));
        assert_eq!(signs.quiet_us(61), Some(4 * LEAST_QUIET_US));
        assert_eq!(signs.learn(&[0x55; 900], now), Ok(()));
        assert_eq!(signs.quiet_us(61), Some(LEAST_QUIET_US));
    }
}

//! When is a frame complete? Decided from how a source's bytes come, without waiting for the next frame. Pure.
//!
//! ```text
//! chunk ─► begins(): does it continue what was said to be complete?      ─► counter-example
//!      └─► ends():   a write that ends here │ quiet that is long enough │ nobody knows: the next start code
//! ```
//! Two signs are watched. **Writes**: through a packet-mode pipe a chunk is one write, or a page of one, so a chunk
//! that is not a multiple of [`PAGE_BYTES`] ends a write. **Quiet**: the camera says nothing between two frames. A sign
//! is used only after [`PROOFS`] frames in a row for which it was right: the next bytes opened with a start code
//! and a new access unit, and (for quiet) the longest pause inside the frame was under a quarter of the quiet
//! after it. One counter-example, and the next start code decides alone for [`DISTRUST`].
//!
//! A writer that loses the processor inside a frame is quiet too. So quiet is at least [`QUIET_FACTOR`] times the longest
//! pause inside one of the last [`PAUSES`] frames; where a write was probably cut at a page, [`PAGE_FACTOR`] times
//! as long; and twice as long as before once it was wrong. Whoever waits for it must see that nothing is waiting to be read, and
//! that it was not the waiting that took so long.
//!
//! A third sign comes from outside: a line at descriptor 3 says that a frame is written.

use std::{collections::VecDeque, time::Duration};

use lenscast_media::{h264::access_unit::opens_access_unit, time::Moment};

/// Frames in a row a sign must have been right for.
const PROOFS: usize = 60;
/// How long no sign is used after a counter-example, in microseconds.
const DISTRUST_US: u64 = 60_000_000;
/// stdio and the pipe cut long writes at multiples of this.
const PAGE_BYTES: usize = 4096;
/// Quiet is never believed before this, in microseconds: the writer may just have lost the processor.
const LEAST_QUIET_US: u64 = 1_000;
/// However often it was wrong, no longer quiet than this is asked for by that.
const MOST_LEAST_QUIET_US: u64 = 16_000;
/// Frames whose inner pauses are remembered: 20 s at 30 frames a second.
const PAUSES: usize = 600;
/// Quiet behind whole pages must be so many times longer: stdio has probably more to write.
const PAGE_FACTOR: u64 = 4;
/// Quiet must be so many times longer than the longest pause inside a frame.
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

/// Who said that a frame is complete.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::source) enum EndRule {
    /// The first bytes of the next one.
    NextStartCode,
    /// The end of a write.
    Write,
    /// Quiet.
    Quiet,
    /// A line at descriptor 3.
    PtsLine,
}

impl EndRule {
    /// Its name in status and metrics.
    pub(in crate::source) const fn name(self) -> &'static str {
        match self {
            Self::NextStartCode => "next_start_code",
            Self::Write => "write",
            Self::Quiet => "quiet",
            Self::PtsLine => "pts_line",
        }
    }
}

/// What is known about a frame's end after a chunk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::source) enum End {
    /// The chunk ends the frame.
    Now,
    /// The frame has ended if nothing comes for so long.
    AfterQuiet(Duration),
    /// The next start code will tell.
    Unknown,
}

/// A frame that was said to be complete goes on: it was given to the viewers damaged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::source) struct CounterExample(pub(in crate::source) EndRule);

/// Watches the chunks of one connection to a source.
#[derive(Debug)]
pub(in crate::source) struct FrameEnds {
    cuts: Cuts,
    last: Option<Chunk>,
    /// Longest pause inside the present frame, and its bytes.
    inner_pause_us: u64,
    frame_bytes: usize,
    /// Longest pauses inside the last frames.
    pauses: VecDeque<u64>,
    least_quiet_us: u64,
    /// Frames in a row whose end was the end of a write.
    write_proofs: usize,
    /// The quiet behind the last frames in a row for which it was right.
    quiet_proofs: VecDeque<u64>,
    said: Option<EndRule>,
    distrust_until: Option<Moment>,
}

#[derive(Clone, Copy, Debug)]
struct Chunk {
    at: Moment,
    ends_write: bool,
}

impl FrameEnds {
    pub(in crate::source) const fn new(cuts: Cuts) -> Self {
        Self {
            cuts,
            last: None,
            inner_pause_us: 0,
            frame_bytes: 0,
            pauses: VecDeque::new(),
            least_quiet_us: LEAST_QUIET_US,
            write_proofs: 0,
            quiet_proofs: VecDeque::new(),
            said: None,
            distrust_until: None,
        }
    }

    /// `chunk` has come `at` this moment: learns from how it begins.
    pub(in crate::source) fn begins(&mut self, chunk: &[u8], at: Moment) -> Result<(), CounterExample> {
        let ends_write = self.cuts == Cuts::Writes && !chunk.len().is_multiple_of(PAGE_BYTES);
        let frame_bytes = std::mem::replace(&mut self.frame_bytes, chunk.len());
        let Some(last) = self.last.replace(Chunk { at, ends_write }) else { return Ok(()) };
        let quiet_us = at.micros_since(last.at);
        let said = self.said.take();
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
        let Some(rule) = said else { return Ok(()) };
        if rule == EndRule::Quiet {
            self.least_quiet_us = (self.least_quiet_us * 2).min(MOST_LEAST_QUIET_US);
        }
        self.write_proofs = 0;
        self.quiet_proofs.clear();
        self.distrust_until = Some(at.plus_micros(DISTRUST_US));
        Err(CounterExample(rule))
    }

    /// Whether the chunk that [`Self::begins`] was told of ends a frame.
    pub(in crate::source) fn ends(&mut self) -> End {
        let Some(last) = self.last else { return End::Unknown };
        if !self.is_trusted() {
            return End::Unknown;
        }
        if last.ends_write && self.write_proofs >= PROOFS {
            self.said = Some(EndRule::Write);
            return End::Now;
        }
        self.quiet_us().map_or(End::Unknown, |quiet| End::AfterQuiet(Duration::from_micros(quiet)))
    }

    /// Whether signs count: there was no counter-example for a while.
    pub(in crate::source) fn is_trusted(&self) -> bool {
        let at = self.last.map_or_else(Moment::default, |last| last.at);
        self.distrust_until.is_none_or(|until| at >= until)
    }

    /// A line has said that the frame is written, and it was given to the viewers.
    pub(in crate::source) const fn line_has_come(&mut self) {
        self.said = Some(EndRule::PtsLine);
    }

    /// Nothing has come for as long as [`End::AfterQuiet`] said.
    pub(in crate::source) const fn quiet_has_passed(&mut self) {
        self.said = Some(EndRule::Quiet);
    }

    fn prove_quiet(&mut self, quiet_us: u64) {
        if self.pauses.len() == PAUSES {
            self.pauses.pop_front();
        }
        self.pauses.push_back(self.inner_pause_us);
        if self.inner_pause_us * QUIET_FACTOR >= quiet_us {
            return self.quiet_proofs.clear();
        }
        if self.quiet_proofs.len() == PROOFS {
            self.quiet_proofs.pop_front();
        }
        self.quiet_proofs.push_back(quiet_us);
    }

    /// Quiet that means the end of a frame, if that is certain enough.
    fn quiet_us(&self) -> Option<u64> {
        if self.cuts == Cuts::Late || self.quiet_proofs.len() < PROOFS {
            return None;
        }
        let longest_pause_us = self.pauses.iter().max()?;
        let shortest_quiet_us = self.quiet_proofs.iter().min()?;
        let quiet_us = (longest_pause_us * QUIET_FACTOR).max(self.least_quiet_us);
        let is_whole_pages = self.frame_bytes.is_multiple_of(PAGE_BYTES);
        let quiet_us = if is_whole_pages { quiet_us * PAGE_FACTOR } else { quiet_us };
        (quiet_us < *shortest_quiet_us).then_some(quiet_us)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const OPENS: [u8; 8] = [0, 0, 0, 1, 0x41, 0x9a, 1, 2];
    const FRAME_US: u64 = 33_333;

    /// A camera whose frames are played into the rules; all times in microseconds.
    struct Player {
        ends: FrameEnds,
        now_us: u64,
    }

    /// What the rules made of one frame.
    #[derive(Debug, PartialEq, Eq)]
    enum Seen {
        /// Ended in time by the rule.
        Ended(EndRule),
        /// Nobody but the next start code.
        Waits,
        /// Ended too early.
        Damaged,
    }

    impl Player {
        fn new(cuts: Cuts) -> Self {
            Self { ends: FrameEnds::new(cuts), now_us: 1_000_000 }
        }

        /// One frame in chunks of these lengths, with this pause between them, and quiet until the next frame.
        fn frame(&mut self, chunks: &[usize], pause_us: u64) -> Seen {
            let begun_us = self.now_us;
            let mut seen = Seen::Waits;
            for (number, length) in chunks.iter().enumerate() {
                self.now_us += if number == 0 { 0 } else { pause_us };
                let mut chunk = vec![0x55; *length];
                if number == 0 {
                    chunk[..8].copy_from_slice(&OPENS);
                }
                if self.ends.begins(&chunk, Moment::from_micros(self.now_us)).is_err() {
                    return Seen::Damaged;
                }
                let until_next_us =
                    if number + 1 < chunks.len() { pause_us } else { begun_us + FRAME_US - self.now_us };
                match self.ends.ends() {
                    End::Now => seen = Seen::Ended(EndRule::Write),
                    End::AfterQuiet(quiet) if quiet < Duration::from_micros(until_next_us) => {
                        self.ends.quiet_has_passed();
                        seen = Seen::Ended(EndRule::Quiet);
                    }
                    End::AfterQuiet(_) | End::Unknown => seen = Seen::Waits,
                }
            }
            self.now_us = begun_us + FRAME_US;
            seen
        }

        fn frames(&mut self, count: usize, chunks: &[usize], pause_us: u64) -> Vec<Seen> {
            (0..count).map(|_| self.frame(chunks, pause_us)).collect()
        }
    }

    #[test]
    fn a_sign_is_used_after_sixty_proofs_and_not_before() {
        let table = [
            ("stdio through a packet pipe", Cuts::Writes, &[4096, 4096, 904][..], 30, EndRule::Write),
            ("stdio through any pipe", Cuts::Arbitrary, &[4096, 4096, 904], 30, EndRule::Quiet),
            ("one read a frame", Cuts::Arbitrary, &[9_000], 0, EndRule::Quiet),
            ("multiples of a page, through a packet pipe", Cuts::Writes, &[4096, 4096], 30, EndRule::Quiet),
            ("a slow network", Cuts::Arbitrary, &[1400, 1400, 1400], 1_000, EndRule::Quiet),
        ];
        for (name, cuts, chunks, pause_us, rule) in table {
            let mut player = Player::new(cuts);
            let seen = player.frames(70, chunks, pause_us);
            assert!(seen[..60].iter().all(|seen| *seen == Seen::Waits), "{name}: {seen:?}");
            assert!(seen[61..].iter().all(|seen| *seen == Seen::Ended(rule)), "{name}: {seen:?}");
        }
    }

    #[test]
    fn what_is_not_certain_is_never_used() {
        let table = [
            ("slice by slice, each a write", Cuts::Writes, &[2000, 2000, 2000, 2000][..], 5_000),
            ("pauses as long as the quiet", Cuts::Arbitrary, &[1400, 1400, 1400], 9_000),
        ];
        for (name, cuts, chunks, pause_us) in table {
            let seen = Player::new(cuts).frames(200, chunks, pause_us);
            assert!(seen.iter().all(|seen| *seen == Seen::Waits), "{name}: {seen:?}");
        }
    }

    #[test]
    fn a_frame_of_whole_pages_is_left_to_quiet() {
        let mut player = Player::new(Cuts::Writes);
        player.frames(61, &[4096, 904], 30);
        assert_eq!(player.frame(&[4096, 4096], 30), Seen::Ended(EndRule::Quiet));
        assert_eq!(player.frame(&[4096, 904], 30), Seen::Ended(EndRule::Write));
    }

    #[test]
    fn one_pause_inside_a_frame_is_remembered_for_a_while() {
        let mut player = Player::new(Cuts::Arbitrary);
        player.frames(61, &[3000, 900], 20);
        assert_eq!(player.frame(&[3000, 900], 4_000), Seen::Damaged, "the writer lost the processor");
        player.frames(1_900, &[3000, 900], 20);
        // Once it was wrong, twice the quiet is asked for; the pause of 4 ms is long forgotten.
        assert_eq!(player.ends.quiet_us(), Some(2 * LEAST_QUIET_US));
        let mut player = Player::new(Cuts::Arbitrary);
        player.frames(30, &[3000, 900], 20);
        player.frame(&[3000, 900], 4_000);
        let seen = player.frames(70, &[3000, 900], 20);
        assert_eq!(seen.last(), Some(&Seen::Ended(EndRule::Quiet)));
        assert_eq!(player.ends.quiet_us(), Some(16_000), "four times the pause, long after");
    }

    #[test]
    fn quiet_behind_whole_pages_must_be_longer() {
        let mut player = Player::new(Cuts::Arbitrary);
        player.frames(61, &[4096, 900], 20);
        let mut chunk = vec![0x55; 4096];
        chunk[..8].copy_from_slice(&OPENS);
        let now = Moment::from_micros(player.now_us);
        assert_eq!(player.ends.begins(&chunk, now), Ok(()));
        assert_eq!(player.ends.quiet_us(), Some(4 * LEAST_QUIET_US));
        assert_eq!(player.ends.begins(&[0x55; 900], now), Ok(()));
        assert_eq!(player.ends.quiet_us(), Some(LEAST_QUIET_US));
    }

    #[test]
    fn quiet_means_nothing_where_bytes_come_late() {
        let seen = Player::new(Cuts::Late).frames(100, &[3000, 900], 20);
        assert!(seen.iter().all(|seen| *seen == Seen::Waits), "{seen:?}");
    }

    #[test]
    fn one_counter_example_takes_the_signs_away_for_a_minute() {
        let mut player = Player::new(Cuts::Writes);
        player.frames(61, &[5000], 0);
        assert_eq!(player.frame(&[5000, 300], 6_000), Seen::Damaged);
        player.now_us += FRAME_US;
        let seen = player.frames(1_795, &[5000], 0);
        assert!(seen.iter().all(|seen| *seen == Seen::Waits));
        let seen = player.frames(20, &[5000], 0);
        assert_eq!(seen.last(), Some(&Seen::Ended(EndRule::Write)));
    }
}

//! When is a frame complete? Decided here alone, without waiting for the next frame. Pure: no IO, time is an argument.
//!
//! ```text
//! chunk ─ push ───► CounterExample │ parse it, then parsed ┐
//! line ── line ───► held until all that was written before it has been read
//!                                                          ▼
//! now ─── poll ───► Complete by the end of its write │ by quiet │ by its line │ nothing: the next start code decides
//!         deadline: poll again then
//! ```
//! For bare H.264, whose bytes do not say where a frame ends. Which sign of an end is believed is learned by
//! [`BoundarySigns`]. A line at descriptor 3 (`rpicam-vid --save-pts`) is a signal that needs no proof. Where lines come,
//! the end of a write waits [`LINE_WITHIN_US`] for its line, which says when the picture was taken.
//!
//! Quiet is believed only when the kernel holds no more bytes and the timer was on time: when this program could not run,
//! the writer may not have been able to either.

use lenscast_media::{input::event::FrameBoundary, time::Moment};

use super::boundary_signs::{BoundarySigns, CounterExample, Cuts, Signal};

/// Quiet that is noticed later than this after its deadline may be our own: the machine is busy. A timer is up to a
/// millisecond late by itself. In microseconds.
const ON_TIME_US: u64 = 2_000;
/// Of long quiet this part may be our own.
const ON_TIME_PART: u64 = 16;
/// Times that quiet is waited for again when it was noticed late. Then the next start code decides.
const QUIET_TRIES: u32 = 3;
/// The line of a frame comes within this after its last write, or the frame goes out without it. In microseconds.
const LINE_WITHIN_US: u64 = 3_000;
/// Frames that may wait for their lines; with more, lines and frames are out of step for good.
const MOST_LINES_OWED: u64 = 8;

/// Name of what ended a frame, in status and metrics; `signal` is the one that ended a frame by a signal.
pub(in crate::source) const fn name(boundary: FrameBoundary, signal: Option<Signal>) -> &'static str {
    match (boundary, signal) {
        (FrameBoundary::Signal, Some(Signal::Write)) => "write",
        (FrameBoundary::Signal, Some(Signal::Quiet)) => "quiet",
        (FrameBoundary::Signal, Some(Signal::PtsLine)) => "pts_line",
        #[cfg(feature = "rtsp")]
        (FrameBoundary::Signal, Some(Signal::Marker)) => "marker",
        (FrameBoundary::NextStartCode | FrameBoundary::Signal, _) => "next_start_code",
        (FrameBoundary::ContainerSize, _) => "container_size",
        (FrameBoundary::PesLength, _) => "pes_length",
        (FrameBoundary::Stuffing, _) => "stuffing",
        (FrameBoundary::NextPusi, _) => "next_pusi",
        (FrameBoundary::EndOfImage, _) => "end_of_image",
    }
}

/// What the parser has made of the chunks so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Parsed {
    /// Access units that it has given.
    pub(super) access_units: u64,
    /// Whether it holds what may be a whole access unit.
    pub(super) may_be_completed: bool,
}

/// What is to be done now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Decision {
    /// The frame is complete: the parser gives it, and [`BoundaryDetector::completed`] is called.
    Complete {
        /// The signal that says so.
        signal: Signal,
        /// When it is shown, in microseconds after the first frame, where the signal is a line.
        pts_us: Option<u64>,
    },
    /// Lines do not match frames and are ignored from now on. To be logged.
    LinesOutOfStep,
}

/// Decides when the frames of one connection to a source are complete.
#[derive(Debug)]
pub(super) struct BoundaryDetector {
    signs: BoundarySigns,
    parsed: Parsed,
    /// A chunk was parsed that [`Self::poll`] has not looked at.
    is_new: bool,
    wait: Option<Wait>,
    /// A line that came before all that was written before it was read.
    held_line: Option<u64>,
    /// Access units whose lines have come; `None` once lines and frames are out of step.
    matched_lines: Option<u64>,
    /// Lines come in time.
    lines_come: bool,
}

/// A moment that is waited for after a chunk.
#[derive(Clone, Copy, Debug)]
struct Wait {
    until: Moment,
    reason: WaitReason,
}

#[derive(Clone, Copy, Debug)]
enum WaitReason {
    /// A write has ended a frame, and its line may follow.
    Line,
    /// Quiet of this length means the end of a frame.
    Quiet { length_us: u64, tries_left: u32 },
}

impl BoundaryDetector {
    /// For a source that cuts its chunks like this.
    pub(super) const fn new(cuts: Cuts) -> Self {
        Self {
            signs: BoundarySigns::new(cuts),
            parsed: Parsed { access_units: 0, may_be_completed: false },
            is_new: false,
            wait: None,
            held_line: None,
            matched_lines: Some(0),
            lines_come: false,
        }
    }

    /// `chunk` was read at `now` and is about to be parsed.
    ///
    /// # Errors
    /// When it goes on with a frame that was declared complete.
    pub(super) fn push(&mut self, chunk: &[u8], now: Moment) -> Result<(), CounterExample> {
        self.wait = None;
        self.signs.learn(chunk, now)
    }

    /// The chunk was parsed.
    pub(super) const fn parsed(&mut self, parsed: Parsed) {
        self.parsed = parsed;
        self.is_new = true;
    }

    /// The decision of [`Self::poll`] was carried out.
    pub(super) fn completed(&mut self, signal: Signal, parsed: Parsed) {
        self.wait = None;
        let is_given = parsed.access_units != self.parsed.access_units;
        self.parsed = parsed;
        if is_given {
            self.signs.declare(signal);
        }
        if is_given && signal == Signal::PtsLine {
            self.matched_lines = Some(parsed.access_units);
            self.lines_come = true;
        }
    }

    /// Whether there is room for a line; one is held at a time.
    pub(super) const fn takes_line(&self) -> bool {
        self.held_line.is_none()
    }

    /// A line has come, which says that an access unit is written that is shown `pts_us` after the first.
    pub(super) const fn line(&mut self, pts_us: u64) {
        self.held_line = Some(pts_us);
    }

    /// When to poll again, if nothing comes before.
    pub(super) fn deadline(&self) -> Option<Moment> {
        self.wait.map(|wait| wait.until)
    }

    /// What is to be done at `now`. Call it until it returns `None`. `bytes_wait` says whether the kernel holds bytes
    /// that were not read.
    pub(super) fn poll(&mut self, now: Moment, bytes_wait: impl Fn() -> bool) -> Option<Decision> {
        if std::mem::take(&mut self.is_new)
            && let Some(decision) = self.after_chunk(now)
        {
            return Some(decision);
        }
        if let Some(pts_us) = self.held_line
            && !bytes_wait()
        {
            self.held_line = None;
            if let Some(decision) = self.after_line(pts_us) {
                return Some(decision);
            }
        }
        let wait = self.wait.take_if(|wait| now >= wait.until)?;
        if bytes_wait() { None } else { self.after_wait(wait, now) }
    }

    /// Does the newest chunk end a frame, or may what follows it?
    fn after_chunk(&mut self, now: Moment) -> Option<Decision> {
        if !self.parsed.may_be_completed {
            return None;
        }
        if !self.signs.write_ends_frame() {
            self.wait = self.signs.quiet_us(self.parsed.access_units).map(|length_us| Wait {
                until: now.plus_micros(length_us),
                reason: WaitReason::Quiet { length_us, tries_left: QUIET_TRIES },
            });
            return None;
        }
        if self.lines_come {
            self.wait = Some(Wait { until: now.plus_micros(LINE_WITHIN_US), reason: WaitReason::Line });
            return None;
        }
        Some(Decision::Complete { signal: Signal::Write, pts_us: None })
    }

    /// A line, before which all that was written has been parsed.
    fn after_line(&mut self, pts_us: u64) -> Option<Decision> {
        let matched = self.matched_lines.as_mut()?;
        let owed = self.parsed.access_units.saturating_sub(*matched);
        if owed > MOST_LINES_OWED {
            self.matched_lines = None;
            self.lines_come = false;
            return Some(Decision::LinesOutOfStep);
        }
        if owed > 0 {
            // Its frame was known to be complete without it.
            *matched += 1;
            self.lines_come = true;
            return None;
        }
        let counts = self.parsed.may_be_completed && self.signs.are_trusted();
        counts.then_some(Decision::Complete { signal: Signal::PtsLine, pts_us: Some(pts_us) })
    }

    /// The time of `wait` is over, and nothing has come.
    fn after_wait(&mut self, wait: Wait, now: Moment) -> Option<Decision> {
        match wait.reason {
            WaitReason::Line => {
                self.lines_come = false;
                Some(Decision::Complete { signal: Signal::Write, pts_us: None })
            }
            WaitReason::Quiet { length_us, .. }
                if now.micros_since(wait.until) <= ON_TIME_US.max(length_us / ON_TIME_PART) =>
            {
                Some(Decision::Complete { signal: Signal::Quiet, pts_us: None })
            }
            WaitReason::Quiet { length_us, tries_left } => {
                self.wait = tries_left.checked_sub(1).map(|tries_left| Wait {
                    until: now.plus_micros(length_us),
                    reason: WaitReason::Quiet { length_us, tries_left },
                });
                None
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const OPENS: [u8; 8] = [0, 0, 0, 1, 0x41, 0x9a, 1, 2];
    const FRAME_US: u64 = 33_333;

    const WRITE: Option<Decision> = Some(Decision::Complete { signal: Signal::Write, pts_us: None });
    const QUIET: Option<Decision> = Some(Decision::Complete { signal: Signal::Quiet, pts_us: None });

    const fn by_line(pts_us: u64) -> Option<Decision> {
        Some(Decision::Complete { signal: Signal::PtsLine, pts_us: Some(pts_us) })
    }

    fn opening(length: usize) -> Vec<u8> {
        let mut chunk = vec![0x55; length];
        chunk[..8].copy_from_slice(&OPENS);
        chunk
    }

    /// A camera whose frames are played into the detector; all times in microseconds.
    struct Player {
        detector: BoundaryDetector,
        now_us: u64,
        /// Access units that the parser has given, and whether it holds one that is not given.
        access_units: u64,
        holds_one: bool,
    }

    /// What became of one frame.
    #[derive(Debug, PartialEq, Eq)]
    enum Seen {
        /// Declared complete in time by the signal.
        Ended(Signal),
        /// Left to the next start code.
        Waits,
        /// Declared complete too early.
        Damaged,
    }

    impl Player {
        fn new(cuts: Cuts) -> Self {
            let detector = BoundaryDetector::new(cuts);
            Self { detector, now_us: 1_000_000, access_units: 0, holds_one: false }
        }

        fn parsed(&self) -> Parsed {
            Parsed { access_units: self.access_units, may_be_completed: self.holds_one }
        }

        /// A chunk comes now. As the parser does, one that opens an access unit ends the one before.
        fn push(&mut self, chunk: &[u8]) -> Result<(), CounterExample> {
            let pushed = self.detector.push(chunk, Moment::from_micros(self.now_us));
            self.access_units += u64::from(self.holds_one && chunk.starts_with(&OPENS));
            self.holds_one |= chunk.starts_with(&OPENS);
            self.detector.parsed(self.parsed());
            pushed
        }

        /// What is decided at `now_us`; it is done.
        fn poll(&mut self, now_us: u64, bytes_wait: bool) -> Option<Decision> {
            let decision = self.detector.poll(Moment::from_micros(now_us), || bytes_wait);
            if let Some(Decision::Complete { signal, .. }) = decision {
                self.access_units += u64::from(std::mem::take(&mut self.holds_one));
                self.detector.completed(signal, self.parsed());
            }
            decision
        }

        fn deadline_us(&self) -> Option<u64> {
            self.detector.deadline().map(Moment::as_micros)
        }

        /// One frame in chunks of these lengths, with this pause between them, and quiet until the next frame.
        fn frame(&mut self, chunks: &[usize], pause_us: u64) -> Seen {
            let begun_us = self.now_us;
            let mut seen = Seen::Waits;
            for (number, length) in chunks.iter().enumerate() {
                self.now_us += if number == 0 { 0 } else { pause_us };
                let chunk = if number == 0 { opening(*length) } else { vec![0x55; *length] };
                if self.push(&chunk).is_err() {
                    return Seen::Damaged;
                }
                let next_us =
                    if number + 1 < chunks.len() { self.now_us + pause_us } else { begun_us + FRAME_US };
                seen = match self.poll(self.now_us, false) {
                    WRITE => Seen::Ended(Signal::Write),
                    _ => match self.deadline_us().filter(|deadline_us| *deadline_us < next_us) {
                        Some(deadline_us) => {
                            assert_eq!(self.poll(deadline_us, false), QUIET);
                            Seen::Ended(Signal::Quiet)
                        }
                        None => Seen::Waits,
                    },
                };
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
            ("stdio through a packet pipe", Cuts::Writes, &[4096, 4096, 904][..], 30, Signal::Write),
            ("stdio through any pipe", Cuts::Arbitrary, &[4096, 4096, 904], 30, Signal::Quiet),
            ("one read a frame", Cuts::Arbitrary, &[9_000], 0, Signal::Quiet),
            ("multiples of a page, through a packet pipe", Cuts::Writes, &[4096, 4096], 30, Signal::Quiet),
            ("a slow network", Cuts::Arbitrary, &[1400, 1400, 1400], 1_000, Signal::Quiet),
        ];
        for (name, cuts, chunks, pause_us, signal) in table {
            let mut player = Player::new(cuts);
            let seen = player.frames(70, chunks, pause_us);
            assert!(seen[..60].iter().all(|seen| *seen == Seen::Waits), "{name}: {seen:?}");
            assert!(seen[61..].iter().all(|seen| *seen == Seen::Ended(signal)), "{name}: {seen:?}");
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
        assert_eq!(player.frame(&[4096, 4096], 30), Seen::Ended(Signal::Quiet));
        assert_eq!(player.frame(&[4096, 904], 30), Seen::Ended(Signal::Write));
    }

    #[test]
    fn one_pause_inside_a_frame_is_remembered_for_a_while() {
        let mut player = Player::new(Cuts::Arbitrary);
        player.frames(61, &[3000, 900], 20);
        assert_eq!(player.frame(&[3000, 900], 4_000), Seen::Damaged, "the writer lost the processor");
        player.frames(1_900, &[3000, 900], 20);
        // Once it was wrong, twice the quiet is asked for; the pause of 4 ms is long forgotten.
        assert_eq!(player.detector.signs.quiet_us(100), Some(2_000));
        let mut player = Player::new(Cuts::Arbitrary);
        player.frames(30, &[3000, 900], 20);
        player.frame(&[3000, 900], 4_000);
        let seen = player.frames(70, &[3000, 900], 20);
        assert_eq!(seen.last(), Some(&Seen::Ended(Signal::Quiet)));
        assert_eq!(player.detector.signs.quiet_us(100), Some(16_000), "four times the pause, long after");
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
        assert_eq!(seen.last(), Some(&Seen::Ended(Signal::Write)));
    }

    /// A camera whose quiet is believed, with a frame that is 100 us old, and the deadline of its quiet.
    fn quiet_player() -> (Player, u64) {
        let mut player = Player::new(Cuts::Arbitrary);
        player.frames(61, &[5000], 0);
        assert_eq!(player.push(&opening(5000)), Ok(()));
        let now_us = player.now_us + 100;
        assert_eq!(player.poll(now_us, false), None);
        assert_eq!(player.deadline_us(), Some(now_us + 1_000));
        (player, now_us + 1_000)
    }

    #[test]
    fn quiet_ends_a_frame_when_the_timer_was_on_time_and_nothing_waits() {
        let table = [
            ("before its time", -1, false, None, true),
            ("in time", 0, false, QUIET, false),
            ("as late as a timer may be", 2_000, false, QUIET, false),
            ("bytes wait: they are read first", 0, true, None, false),
            ("late: it begins again", 2_001, false, None, true),
            ("late, and bytes wait", 2_001, true, None, false),
        ];
        for (name, late_us, bytes_wait, decision, waits_on) in table {
            let (mut player, deadline_us) = quiet_player();
            let now_us = deadline_us.checked_add_signed(late_us).expect("in range");
            assert_eq!(player.poll(now_us, bytes_wait), decision, "{name}");
            assert_eq!(player.deadline_us().is_some(), waits_on, "{name}");
        }
    }

    #[test]
    fn quiet_that_is_always_noticed_late_is_left_to_the_next_start_code() {
        let (mut player, mut deadline_us) = quiet_player();
        for again in 0..QUIET_TRIES {
            let now_us = deadline_us + 10_000;
            assert_eq!(player.poll(now_us, false), None, "{again}");
            assert_eq!(player.deadline_us(), Some(now_us + 1_000), "{again}");
            deadline_us = now_us + 1_000;
        }
        assert_eq!(player.poll(deadline_us + 10_000, false), None);
        assert_eq!(player.deadline_us(), None);
        let (mut player, mut deadline_us) = quiet_player();
        deadline_us += 10_000;
        player.poll(deadline_us, false);
        assert_eq!(player.poll(deadline_us + 1_000, false), QUIET, "in time at the second try");
    }

    #[test]
    fn a_chunk_ends_the_wait_for_quiet() {
        let (mut player, deadline_us) = quiet_player();
        player.now_us = deadline_us - 1;
        assert_eq!(player.push(&[0x55; 900]), Ok(()));
        assert_eq!(player.deadline_us(), None);
    }

    /// The lines of a camera whose frames come one after another, the first at 1 s.
    fn play_lines(player: &mut Player, frames: std::ops::Range<u64>) {
        for frame in frames {
            assert_eq!(player.push(&opening(5000)), Ok(()));
            player.detector.line(frame);
            assert_eq!(player.poll(player.now_us, false), by_line(frame), "{frame}");
            player.now_us += FRAME_US;
        }
    }

    #[test]
    fn a_line_ends_a_frame_without_any_proof_once_all_before_it_was_read() {
        let mut player = Player::new(Cuts::Writes);
        assert_eq!(player.push(&opening(4096)), Ok(()));
        player.detector.line(7);
        assert!(!player.detector.takes_line());
        assert_eq!(player.poll(player.now_us, true), None, "bytes wait");
        assert_eq!(player.push(&[0x55; 900]), Ok(()));
        assert_eq!(player.poll(player.now_us, false), by_line(7));
        assert!(player.detector.takes_line());
        // It was declared complete.
        assert_eq!(player.push(&[0x55; 900]), Err(CounterExample(Signal::PtsLine)));
    }

    #[test]
    fn a_write_waits_for_its_line_where_lines_come() {
        let mut player = Player::new(Cuts::Writes);
        play_lines(&mut player, 0..61);
        // The line comes within 3 ms: it says when the picture was taken.
        assert_eq!(player.push(&opening(5000)), Ok(()));
        assert_eq!(player.poll(player.now_us, false), None);
        assert_eq!(player.deadline_us(), Some(player.now_us + 3_000));
        player.detector.line(61);
        assert_eq!(player.poll(player.now_us + 2_000, false), by_line(61));
        assert_eq!(player.deadline_us(), None);
        // The line is late: the frame goes out without it, and the next does not wait.
        player.now_us += FRAME_US;
        assert_eq!(player.push(&opening(5000)), Ok(()));
        assert_eq!(player.poll(player.now_us, false), None);
        assert_eq!(player.poll(player.now_us + 3_000, false), WRITE);
        player.now_us += FRAME_US;
        assert_eq!(player.push(&opening(5000)), Ok(()));
        assert_eq!(player.poll(player.now_us, false), WRITE);
        // The two lines come at last: they belong to frames that are out, and the next frame waits again.
        for line in [62, 63] {
            player.detector.line(line);
            assert_eq!(player.poll(player.now_us + 5_000, false), None);
        }
        player.now_us += FRAME_US;
        assert_eq!(player.push(&opening(5000)), Ok(()));
        assert_eq!(player.poll(player.now_us, false), None);
        assert_eq!(player.deadline_us(), Some(player.now_us + 3_000));
    }

    #[test]
    fn a_frame_that_goes_on_before_it_was_given_is_not_damaged() {
        let mut player = Player::new(Cuts::Writes);
        play_lines(&mut player, 0..61);
        assert_eq!(player.push(&opening(5000)), Ok(()));
        assert_eq!(player.poll(player.now_us, false), None, "it waits for its line");
        assert_eq!(player.push(&[0x55; 900]), Ok(()));
    }

    #[test]
    fn a_line_of_another_frame_does_not_end_the_wait() {
        let mut player = Player::new(Cuts::Arbitrary);
        player.frames(61, &[5000], 0);
        player.detector.line(0);
        assert_eq!(player.poll(player.now_us, false), Some(Decision::LinesOutOfStep));
        assert_eq!(player.push(&opening(5000)), Ok(()));
        player.detector.line(1);
        assert_eq!(player.poll(player.now_us, false), None);
        assert_eq!(player.poll(player.now_us + 1_000, false), QUIET);
    }

    #[test]
    fn lines_that_do_not_match_are_ignored_for_good() {
        let mut player = Player::new(Cuts::Arbitrary);
        player.frames(11, &[5000], 0);
        player.detector.line(0);
        assert_eq!(player.poll(player.now_us, false), Some(Decision::LinesOutOfStep));
        assert_eq!(player.push(&opening(5000)), Ok(()));
        for line in 1..30 {
            player.detector.line(line);
            assert_eq!(player.poll(player.now_us, false), None);
        }
    }

    #[test]
    fn every_boundary_has_its_name() {
        use FrameBoundary as By;
        let table = [
            (By::Signal, Some(Signal::Write), "write"),
            (By::Signal, Some(Signal::Quiet), "quiet"),
            (By::Signal, Some(Signal::PtsLine), "pts_line"),
            (By::NextStartCode, None, "next_start_code"),
            (By::NextStartCode, Some(Signal::Quiet), "next_start_code"),
            (By::ContainerSize, None, "container_size"),
            (By::PesLength, None, "pes_length"),
            (By::Stuffing, None, "stuffing"),
            (By::NextPusi, None, "next_pusi"),
            (By::EndOfImage, None, "end_of_image"),
        ];
        for (boundary, signal, expected) in table {
            assert_eq!(name(boundary, signal), expected);
        }
    }
}

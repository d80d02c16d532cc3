//! How long a source may give nothing, and what is done then. Pure: time is an argument.
//!
//! ```text
//! byte, frame ─► Patience ─ deadline ─► overdue: say so in the state │ end the run
//! ```
//! Limits follow the camera's own pace: one that gives a picture in 20 s is not silent after 4 s. Until that is known, and
//! before the first byte, there is much patience: a command may have to wake a camera up. `timeout=` replaces all limits.

use std::{collections::VecDeque, time::Duration};

use tokio::time::Instant;

/// The state says that no frame comes after this at the earliest, whether bytes come or not.
pub(in crate::source) const NO_FRAME_AFTER: Duration = Duration::from_secs(4);
/// A source that can be run again is given up when no byte comes for this long after that.
const GIVE_UP_AFTER_REPORT: Duration = Duration::from_secs(6);
/// For this long a source may give nothing while its pace is not known.
const AT_START: Duration = Duration::from_secs(90);
/// Pictures that show the pace.
const PICTURES_TO_KNOW: u64 = 8;
/// A camera is late when no picture comes for this many times its longest interval.
const LATE_FACTOR: u32 = 3;
/// An interval is remembered for this many times its own length.
const REMEMBER_FACTOR: u32 = 4;
/// Shorter intervals change no limit.
const SHORTEST_INTERVAL: Duration = Duration::from_secs(1);
/// A source is given up as well when bytes come, but no picture for this long,
pub(super) const PICTURE_WITHIN: Duration = Duration::from_secs(30);
/// or not even an access unit in this many bytes: what writes rubbish does so as fast as it is read. A healthy camera may give
/// more than that from one keyframe to the next.
const RUBBISH_BYTES: u64 = 64 << 20;
/// Where the bytes look like video, both limits are this many times as large: the next keyframe may be far.
pub(super) const VIDEO_FACTOR: u32 = 3;

/// What to do about a source that gives nothing at all.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::source) enum Silence {
    /// End the run, as when no picture comes for long: the next one may find it better.
    GiveUp,
    /// Wait: there is nothing to run again.
    Wait,
    /// End the run when pictures fail to come, whatever bytes do.
    Watch(Watch),
}

/// How long a camera may show nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::source) struct Watch {
    /// From its start to its first picture.
    pub(in crate::source) first: Duration,
    /// From one picture to the next.
    pub(in crate::source) next: Duration,
}

/// What to do about a source whose frame is overdue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Overdue {
    /// Say in the camera's state that it has begun and nothing has come yet.
    SayWaiting,
    /// Say in the camera's state that no frame has come for this long, or none at all.
    SayNoFrame(Duration),
    /// End the run: no byte came for this long.
    NoByte(Duration),
    /// End the run: no picture came for this long.
    NoPicture(Duration),
}

/// When a source last gave something.
#[derive(Debug)]
pub(super) struct Patience {
    silence: Silence,
    timeout: Option<Duration>,
    byte_at: Instant,
    has_bytes: bool,
    /// When to look again, unless a frame comes.
    look_at: Instant,
    /// When the newest frame came; at the beginning there is none.
    frame_at: Instant,
    /// Access units so far, whether or not they could be shown, and bytes of the stream up to the newest.
    units: u64,
    unit_after_bytes: u64,
    pictures: u64,
    /// The longest intervals between frames, each with the moment at which it is forgotten; the longest first.
    intervals: VecDeque<(Duration, Instant)>,
}

impl Patience {
    /// A source that begins at `now`. `timeout` is the configured limit.
    pub(super) fn new(silence: Silence, timeout: Option<Duration>, now: Instant) -> Self {
        let mut patience = Self {
            silence,
            timeout,
            byte_at: now,
            has_bytes: false,
            look_at: now,
            frame_at: now,
            units: 0,
            unit_after_bytes: 0,
            pictures: 0,
            intervals: VecDeque::new(),
        };
        patience.look_at += patience.report_after();
        patience
    }

    /// Bytes have come.
    pub(super) const fn byte(&mut self, now: Instant) {
        self.byte_at = now;
        self.has_bytes = true;
    }

    /// A frame has come, after `bytes` of the stream.
    pub(super) fn frame(&mut self, now: Instant, bytes: u64) {
        if self.pictures > 0 {
            self.remember(now.duration_since(self.frame_at), now);
        }
        self.pictures += 1;
        self.frame_at = now;
        self.unit_after_bytes = bytes;
        self.look_at = now + self.report_after();
    }

    /// So many access units have come in `bytes` of the stream: it is video, though a keyframe may be far.
    pub(super) const fn access_units(&mut self, units: u64, bytes: u64) {
        if units > self.units {
            self.units = units;
            self.unit_after_bytes = bytes;
        }
    }

    /// When to ask [`Self::overdue`], unless a frame comes before.
    pub(super) const fn deadline(&self) -> Instant {
        self.look_at
    }

    /// The deadline has passed without a frame. `is_video` says whether the bytes look like video.
    pub(super) fn overdue(&mut self, now: Instant, is_video: bool) -> Overdue {
        if let Silence::Watch(_) = self.silence {
            return Overdue::NoPicture(self.report_after());
        }
        let give_up_after = self.give_up_after(is_video);
        let silent_for = now.duration_since(self.byte_at);
        if self.silence == Silence::GiveUp && silent_for >= give_up_after {
            return Overdue::NoByte(give_up_after);
        }
        self.look_at =
            now + (give_up_after - silent_for.min(give_up_after)).clamp(SHORTEST_INTERVAL, NO_FRAME_AFTER);
        let is_starting = !self.has_bytes || (is_video && silent_for >= SHORTEST_INTERVAL);
        if self.pictures == 0 && is_starting {
            Overdue::SayWaiting
        } else {
            Overdue::SayNoFrame(self.report_after())
        }
    }

    /// Whether there is no use in reading on after `bytes`: they come and come, and no picture. `is_video` says whether they
    /// look like video.
    pub(super) fn is_hopeless(&self, now: Instant, bytes: u64, is_video: impl FnOnce() -> bool) -> bool {
        let since_unit = bytes.saturating_sub(self.unit_after_bytes);
        let waited = now.duration_since(self.frame_at);
        let within = PICTURE_WITHIN.max(self.give_up_after(false));
        let is_long =
            |factor: u32| waited >= within * factor || since_unit >= RUBBISH_BYTES * u64::from(factor);
        self.silence == Silence::GiveUp
            && is_long(1)
            && (self.timeout.is_some() || is_long(VIDEO_FACTOR) || !is_video())
    }

    /// How long no frame may come before that is said.
    fn report_after(&self) -> Duration {
        match self.silence {
            Silence::Watch(watch) => {
                let limit = if self.pictures > 0 { watch.next } else { watch.first };
                self.timeout.unwrap_or(limit)
            }
            Silence::GiveUp | Silence::Wait => self.timeout.unwrap_or_else(|| match self.pictures {
                0 => NO_FRAME_AFTER,
                1..PICTURES_TO_KNOW => AT_START.max(self.late_after()),
                _ => self.late_after(),
            }),
        }
    }

    /// How long no byte may come. `is_video` says whether those that came look like video.
    fn give_up_after(&self, is_video: bool) -> Duration {
        let is_starting = self.pictures == 0 && (is_video || !self.has_bytes);
        let limit = if is_starting { AT_START } else { self.report_after() + GIVE_UP_AFTER_REPORT };
        self.timeout.unwrap_or(limit)
    }

    fn late_after(&self) -> Duration {
        let longest = self.intervals.front().map_or(Duration::ZERO, |(interval, _)| *interval);
        NO_FRAME_AFTER.max(longest * LATE_FACTOR)
    }

    fn remember(&mut self, interval: Duration, now: Instant) {
        while self.intervals.front().is_some_and(|(_, until)| *until < now) {
            self.intervals.pop_front();
        }
        if interval < SHORTEST_INTERVAL {
            return;
        }
        while self.intervals.back().is_some_and(|(other, _)| *other <= interval) {
            self.intervals.pop_back();
        }
        self.intervals.push_back((interval, now + interval * REMEMBER_FACTOR));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);
    const MS: Duration = Duration::from_millis(1);

    fn no_frame(seconds: u64) -> Overdue {
        Overdue::SayNoFrame(Duration::from_secs(seconds))
    }

    #[test]
    fn what_is_done_when_nothing_comes() {
        const WATCH: Watch = Watch { first: Duration::from_secs(15), next: Duration::from_secs(2) };
        let begin = Instant::now();
        // What to do, when the last byte came and the last of so many frames, when a frame is overdue, and what is done then.
        let table = [
            ("no byte yet", Silence::GiveUp, None, None, 4, Overdue::SayWaiting),
            ("bytes and no frame", Silence::GiveUp, Some(3), None, 4, no_frame(4)),
            ("no frame any more", Silence::Wait, Some(7), Some((7, 8)), 11, no_frame(4)),
            ("a few frames", Silence::Wait, Some(7), Some((7, 7)), 97, no_frame(90)),
            (
                "a camera that never starts",
                Silence::Watch(WATCH),
                Some(1),
                None,
                15,
                Overdue::NoPicture(WATCH.first),
            ),
            (
                "a camera that stops",
                Silence::Watch(WATCH),
                Some(9),
                Some((9, 1)),
                11,
                Overdue::NoPicture(WATCH.next),
            ),
        ];
        for (name, silence, byte_s, frames, overdue_s, expected) in table {
            let mut patience = Patience::new(silence, None, begin);
            if let Some(byte_s) = byte_s {
                patience.byte(begin + SECOND * byte_s);
            }
            let (frame_s, count) = frames.unwrap_or_default();
            for _ in 0..count {
                patience.frame(begin + SECOND * frame_s, 0);
            }
            assert_eq!(patience.deadline(), begin + SECOND * overdue_s, "{name}");
            assert_eq!(patience.overdue(patience.deadline(), false), expected, "{name}");
        }
    }

    /// When a source that falls silent behind `count` frames at this interval is reported and given up, in ms behind its last.
    fn fallen_silent(timeout: Option<Duration>, interval: Duration, count: u32) -> (u128, u128) {
        let mut now = Instant::now();
        let mut patience = Patience::new(Silence::GiveUp, timeout, now);
        for frame in 0..count {
            now += if frame == 0 { Duration::ZERO } else { interval };
            assert!(patience.deadline() >= now, "late at frame {frame} of one each {interval:?}");
            patience.byte(now);
            patience.frame(now, 0);
        }
        let last = now;
        let mut reported = None;
        loop {
            now = patience.deadline();
            match patience.overdue(now, true) {
                Overdue::NoByte(_) => {
                    return (reported.unwrap_or(now - last).as_millis(), (now - last).as_millis());
                }
                Overdue::SayNoFrame(_) => reported = reported.or(Some(now - last)),
                other => panic!("{other:?}"),
            }
        }
    }

    #[test]
    fn limits_follow_the_pace() {
        let table = [
            ("25 a second", None, MS * 40, 100, (4_000, 10_000)),
            ("25 a second, few", None, MS * 40, 8, (4_000, 10_000)),
            ("one a second", None, SECOND, 100, (4_000, 10_000)),
            ("one in 5 s", None, SECOND * 5, 100, (15_000, 21_000)),
            ("one in 20 s", None, SECOND * 20, 100, (60_000, 66_000)),
            ("one in 20 s, the second", None, SECOND * 20, 2, (90_000, 96_000)),
            ("one in 80 s", None, SECOND * 80, 20, (240_000, 246_000)),
            ("a limit that was set", Some(SECOND * 600), MS * 40, 100, (600_000, 600_000)),
            ("a short one", Some(SECOND * 2), MS * 40, 100, (2_000, 2_000)),
        ];
        for (name, timeout, interval, count, expected) in table {
            assert_eq!(fallen_silent(timeout, interval, count), expected, "{name}");
        }
    }

    #[test]
    fn a_long_interval_is_forgotten() {
        let mut now = Instant::now();
        let mut patience = Patience::new(Silence::GiveUp, None, now);
        let mut play = |intervals: &[Duration]| {
            for interval in intervals {
                now += *interval;
                patience.frame(now, 0);
            }
            patience.deadline() - now
        };
        assert_eq!(play(&[MS * 40; 10]), SECOND * 4);
        assert_eq!(play(&[SECOND * 10, MS * 40]), SECOND * 30);
        // What comes in bursts, ten seconds of video each, is not silent between them.
        for _ in 0..20 {
            assert!(play(&[SECOND * 9]) >= SECOND * 27);
            assert!(play(&[MS; 250]) >= SECOND * 27);
        }
        assert_eq!(play(&[MS * 40; 2_000]), SECOND * 4);
    }

    #[test]
    fn a_start_is_waited_for_and_ends_at_last() {
        for (silence, has_byte, is_video, expected_s) in [
            (Silence::GiveUp, false, false, Some(90)),
            (Silence::GiveUp, true, true, Some(90)),
            (Silence::GiveUp, true, false, Some(10)),
            (Silence::Wait, false, false, None),
        ] {
            let begin = Instant::now();
            let mut patience = Patience::new(silence, None, begin);
            if has_byte {
                patience.byte(begin);
            }
            let ended = (0..100).find_map(|_| {
                let now = patience.deadline();
                match patience.overdue(now, is_video) {
                    Overdue::NoByte(_) => Some((now - begin).as_secs()),
                    Overdue::SayWaiting => None,
                    Overdue::SayNoFrame(_) if has_byte && !is_video => None,
                    other => panic!("{other:?}"),
                }
            });
            assert_eq!(ended, expected_s, "{silence:?} {has_byte} {is_video}");
        }
    }

    #[test]
    fn bytes_without_pictures_are_hopeless_after_a_time_or_an_amount() {
        const BYTES: u64 = RUBBISH_BYTES;
        let begin = Instant::now();
        let table = [
            (Silence::GiveUp, None, false, 29, BYTES - 1, false),
            (Silence::GiveUp, None, false, 30, 1, true),
            (Silence::GiveUp, None, false, 0, BYTES, true),
            (Silence::GiveUp, None, true, 89, 3 * BYTES - 1, false),
            (Silence::GiveUp, None, true, 90, 1, true),
            (Silence::GiveUp, None, true, 0, 3 * BYTES, true),
            (Silence::GiveUp, Some(SECOND * 600), true, 599, 1, false),
            (Silence::GiveUp, Some(SECOND * 600), true, 600, 1, true),
            (Silence::Wait, None, false, 30, BYTES, false),
        ];
        for (silence, timeout, is_video, seconds, bytes, expected) in table {
            let mut patience = Patience::new(silence, timeout, begin);
            patience.byte(begin);
            let now = begin + SECOND * seconds;
            let is_hopeless = patience.is_hopeless(now, bytes, || is_video);
            assert_eq!(is_hopeless, expected, "{silence:?} {is_video} {seconds} {bytes}");
            patience.access_units(0, bytes);
            let is_hopeless = patience.is_hopeless(now, bytes, || is_video);
            assert_eq!(is_hopeless, expected, "no access unit has come");
            patience.access_units(1, bytes);
            let by_time = expected && seconds > 0;
            assert_eq!(patience.is_hopeless(now, bytes, || is_video), by_time, "an access unit has come");
            patience.frame(begin, bytes);
            assert!(!patience.is_hopeless(begin, bytes, || false), "a picture has come");
        }
    }
}

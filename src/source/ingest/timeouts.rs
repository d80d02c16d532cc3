//! How long a source may give nothing, and what is done then. Pure: time is an argument.
//!
//! ```text
//! byte, frame ─► Patience ─ deadline ─► overdue: say so in the state │ end the run
//! ```

use std::time::Duration;

use tokio::time::Instant;

/// The state says that no frame comes after this, whether bytes come or not.
pub(in crate::source) const NO_FRAME_AFTER: Duration = Duration::from_secs(4);
/// A source that can be run again is given up when no byte came for this long.
pub(in crate::source) const GIVE_UP_AFTER: Duration = Duration::from_secs(10);
/// It is given up as well when bytes come, but no picture for this long: a camera joined in the middle of a long GOP has
/// shown one by then,
pub(super) const PICTURE_WITHIN: Duration = Duration::from_secs(30);
/// or not even an access unit in this many bytes: what writes rubbish does so as fast as it is read. A healthy camera may give
/// more than that from one keyframe to the next.
const RUBBISH_BYTES: u64 = 64 << 20;

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
    /// Say in the camera's state that no frame comes.
    SayNoFrame,
    /// End the run: no byte came for [`GIVE_UP_AFTER`].
    NoByte,
    /// End the run: no picture came for this long.
    NoPicture(Duration),
}

/// When a source last gave something.
#[derive(Debug)]
pub(super) struct Patience {
    silence: Silence,
    byte_at: Instant,
    /// When the newest frame came, or the state last said that none comes.
    frame_or_report_at: Instant,
    /// When the newest frame came; at the beginning there is none.
    frame_at: Instant,
    /// Access units so far, whether or not they could be shown, and bytes of the stream up to the newest.
    units: u64,
    unit_after_bytes: u64,
    has_frames: bool,
}

impl Patience {
    /// A source that begins at `now`.
    pub(super) const fn new(silence: Silence, now: Instant) -> Self {
        Self {
            silence,
            byte_at: now,
            frame_or_report_at: now,
            frame_at: now,
            units: 0,
            unit_after_bytes: 0,
            has_frames: false,
        }
    }

    /// Bytes have come.
    pub(super) const fn byte(&mut self, now: Instant) {
        self.byte_at = now;
    }

    /// A frame has come, after `bytes` of the stream.
    pub(super) const fn frame(&mut self, now: Instant, bytes: u64) {
        self.frame_or_report_at = now;
        self.frame_at = now;
        self.unit_after_bytes = bytes;
        self.has_frames = true;
    }

    /// So many access units have come in `bytes` of the stream: it is video, though a keyframe may be far.
    pub(super) const fn access_units(&mut self, units: u64, bytes: u64) {
        if units > self.units {
            self.units = units;
            self.unit_after_bytes = bytes;
        }
    }

    /// When to ask [`Self::overdue`], unless a frame comes before.
    pub(super) fn deadline(&self) -> Instant {
        self.frame_or_report_at + self.limit()
    }

    /// The deadline has passed without a frame.
    pub(super) fn overdue(&mut self, now: Instant) -> Overdue {
        match self.silence {
            Silence::Watch(_) => Overdue::NoPicture(self.limit()),
            Silence::GiveUp if now.duration_since(self.byte_at) >= GIVE_UP_AFTER => Overdue::NoByte,
            Silence::GiveUp | Silence::Wait => {
                self.frame_or_report_at = now;
                Overdue::SayNoFrame
            }
        }
    }

    /// Whether there is no use in reading on after `bytes`: they come and come, and no picture.
    pub(super) fn is_hopeless(&self, now: Instant, bytes: u64) -> bool {
        let since_unit = bytes.saturating_sub(self.unit_after_bytes);
        let is_long = now.duration_since(self.frame_at) >= PICTURE_WITHIN || since_unit >= RUBBISH_BYTES;
        self.silence == Silence::GiveUp && is_long
    }

    /// How long no frame may come.
    const fn limit(&self) -> Duration {
        match self.silence {
            Silence::GiveUp | Silence::Wait => NO_FRAME_AFTER,
            Silence::Watch(watch) if self.has_frames => watch.next,
            Silence::Watch(watch) => watch.first,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_done_when_nothing_comes() {
        const WATCH: Watch = Watch { first: Duration::from_secs(15), next: Duration::from_secs(2) };
        const SECOND: Duration = Duration::from_secs(1);
        let begin = Instant::now();
        // What to do, when the last byte and the last frame came, when a frame is overdue, and what is done then.
        let table = [
            ("no byte yet", Silence::GiveUp, 0, None, 4, Overdue::SayNoFrame),
            ("bytes and no frame", Silence::GiveUp, 3, None, 4, Overdue::SayNoFrame),
            ("no frame any more", Silence::Wait, 7, Some(7), 11, Overdue::SayNoFrame),
            (
                "a camera that never starts",
                Silence::Watch(WATCH),
                1,
                None,
                15,
                Overdue::NoPicture(WATCH.first),
            ),
            ("a camera that stops", Silence::Watch(WATCH), 9, Some(9), 11, Overdue::NoPicture(WATCH.next)),
        ];
        for (name, silence, byte_s, frame_s, overdue_s, expected) in table {
            let mut patience = Patience::new(silence, begin);
            patience.byte(begin + SECOND * byte_s);
            if let Some(frame_s) = frame_s {
                patience.frame(begin + SECOND * frame_s, 0);
            }
            assert_eq!(patience.deadline(), begin + SECOND * overdue_s, "{name}");
            assert_eq!(patience.overdue(patience.deadline()), expected, "{name}");
        }
    }

    #[test]
    fn a_silent_source_is_given_up_after_ten_seconds_if_it_can_be_run_again() {
        for (silence, expected) in [(Silence::GiveUp, Overdue::NoByte), (Silence::Wait, Overdue::SayNoFrame)]
        {
            let begin = Instant::now();
            let mut patience = Patience::new(silence, begin);
            for _ in 0..2 {
                assert_eq!(patience.overdue(patience.deadline()), Overdue::SayNoFrame);
            }
            assert_eq!(patience.deadline(), begin + 3 * NO_FRAME_AFTER);
            assert_eq!(patience.overdue(patience.deadline()), expected);
        }
    }

    #[test]
    fn bytes_without_pictures_are_hopeless_after_a_time_or_an_amount() {
        let begin = Instant::now();
        let table = [
            (Silence::GiveUp, 29, RUBBISH_BYTES - 1, false),
            (Silence::GiveUp, 30, 1, true),
            (Silence::GiveUp, 0, RUBBISH_BYTES, true),
            (Silence::Wait, 30, RUBBISH_BYTES, false),
        ];
        for (silence, seconds, bytes, expected) in table {
            let mut patience = Patience::new(silence, begin);
            let now = begin + Duration::from_secs(seconds);
            assert_eq!(patience.is_hopeless(now, bytes), expected, "{silence:?} {seconds} {bytes}");
            patience.access_units(0, bytes);
            assert_eq!(patience.is_hopeless(now, bytes), expected, "no access unit has come");
            patience.access_units(1, bytes);
            let is_late = silence == Silence::GiveUp && seconds >= 30;
            assert_eq!(patience.is_hopeless(now, bytes), is_late, "an access unit has come");
            patience.frame(begin, bytes);
            assert!(!patience.is_hopeless(begin, bytes), "a picture has come");
        }
    }
}

//! Time as types: media time counts ticks of a timebase, a moment is a point on the server's clock.
//!
//! ```text
//! Timestamp  ticks ── timebase ──► microseconds      where a frame stands in its track
//! Moment     microseconds on the server's clock      when something happened to a frame
//! ```
//! The two are never mixed: a [`Timestamp`] says where a frame belongs, a [`Moment`] when it was
//! captured, received or ready. The server's clock starts at the Unix time of the program's start and then only
//! counts up, so that a step of the wall clock does not bend a latency.

use serde::{Deserialize, Serialize};

/// Ticks per second of a track.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Timebase(u32);

impl Timebase {
    /// 90 kHz, the timebase of every video track here (and of MPEG-TS and RTP).
    pub const VIDEO: Self = Self(90_000);

    /// A timebase of `ticks_per_second`; `None` for zero.
    #[must_use]
    pub const fn new(ticks_per_second: u32) -> Option<Self> {
        if ticks_per_second == 0 { None } else { Some(Self(ticks_per_second)) }
    }

    /// Ticks per second.
    #[must_use]
    pub const fn ticks_per_second(self) -> u32 {
        self.0
    }
}

/// A point in a track's media time: `ticks` of `timebase` since the track's beginning.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Timestamp {
    /// Ticks since the track began; may be negative before it.
    pub ticks: i64,
    /// What one tick is.
    pub timebase: Timebase,
}

impl Timestamp {
    /// `ticks` at 90 kHz.
    #[must_use]
    pub const fn video(ticks: i64) -> Self {
        Self { ticks, timebase: Timebase::VIDEO }
    }

    /// The same point in microseconds, rounded towards zero.
    #[must_use]
    pub fn as_micros(self) -> i64 {
        let scaled = i128::from(self.ticks) * 1_000_000 / i128::from(self.timebase.0);
        i64::try_from(scaled).unwrap_or(if scaled < 0 { i64::MIN } else { i64::MAX })
    }
}

/// A point on the server's clock, in microseconds of Unix time at the program's start plus the
/// monotonic time since.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Moment(u64);

impl Moment {
    /// The moment `micros` microseconds after the Unix epoch.
    #[must_use]
    pub const fn from_micros(micros: u64) -> Self {
        Self(micros)
    }

    /// Microseconds after the Unix epoch.
    #[must_use]
    pub const fn as_micros(self) -> u64 {
        self.0
    }

    /// Microseconds from `earlier` to `self`; zero when `earlier` is later.
    #[must_use]
    pub const fn micros_since(self, earlier: Self) -> u64 {
        self.0.saturating_sub(earlier.0)
    }

    /// The moment `micros` microseconds later.
    #[must_use]
    pub const fn plus_micros(self, micros: u64) -> Self {
        Self(self.0.saturating_add(micros))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn microseconds_of_a_timestamp() {
        let table = [
            ("zero", 0, 90_000, 0),
            ("one frame at 30 fps", 3_000, 90_000, 33_333),
            ("negative", -3_000, 90_000, -33_333),
            ("48 kHz", 960, 48_000, 20_000),
            ("saturates", i64::MAX, 1, i64::MAX),
        ];
        for (name, ticks, per_second, micros) in table {
            let timebase = Timebase::new(per_second).expect("not zero");
            assert_eq!(Timestamp { ticks, timebase }.as_micros(), micros, "{name}");
        }
    }

    #[test]
    fn a_timebase_is_never_zero() {
        assert_eq!(Timebase::new(0), None);
    }

    #[test]
    fn a_moment_before_another_is_zero_micros_since() {
        assert_eq!(Moment::from_micros(5).micros_since(Moment::from_micros(9)), 0);
        assert_eq!(Moment::from_micros(9).micros_since(Moment::from_micros(5)), 4);
    }
}

//! The server's clock: Unix time at the start, monotonic from there on.

use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use lenscast_media::time::Moment;

/// A clock that only goes forward, by real seconds. Copies agree with each other.
#[derive(Clone, Copy, Debug)]
pub struct Clock {
    origin: Instant,
    unix_micros: u64,
}

impl Clock {
    /// A clock that starts at the present Unix time.
    #[must_use]
    pub fn start() -> Self {
        let unix = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Self { origin: Instant::now(), unix_micros: u64::try_from(unix.as_micros()).unwrap_or(u64::MAX) }
    }

    /// The present moment.
    #[must_use]
    pub fn now(&self) -> Moment {
        self.at(Instant::now())
    }

    /// The moment of `instant`; the clock's start for anything earlier.
    #[must_use]
    pub fn at(&self, instant: Instant) -> Moment {
        let since = instant.saturating_duration_since(self.origin).as_micros();
        Moment::from_micros(self.unix_micros.saturating_add(u64::try_from(since).unwrap_or(u64::MAX)))
    }

    /// The instant of `moment`; the clock's start for anything earlier.
    #[must_use]
    pub fn instant(&self, moment: Moment) -> Instant {
        self.origin + Duration::from_micros(moment.as_micros().saturating_sub(self.unix_micros))
    }

    /// The moment at which this clock was started; media time 0 of every track.
    #[must_use]
    pub fn epoch(&self) -> Moment {
        Moment::from_micros(self.unix_micros)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_and_instants_are_the_same_times() {
        let clock = Clock::start();
        let later = clock.epoch().plus_micros(1_234_567);
        assert_eq!(clock.at(clock.instant(later)), later);
        let before = Moment::from_micros(5);
        assert_eq!(clock.at(clock.instant(before)), clock.epoch(), "its start for anything earlier");
    }
}

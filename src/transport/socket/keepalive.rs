//! When to ping a viewer, and when its connection counts as dead. Pure: `now` is an argument.
//!
//! ```text
//! no data accepted for 10 s, and none waits ─► ping ─ nothing received for 20 s ─► silent
//! no data accepted for 10 s, and some waits ─► stalled
//! ```

use std::time::Duration;

use tokio::time::Instant;

use crate::http::STALLED_AFTER;

/// A viewer to which nothing was sent for this long is pinged.
const PING_AFTER: Duration = Duration::from_secs(10);
/// A viewer that answers no ping for this long is silent: its connection is reset.
const PONG_WITHIN: Duration = Duration::from_secs(20);
/// Why a silent viewer is disconnected.
pub(super) const SILENT: &str = "did not answer a ping for 20 s";

/// When a viewer last accepted data, and whether it owes an answer.
#[derive(Debug)]
pub(super) struct Keepalive {
    /// When its connection last accepted data.
    accepted_at: Instant,
    /// When it was pinged, if nothing was received since.
    pinged_at: Option<Instant>,
}

/// What [`Keepalive::check`] finds.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Liveness {
    Alive,
    /// A ping is to be sent.
    Ping,
    /// It accepts no data, and some waits.
    Stalled,
    /// It answers no ping.
    Silent,
}

impl Keepalive {
    pub(super) const fn new(now: Instant) -> Self {
        Self { accepted_at: now, pinged_at: None }
    }

    /// The connection accepted data.
    pub(super) const fn data_accepted(&mut self, now: Instant) {
        self.accepted_at = now;
    }

    /// Time since the connection last accepted data.
    pub(super) fn idle_for(&self, now: Instant) -> Duration {
        now.duration_since(self.accepted_at)
    }

    /// Something was received.
    pub(super) const fn data_received(&mut self) {
        self.pinged_at = None;
    }

    /// Called about once a second; `is_data_waiting` says whether some waits to be written.
    pub(super) fn check(&mut self, now: Instant, is_data_waiting: bool) -> Liveness {
        if is_data_waiting {
            let stalled = self.idle_for(now) >= STALLED_AFTER;
            return if stalled { Liveness::Stalled } else { Liveness::Alive };
        }
        match self.pinged_at {
            Some(pinged_at) if now.duration_since(pinged_at) >= PONG_WITHIN => Liveness::Silent,
            Some(_) => Liveness::Alive,
            None if self.idle_for(now) >= PING_AFTER => {
                self.pinged_at = Some(now);
                Liveness::Ping
            }
            None => Liveness::Alive,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_viewer_without_data_is_pinged_and_is_silent_without_an_answer() {
        let start = Instant::now();
        let at = |seconds| start + Duration::from_secs(seconds);
        let mut keepalive = Keepalive::new(start);
        assert_eq!(keepalive.check(at(9), false), Liveness::Alive);
        assert_eq!(keepalive.check(at(10), false), Liveness::Ping);
        assert_eq!(keepalive.check(at(29), false), Liveness::Alive);
        assert_eq!(keepalive.check(at(30), false), Liveness::Silent);
        keepalive.data_received();
        keepalive.data_accepted(at(31));
        assert_eq!(keepalive.check(at(32), false), Liveness::Alive);
    }

    #[test]
    fn a_viewer_that_accepts_no_data_is_stalled() {
        let start = Instant::now();
        let at = |seconds| start + Duration::from_secs(seconds);
        let mut keepalive = Keepalive::new(start);
        assert_eq!(keepalive.check(at(9), true), Liveness::Alive);
        assert_eq!(keepalive.check(at(10), true), Liveness::Stalled);
        keepalive.data_accepted(at(10));
        assert_eq!(keepalive.check(at(19), true), Liveness::Alive);
    }
}

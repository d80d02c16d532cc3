//! Keeps a connection alive: when to ping a viewer, and when it counts as gone. Pure: `now` is an argument.
//!
//! ```text
//! nothing written for 10 s ─► ping ─ nothing heard for 20 s ─► gone
//! something waits ─ nothing taken for 10 s ─► gone
//! ```

use std::time::Duration;

use tokio::time::Instant;

use crate::http::STALLED_AFTER;

/// Silence from us after which a ping is sent.
const PING_AFTER: Duration = Duration::from_secs(10);
/// A viewer that does not answer a ping for so long is gone.
const PONG_WITHIN: Duration = Duration::from_secs(20);

/// Keeps a connection alive: when to ping a viewer, and when it counts as gone.
#[derive(Debug)]
pub(super) struct Keepalive {
    /// When it last took something.
    took: Instant,
    /// When it was asked, if it has said nothing since.
    pinged: Option<Instant>,
}

/// What [`Keepalive::check`] finds.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Liveness {
    Alive,
    Ping,
    /// It takes nothing of what waits for it.
    Stalled,
    /// It does not answer.
    Silent,
}

impl Keepalive {
    pub(super) const fn new(now: Instant) -> Self {
        Self { took: now, pinged: None }
    }

    /// The socket took something.
    pub(super) const fn took(&mut self, now: Instant) {
        self.took = now;
    }

    /// For how long it has got nothing.
    pub(super) fn waits_for(&self, now: Instant) -> Duration {
        now.duration_since(self.took)
    }

    /// The viewer said something.
    pub(super) const fn spoke(&mut self) {
        self.pinged = None;
    }

    /// What is to be done; `waits` says whether something waits for the socket.
    pub(super) fn check(&mut self, now: Instant, waits: bool) -> Liveness {
        if waits {
            let stalled = now.duration_since(self.took) >= STALLED_AFTER;
            return if stalled { Liveness::Stalled } else { Liveness::Alive };
        }
        match self.pinged {
            Some(pinged) if now.duration_since(pinged) >= PONG_WITHIN => Liveness::Silent,
            Some(_) => Liveness::Alive,
            None if now.duration_since(self.took) >= PING_AFTER => {
                self.pinged = Some(now);
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
    fn a_silent_viewer_is_asked_and_let_go() {
        let start = Instant::now();
        let at = |seconds| start + Duration::from_secs(seconds);
        let mut keepalive = Keepalive::new(start);
        assert_eq!(keepalive.check(at(9), false), Liveness::Alive);
        assert_eq!(keepalive.check(at(10), false), Liveness::Ping);
        assert_eq!(keepalive.check(at(29), false), Liveness::Alive);
        assert_eq!(keepalive.check(at(30), false), Liveness::Silent);
        keepalive.spoke();
        keepalive.took(at(31));
        assert_eq!(keepalive.check(at(32), false), Liveness::Alive);
    }

    #[test]
    fn a_viewer_that_takes_nothing_is_let_go() {
        let start = Instant::now();
        let at = |seconds| start + Duration::from_secs(seconds);
        let mut keepalive = Keepalive::new(start);
        assert_eq!(keepalive.check(at(9), true), Liveness::Alive);
        assert_eq!(keepalive.check(at(10), true), Liveness::Stalled);
        keepalive.took(at(10));
        assert_eq!(keepalive.check(at(19), true), Liveness::Alive);
    }
}

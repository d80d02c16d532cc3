//! Signs of a viewer's life. Pure: `now` is an argument.
//!
//! ```text
//! nothing written for 10 s ─► ping ─ nothing heard for 20 s ─► gone
//! something waits ─ nothing taken for 10 s ─► gone
//! ```

use std::time::Duration;

use tokio::time::Instant;

/// Silence from us after which a ping is sent.
const PING_AFTER: Duration = Duration::from_secs(10);
/// A viewer that does not answer a ping for so long is gone.
const PONG_WITHIN: Duration = Duration::from_secs(20);
/// A viewer that takes nothing of what waits for it for so long is gone.
const STALLED_AFTER: Duration = Duration::from_secs(10);

/// Signs of a viewer's life.
#[derive(Debug)]
pub(super) struct Life {
    /// When it last took something.
    took: Instant,
    /// When it was asked, if it has said nothing since.
    pinged: Option<Instant>,
}

/// What [`Life::check`] finds.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    Well,
    Ping,
    /// It takes nothing of what waits for it.
    Stalled,
    /// It does not answer.
    Silent,
}

impl Life {
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
    pub(super) fn check(&mut self, now: Instant, waits: bool) -> Verdict {
        if waits {
            let stalled = now.duration_since(self.took) >= STALLED_AFTER;
            return if stalled { Verdict::Stalled } else { Verdict::Well };
        }
        match self.pinged {
            Some(pinged) if now.duration_since(pinged) >= PONG_WITHIN => Verdict::Silent,
            Some(_) => Verdict::Well,
            None if now.duration_since(self.took) >= PING_AFTER => {
                self.pinged = Some(now);
                Verdict::Ping
            }
            None => Verdict::Well,
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
        let mut life = Life::new(start);
        assert_eq!(life.check(at(9), false), Verdict::Well);
        assert_eq!(life.check(at(10), false), Verdict::Ping);
        assert_eq!(life.check(at(29), false), Verdict::Well);
        assert_eq!(life.check(at(30), false), Verdict::Silent);
        life.spoke();
        life.took(at(31));
        assert_eq!(life.check(at(32), false), Verdict::Well);
    }

    #[test]
    fn a_viewer_that_takes_nothing_is_let_go() {
        let start = Instant::now();
        let at = |seconds| start + Duration::from_secs(seconds);
        let mut life = Life::new(start);
        assert_eq!(life.check(at(9), true), Verdict::Well);
        assert_eq!(life.check(at(10), true), Verdict::Stalled);
        life.took(at(10));
        assert_eq!(life.check(at(19), true), Verdict::Well);
    }
}

//! A clock that goes on only when the test says so.
//!
//! A paused clock of the runtime jumps to the next timer whenever nobody has anything to do. While bytes are on their way
//! through the system's sockets that is the case too, so on a busy machine seconds may pass for nothing.
//! The runtime's clock does not jump while a blocking task is about; this keeps one.

use std::{
    sync::mpsc::{Sender, channel},
    time::Duration,
};

/// After so long of real time the clock is let go, so that the time-outs of a test that hangs can end it.
const REAL_PATIENCE: Duration = Duration::from_secs(90);

/// The runtime's clock, paused and held. Dropping it lets it jump again.
pub struct HeldClock(#[expect(dead_code, reason = "its end is the message")] Sender<()>);

impl HeldClock {
    /// Holds the clock of a test whose clock is paused.
    pub fn hold() -> Self {
        let (release, released) = channel();
        tokio::task::spawn_blocking(move || released.recv_timeout(REAL_PATIENCE));
        Self(release)
    }

    /// So much time passes.
    pub async fn advance(&self, time: Duration) {
        tokio::time::advance(time).await;
    }
}

//! Signals: the first SIGINT or SIGTERM stops the server, the second ends the program at once. SIGHUP means to read the
//! configuration file again, and to stop (a closed terminal) where there is none.

use tokio::signal::unix::{Signal, SignalKind, signal};

/// What a signal asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Signalled {
    /// To stop.
    Stop,
    /// To read the configuration again.
    Reload,
}

/// The signals a server listens for.
#[derive(Debug)]
pub(crate) struct Signals {
    interrupt: Signal,
    terminate: Signal,
    hang_up: Signal,
}

impl Signals {
    /// Begins to listen for them.
    ///
    /// # Errors
    /// When the system refuses.
    pub(crate) fn listen() -> std::io::Result<Self> {
        Ok(Self {
            interrupt: signal(SignalKind::interrupt())?,
            terminate: signal(SignalKind::terminate())?,
            hang_up: signal(SignalKind::hangup())?,
        })
    }

    /// Waits for the next one; SIGHUP is a wish to reload if there is something to be reloaded.
    pub(crate) async fn next(&mut self, reloadable: bool) -> Signalled {
        tokio::select! {
            _ = self.interrupt.recv() => Signalled::Stop,
            _ = self.terminate.recv() => Signalled::Stop,
            _ = self.hang_up.recv() => if reloadable { Signalled::Reload } else { Signalled::Stop },
        }
    }
}

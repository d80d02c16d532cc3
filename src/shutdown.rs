//! Signals: the first SIGINT or SIGTERM stops the server, the second ends the program at once. SIGHUP reads the
//! configuration file again; where there is none it stops the server (the terminal was closed). A SIGHUP that was ignored
//! when the program began, as under nohup, stays ignored.

use tokio::signal::unix::{Signal, SignalKind, signal};

/// What a signal asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Signalled {
    /// To stop, with the reason for the log.
    Stop(&'static str),
    /// To read the configuration again.
    Reload,
}

/// The signals a server listens for.
#[derive(Debug)]
pub(crate) struct Signals {
    interrupt: Signal,
    terminate: Signal,
    /// `None` where it is ignored.
    hang_up: Option<Signal>,
}

impl Signals {
    /// Begins to listen for them.
    ///
    /// # Errors
    /// When the system refuses a handler.
    pub(crate) fn listen() -> std::io::Result<Self> {
        // A handler would replace that it is ignored.
        let is_ignored = std::fs::read_to_string("/proc/self/status").is_ok_and(|own| ignores_hang_up(&own));
        if is_ignored {
            tracing::info!("SIGHUP ignored: it was ignored when the program began (nohup)");
        }
        Ok(Self {
            interrupt: signal(SignalKind::interrupt())?,
            terminate: signal(SignalKind::terminate())?,
            hang_up: if is_ignored { None } else { Some(signal(SignalKind::hangup())?) },
        })
    }

    /// Waits for the next one; SIGHUP asks to reload if there is a configuration file.
    pub(crate) async fn next(&mut self, reloadable: bool) -> Signalled {
        const HUNG_UP: &str =
            "SIGHUP without a configuration file: the terminal was closed (nohup prevents this)";
        let hang_up = async {
            match &mut self.hang_up {
                Some(hang_up) => hang_up.recv().await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            _ = self.interrupt.recv() => Signalled::Stop("SIGINT"),
            _ = self.terminate.recv() => Signalled::Stop("SIGTERM"),
            _ = hang_up => if reloadable { Signalled::Reload } else { Signalled::Stop(HUNG_UP) },
        }
    }
}

/// Whether a process with this `/proc/PID/status` ignores SIGHUP: the first bit, for it is signal 1 (proc(5)).
fn ignores_hang_up(status: &str) -> bool {
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok()).is_some_and(|mask| mask & 1 == 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_kernel_says_of_sighup() {
        let table = [
            ("Name:\tlenscast\nSigIgn:\t0000000000001001\nSigCgt:\t0000000000000000\n", true),
            ("Name:\tlenscast\nSigIgn:\t0000000000001000\nSigCgt:\t0000000000000001\n", false),
            ("SigIgn:\t?\n", false),
            ("", false),
        ];
        for (status, expected) in table {
            assert_eq!(ignores_hang_up(status), expected, "{status}");
        }
    }
}

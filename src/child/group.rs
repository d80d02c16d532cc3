//! A process group: a child and the processes that it has started.

use rustix::process::{Pid, Signal, getpgid, kill_process, kill_process_group};
use tokio::process::Child;

/// A process group, which is killed when this is dropped.
pub(super) struct Group(Option<Pid>);

impl Group {
    /// The group that `leader` leads; empty if it has been reaped.
    pub(super) fn led_by(leader: &Child) -> Self {
        Self(pid_of(leader))
    }

    /// Its number, for a process that is to join it. 0 means a new group.
    pub(super) fn number(&self) -> i32 {
        self.0.map_or(0, |leader| leader.as_raw_nonzero().get())
    }

    /// Sends `signal` to all of it, and to `child` even if that has left it.
    pub(super) fn signal(&self, signal: Signal, child: &Child) {
        self.signal_all(signal);
        if let Some(pid) = pid_of(child).filter(|pid| getpgid(Some(*pid)).ok() != self.0) {
            let _ = kill_process(pid, signal);
        }
    }

    fn signal_all(&self, signal: Signal) {
        if let Some(group) = self.0 {
            let _ = kill_process_group(group, signal);
        }
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        self.signal_all(Signal::KILL);
    }
}

/// `None` for a process that has been reaped: another process may have its number.
fn pid_of(child: &Child) -> Option<Pid> {
    child.id().and_then(|id| i32::try_from(id).ok()).and_then(Pid::from_raw)
}

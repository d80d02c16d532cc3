//! A small process that ends a child's whole group when the server is gone.
//!
//! ```text
//! server ─ holds the writing end ─► guard: reads, and reads nothing for as long as we live
//!    ✗ SIGKILL                       └─► end of input: SIGKILL to the group, itself included
//! ```
//! The kernel's own signal reaches the child only, not what the child has started (`sh -c 'a | b'`). While the guard is
//! in the group, the group's number belongs to nobody else. It is a shell; where there is none, as in a
//! container with one program, there is no guard.

use std::process::Stdio;

use rustix::process::Pid;
use tokio::process::{Child, ChildStdin, Command};

use super::spawn::{Fate, spawn};

/// The first argument is the group.
const SCRIPT: &str = "trap '' HUP INT TERM; read -r _; kill -s KILL -- \"-$1\"";

/// A running guard; it ends with its group.
pub(super) struct Guard {
    _child: Child,
    /// Closed by the kernel, however we end.
    _alive: Option<ChildStdin>,
}

impl Guard {
    /// A guard for `group`; `None` where the system has no shell.
    pub(super) async fn start(group: Pid) -> Option<Self> {
        let group = group.as_raw_nonzero().get();
        let mut command = Command::new("/bin/sh");
        command
            .args(["-c", SCRIPT, "guard"])
            .arg(group.to_string())
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .process_group(group)
            .kill_on_drop(true);
        match spawn(command, Fate::Survives).await {
            Ok(mut child) => Some(Self { _alive: child.stdin.take(), _child: child }),
            Err(error) => {
                tracing::debug!("nothing will end what this command starts, should we be killed: {error}");
                None
            }
        }
    }
}

//! A small process that kills a child's whole group when the server dies.
//!
//! ```text
//! server ─ holds the writing end ─► guard: leads the group and waits in read() while the server lives
//!    ✗ SIGKILL                       └─► end of input: SIGKILL to the group, itself included
//! ```
//! The kernel's own signal reaches the child only, not what the child has started (`sh -c 'a | b'`). The guard starts before
//! the child, which joins its group, so a child always has one. While the guard is in the group, no other group can get its
//! number. The guard is a shell; in a container without a shell there is no guard.

use std::{io, process::Stdio, time::Duration};

use tokio::{
    io::AsyncReadExt,
    process::{Child, ChildStdin, Command},
};

use super::{
    group::Group,
    spawn::{OnServerExit, spawn},
};

/// Once it has written its line, it ignores the signals that end a child.
const SCRIPT: &str = "trap '' HUP INT TERM; echo; read -r _; kill -s KILL 0";
/// Limit for the shell to start.
const READY_WITHIN: Duration = Duration::from_secs(2);

/// A running guard; it ends with its group.
pub(super) struct Guard {
    _child: Child,
    /// The kernel closes it, however we end.
    _alive: Option<ChildStdin>,
}

impl Guard {
    /// A guard that is ready, and the group that it leads, which is to be dropped first, while the guard holds its number;
    /// `None` where the system has no shell.
    pub(super) async fn start() -> Option<(Self, Group)> {
        match Self::try_start().await {
            Ok(guard) => Some(guard),
            Err(error) => {
                tracing::debug!(
                    "no guard process: if the server is killed, processes of this command may survive: {error}"
                );
                None
            }
        }
    }

    async fn try_start() -> io::Result<(Self, Group)> {
        let mut command = Command::new("/bin/sh");
        command
            .args(["-c", SCRIPT, "guard"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .process_group(0)
            .kill_on_drop(true);
        let mut child = spawn(command, OnServerExit::Survives).await?;
        let (group, alive) = (Group::led_by(&child), child.stdin.take());
        let mut ready = child.stdout.take().expect("standard output is a pipe");
        tokio::time::timeout(READY_WITHIN, ready.read_exact(&mut [0])).await??;
        Ok((Self { _child: child, _alive: alive }, group))
    }
}

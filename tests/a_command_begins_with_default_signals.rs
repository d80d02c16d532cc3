//! Whatever signals the server inherits as ignored or blocked, a command of its own inherits none of them.
//!
//! A shell script starts its background jobs with SIGINT and SIGQUIT ignored, and nohup ignores SIGHUP.

use std::{
    fs,
    process::Stdio,
    thread::sleep,
    time::{Duration, Instant},
};

use rustix::process::Signal;

use crate::support::{
    PATIENCE,
    program::{ended, lenscast_by, serving, signal},
};

/// Signals 32 and 33, which glibc uses between threads and sets itself when it needs them.
const OF_THE_C_LIBRARY: u64 = 0b11 << 31;

#[test]
fn no_signal_is_ignored_or_blocked_in_a_command() {
    let folder = tempfile::tempdir().expect("a folder");
    let report = folder.path().join("signals");
    let source = format!("exec:sh -c 'exec grep ^Sig /proc/self/status >{}'", report.display());
    let env = ["env", "--ignore-signal=HUP,INT,QUIT,TERM,USR1,RTMIN", "--block-signal=USR1,USR2,QUIT"];
    let mut command = lenscast_by(&env, &["--source", &source, "--listen", "127.0.0.1:0"]);
    let (child, _) = serving(command.stderr(Stdio::null()));
    let started = Instant::now();
    let signals = loop {
        let text = fs::read_to_string(&report).unwrap_or_default();
        let set = |name| {
            let hex = text.lines().find_map(|line| line.strip_prefix(name))?.trim();
            Some(u64::from_str_radix(hex, 16).expect("a number") & !OF_THE_C_LIBRARY)
        };
        if let (Some(blocked), Some(ignored)) = (set("SigBlk:"), set("SigIgn:")) {
            break [blocked, ignored];
        }
        assert!(started.elapsed() < PATIENCE, "the command writes nothing");
        sleep(Duration::from_millis(5));
    };
    assert_eq!(signals, [0, 0], "blocked and ignored");
    signal(&child, Signal::TERM);
    ended(child);
}

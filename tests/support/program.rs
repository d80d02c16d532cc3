//! The program itself, as a child of the test.

use std::{
    io::{BufRead, BufReader},
    net::SocketAddr,
    path::PathBuf,
    process::{Child, Command, Output, Stdio},
    time::{Duration, Instant},
};

use rustix::process::{Pid, Signal, kill_process};

use super::PATIENCE;

/// The program under test: `LENSCAST_BIN`, as in `e2e/`, else the one that was built with the tests.
pub fn path() -> PathBuf {
    std::env::var_os("LENSCAST_BIN").map_or_else(|| env!("CARGO_BIN_EXE_lenscast").into(), PathBuf::from)
}

/// What the program gets of this process's environment: whatever else the shell had, such as `RUST_LOG` or the socket of a
/// service manager, is nothing to a test.
const KEPT: [&str; 3] = ["HOME", "PATH", "TMPDIR"];

/// The program with these arguments.
pub fn lenscast(words: &[&str]) -> Command {
    prepared(Command::new(path()), words)
}

/// The same, started by another program, which `words_before` name, such as `env` with its options.
pub fn lenscast_by(words_before: &[&str], words: &[&str]) -> Command {
    let mut command = Command::new(words_before[0]);
    command.args(&words_before[1..]).arg(path());
    prepared(command, words)
}

fn prepared(mut command: Command, words: &[&str]) -> Command {
    // RTSP is on by default, and is nothing to a test that does not ask for it.
    if words.contains(&"--listen") && !words.contains(&"--rtsp") {
        command.args(["--rtsp", "off"]);
    }
    command.args(words).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).env_clear();
    // What a Lenscast of this user keeps, such as passwords, is nothing to a test either.
    command.env("XDG_STATE_HOME", "/nonexistent");
    command.envs(KEPT.iter().filter_map(|name| Some((name, std::env::var_os(name)?))));
    command
}

/// The same with SIGHUP as `env` makes it, whatever it is for the test: `default` or `ignore`.
pub fn lenscast_with_hang_up(disposition: &str, words: &[&str]) -> Command {
    lenscast_by(&["env", &format!("--{disposition}-signal=HUP")], words)
}

/// A program that serves, and the address it has printed.
pub fn serving(command: &mut Command) -> (Child, SocketAddr) {
    let mut child = command.spawn().expect("it starts");
    let stdout = child.stdout.as_mut().expect("a pipe");
    let address = BufReader::new(stdout)
        .lines()
        .map_while(Result::ok)
        .find_map(|line| line.trim().strip_prefix("http://").map(|url| url.trim_end_matches('/').to_owned()));
    (child, address.expect("it prints where it listens").parse().expect("an address"))
}

/// Sends it a signal.
pub fn signal(child: &Child, signal: Signal) {
    kill_process(Pid::from_child(child), signal).expect("it runs");
}

/// Waits for its end, and fails if it takes long.
pub fn ended(mut child: Child) -> Output {
    let started = Instant::now();
    while child.try_wait().expect("it is ours").is_none() {
        if started.elapsed() > PATIENCE {
            child.kill().expect("it runs");
            panic!("it does not end");
        }
        std::thread::sleep(Duration::from_millis(5));
    }
    child.wait_with_output().expect("it has ended")
}

//! Where the system has few file descriptors, connections do not use them up: a killed camera is started again.

use std::{
    fs,
    io::Read,
    net::TcpStream,
    path::Path,
    time::{Duration, Instant},
};

use rustix::process::{Pid, Signal, kill_process};

use crate::support::{
    PATIENCE,
    program::{ended, lenscast_by, serving, signal},
};

/// Waits for line `number` of `path`, on which the camera has written its process id.
fn camera(path: &Path, number: usize) -> Pid {
    let begun = Instant::now();
    loop {
        let text = fs::read_to_string(path).unwrap_or_default();
        if let Some(line) = text.split_inclusive('\n').nth(number).and_then(|line| line.strip_suffix('\n')) {
            return Pid::from_raw(line.parse().expect("a number")).expect("not 0");
        }
        assert!(begun.elapsed() < PATIENCE, "camera {number} is not started: {text}");
        std::thread::sleep(Duration::from_millis(10));
    }
}

#[test]
fn a_killed_camera_is_started_again_among_strangers() {
    let folder = tempfile::tempdir().expect("a folder");
    let started = folder.path().join("started");
    let source = format!("exec:sh -c 'echo $$ >> {}; exec sleep 100'", started.display());
    let words = ["--listen", "127.0.0.1:0", "--source", &source];
    let (child, address) = serving(&mut lenscast_by(&["prlimit", "--nofile=64:64"], &words));
    let first = camera(&started, 0);

    let mut strangers = Vec::new();
    for _ in 0..100 {
        strangers.push(TcpStream::connect(address).expect("the system takes it for the server"));
    }
    let mut refused = String::new();
    let _ = strangers.last_mut().expect("a hundred").read_to_string(&mut refused);
    assert!(refused.starts_with("HTTP/1.1 503 ") && refused.contains("file descriptors"), "{refused}");

    kill_process(first, Signal::KILL).expect("it runs");
    camera(&started, 1);
    drop(strangers);
    signal(&child, Signal::TERM);
    let log = String::from_utf8(ended(child).stderr).expect("UTF-8");
    assert!(log.contains("connection refused"), "{log}");
    assert!(!log.contains("accepting connections failed") && !log.contains("Too many open files"), "{log}");
}

#[test]
fn where_threads_cannot_be_started_one_sentence_says_so() {
    // Stacks larger than all the memory that it may have: no thread can be started, as with a limit of threads.
    let by = ["env", "RUST_MIN_STACK=8589934592", "prlimit", "--as=4294967296"];
    let output =
        ended(lenscast_by(&by, &["--listen", "127.0.0.1:0", "--source", "test"]).spawn().expect("it starts"));
    let said = String::from_utf8(output.stderr).expect("UTF-8");
    assert_eq!(output.status.code(), Some(1), "{said}");
    let sentence =
        "lenscast: cannot start the threads that the server needs (ulimit -u and TasksMax= limit them): ";
    assert!(said.starts_with(sentence) && said.lines().count() == 1, "{said}");
}

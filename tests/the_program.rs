//! The program itself: what it prints, how it ends, and with which status.

use std::{
    io::{Read, Write},
    process::Stdio,
    time::{Duration, Instant},
};

use rustix::process::Signal;

use crate::support::{
    clip::clip,
    ports::HeldPort,
    program::{ended, lenscast, lenscast_with_hang_up, serving, signal},
    viewer::Viewer,
    within,
};

#[test]
fn what_cannot_be_ends_it_before_anything_is_served() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").expect("a free port");
    let taken = taken.local_addr().map(|address| (taken, address.to_string())).expect("bound");
    let port = taken.1.rsplit(':').next().expect("a port").to_owned();
    let in_use = format!("port {port} is in use by another program");
    let table: [(&[&str], i32, &str); 14] = [
        (&["--source", "webcam"], 2, "unknown kind of source \"webcam\""),
        (&["--source", "exec:ls | cat"], 2, "a single command, since no shell runs it"),
        (&["--source", "exec:no-such-program -x"], 2, "command \"no-such-program\" is not found in PATH"),
        (&["--source", "file:no-such-file.h264"], 2, "file \"no-such-file.h264\" cannot be opened"),
        (&["--source", "test,size=17x3"], 2, "size=17x3 of test is not allowed: it is WIDTHxHEIGHT"),
        (
            &["--source", "test,rate=1000"],
            2,
            "rate=1000 of test is not allowed: it is a whole number from 1 to 120",
        ),
        (&["--source", "tcp:pi"], 2, "tcp needs //HOST:PORT"),
        (&["--source", "a=test", "--source", "a=test"], 2, "two cameras are called \"a\""),
        (&["--listen", "everywhere"], 2, "--listen \"everywhere\" is not an address"),
        (&["--listen", &taken.1], 1, &in_use),
        (&["--max-viewers", "0"], 2, "--max-viewers \"0\" is not allowed: it is a whole number, 1 or more"),
        (&["--sorce", "test"], 2, "unknown option --sorce: did you mean --source?"),
        (&["--static", "/tmp"], 2, "--static DIR belongs to the --compat before it, and there is none"),
        (&["--source", "-", "--listen", "127.0.0.1:0"], 1, "tandard input ended"),
    ];
    for (words, status, expected) in table {
        let output = ended(lenscast(words).spawn().expect("it starts"));
        let error = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(status), "{words:?}: {error}");
        let last = error.lines().last().unwrap_or_default();
        assert!(last.starts_with("lenscast: ") && last.contains(expected), "{words:?}: {error}");
        if status == 2 {
            assert_eq!(error.lines().count(), 1, "{words:?}: one line: {error}");
            assert!(output.stdout.is_empty(), "{words:?}");
        }
    }
}

#[tokio::test]
async fn what_it_wants_twice_is_in_use_by_no_other_program() {
    let held = HeldPort::at("[::]:0");
    let port = held.number;
    let everywhere = format!("[::]:{port}");
    let output = ended(
        lenscast(&["--listen", &everywhere, "--listen", &format!("127.0.0.1:{port}")])
            .spawn()
            .expect("it starts"),
    );
    let error = String::from_utf8_lossy(&output.stderr).into_owned();
    let expected = format!("cannot listen on 127.0.0.1:{port}: {everywhere} is listened on already");
    assert!(output.status.code() == Some(1) && error.contains(&expected), "{error}");
}

#[test]
fn help_and_version_are_there() {
    let table = [
        ("--help", "--source <SOURCE>"),
        ("--help", "rpicam, v4l2"),
        ("--version", env!("CARGO_PKG_VERSION")),
        ("--version", "OpenH264: "),
        ("-V", env!("CARGO_PKG_VERSION")),
    ];
    for (word, expected) in table {
        let output = ended(lenscast(&[word]).spawn().expect("it starts"));
        assert!(
            output.status.success() && String::from_utf8_lossy(&output.stdout).contains(expected),
            "{word}"
        );
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_signal_ends_it_and_every_viewer_is_told() {
    for (stop, why) in [
        (Signal::INT, "SIGINT"),
        (Signal::TERM, "SIGTERM"),
        (Signal::HUP, "SIGHUP without a configuration file"),
    ] {
        let words = ["--source", "test,size=320x240", "--listen", "127.0.0.1:0"];
        let (child, address) = serving(&mut lenscast_with_hang_up("default", &words));
        let mut viewers = Vec::new();
        for path in ["/ws/live", "/ws/mp4", "/ws/h264"].into_iter().cycle().take(50) {
            let mut viewer = Viewer::connect(address, path).await;
            viewer.binary().await;
            viewers.push(tokio::spawn(async move { viewer.closed().await }));
        }
        signal(&child, stop);
        for viewer in viewers {
            let (code, reason) = viewer.await.expect("a close frame");
            assert_eq!((code, reason.as_str()), (1001, "The server was stopped"));
        }
        let output =
            within("the end", tokio::task::spawn_blocking(move || ended(child))).await.expect("no panic");
        assert_eq!(output.status.code(), Some(0));
        let log = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(log.contains(&format!("server stopping: {why}")), "{log}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_hang_up_that_was_ignored_stays_ignored() {
    let words = ["--source", "test,size=320x240", "--listen", "127.0.0.1:0"];
    let (child, address) = serving(&mut lenscast_with_hang_up("ignore", &words));
    let mut viewer = Viewer::connect(address, "/ws/live").await;
    viewer.frame().await;
    signal(&child, Signal::HUP);
    for _ in 0..20 {
        viewer.frame().await;
    }
    signal(&child, Signal::INT);
    let output =
        within("the end", tokio::task::spawn_blocking(move || ended(child))).await.expect("no panic");
    let log = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(log.contains("server stopping: SIGINT"), "{log}");
}

#[tokio::test]
async fn a_log_that_nobody_reads_holds_nothing_up() {
    let mut command = lenscast(&["--listen", "127.0.0.1:0"]);
    let (child, address) = serving(command.env("RUST_LOG", "lenscast=debug"));
    // Far more than the pipe of standard error holds.
    let long = format!("/{}", "x".repeat(2_000));
    for _ in 0..100 {
        assert_eq!(crate::support::http::get(address, &long).await.status, 404);
    }
    assert_eq!(crate::support::http::get(address, "/healthz").await.status, 200);
    signal(&child, Signal::INT);
    let mut child = child;
    let status =
        within("the end", tokio::task::spawn_blocking(move || child.wait())).await.expect("no panic");
    assert_eq!(status.expect("it is ours").code(), Some(0));
}

#[test]
fn it_ends_while_standard_input_stays_open() {
    let (child, _) = serving(lenscast(&["--source", "-", "--listen", "127.0.0.1:0"]).stdin(Stdio::piped()));
    signal(&child, Signal::INT);
    assert_eq!(ended(child).status.code(), Some(0));
}

#[tokio::test]
async fn video_on_standard_input_is_shown_until_its_end() {
    let (mut child, address) =
        serving(lenscast(&["--source", "-", "--listen", "127.0.0.1:0"]).stdin(Stdio::piped()));
    let mut stdin = child.stdin.take().expect("a pipe");
    let units = clip(320, 240, 3, 30);
    for unit in &units {
        stdin.write_all(unit).expect("it reads");
    }
    let mut viewer = Viewer::connect(address, "/ws/h264").await;
    assert_eq!(viewer.binary().await, units[0]);
    drop(stdin);
    let output =
        within("the end", tokio::task::spawn_blocking(move || ended(child))).await.expect("no panic");
    assert_eq!(output.status.code(), Some(1), "the only source has ended");
    assert!(String::from_utf8_lossy(&output.stderr).ends_with("lenscast: Standard input ended\n"));
}

/// Processes that sleep for `marker` seconds.
fn sleepers(marker: &str) -> usize {
    let processes = std::fs::read_dir("/proc").expect("Linux");
    let commands =
        processes.filter_map(|process| std::fs::File::open(process.ok()?.path().join("cmdline")).ok());
    let is_ours = |mut command: std::fs::File| {
        let mut words = Vec::new();
        command.read_to_end(&mut words).is_ok()
            && words.starts_with(b"sleep")
            && words.windows(marker.len()).any(|part| part == marker.as_bytes())
    };
    commands.filter_map(|command| is_ours(command).then_some(())).count()
}

fn until_sleepers(marker: &str, count: usize) {
    let started = Instant::now();
    while sleepers(marker) != count {
        assert!(started.elapsed() < Duration::from_secs(15), "{} sleepers, not {count}", sleepers(marker));
        std::thread::sleep(Duration::from_millis(10));
    }
}

#[test]
fn nothing_is_left_of_a_command_when_it_ends() {
    let marker = format!("{}", 4_000_000 + std::process::id());
    let script = format!("exec:sh -c 'sleep {marker} & sleep {marker}'");
    let (child, _) = serving(&mut lenscast(&["--source", &script, "--listen", "127.0.0.1:0"]));
    until_sleepers(&marker, 2);
    signal(&child, Signal::INT);
    assert_eq!(ended(child).status.code(), Some(0));
    until_sleepers(&marker, 0);
}

#[test]
fn nothing_is_left_of_a_stubborn_command_when_a_second_signal_ends_it() {
    let marker = format!("{}", 5_000_000 + std::process::id());
    let script = format!("exec:sh -c 'trap \"\" TERM; sleep {marker}; sleep {marker}'");
    let (child, _) = serving(&mut lenscast(&["--source", &script, "--listen", "127.0.0.1:0"]));
    until_sleepers(&marker, 1);
    signal(&child, Signal::INT);
    signal(&child, Signal::TERM);
    assert_eq!(ended(child).status.code(), Some(0));
    until_sleepers(&marker, 0);
}

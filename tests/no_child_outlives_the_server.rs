//! However the server dies, what it has started is gone within a second.

use std::time::Duration;

use rustix::process::Signal;

use crate::support::{
    processes::until_processes,
    program::{lenscast, serving, signal},
    rpicam::FakeRpicam,
};

#[test]
fn children_and_what_they_have_started_are_gone_when_it_is_killed() {
    let number = std::process::id();
    let camera = FakeRpicam::new("");
    // Name, source, what is in the command lines of its processes and nobody else's, and their number (shells included).
    let table = [
        ("a child", format!("exec:sleep {number}6001"), format!("{number}6001"), 1),
        ("a child that ignores signals", ignoring(number), format!("{number}6002"), 2),
        (
            "a pipeline",
            format!("exec:sh -c 'sleep {number}6003 | sleep {number}6003'"),
            format!("{number}6003"),
            3,
        ),
        ("a camera", camera.source(""), camera.program().display().to_string(), 1),
    ];
    for (name, source, marker, count) in table {
        let words = ["--source", &source, "--listen", "127.0.0.1:0"];
        let (mut server, _) = serving(&mut lenscast(&words));
        // The server's own command line has the marker too.
        until_processes(&marker, count + 1);
        signal(&server, Signal::KILL);
        let took = until_processes(&marker, 0);
        server.wait().expect("it is ours");
        assert!(took < Duration::from_secs(1), "{name}: {took:?}");
    }
}

fn ignoring(number: u32) -> String {
    format!("exec:sh -c 'trap \"\" INT TERM HUP; sleep {number}6002; true'")
}

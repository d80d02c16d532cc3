//! sd_notify: ready, status, watchdog, stopping.

use std::{os::unix::net::UnixDatagram, time::Duration};

use rustix::process::Signal;

use crate::support::program::{ended, lenscast, serving, signal};

#[test]
fn ready_status_life_and_end() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("notify");
    let socket = UnixDatagram::bind(&path).expect("a folder of our own");
    socket.set_read_timeout(Some(Duration::from_secs(15))).expect("a socket");
    let mut command = lenscast(&["--source", "door=test,size=160x120", "--listen", "127.0.0.1:0"]);
    let (child, _) = serving(command.env("NOTIFY_SOCKET", &path).env("WATCHDOG_USEC", "300000"));
    let mut received = String::new();
    let mut until = |what: &str, times: usize| {
        while received.matches(what).count() < times {
            let mut message = [0; 4096];
            let length =
                socket.recv(&mut message).unwrap_or_else(|error| panic!("{what}: {error}: {received}"));
            received += &String::from_utf8_lossy(&message[..length]);
            received.push('\n');
        }
    };
    until("READY=1\n", 1);
    until("STATUS=0 viewers; door: idle\n", 1);
    until("WATCHDOG=1\n", 3);
    signal(&child, Signal::TERM);
    until("STOPPING=1\n", 1);
    assert_eq!(ended(child).status.code(), Some(0));
}

//! Without a source: the port is open before the search for cameras ends, viewers are told of it and stay, and the first
//! camera that is found plays. Who stops the server meanwhile does not wait for the search.

use std::process::Child;

use rustix::process::Signal;
use serde_json::Value;

use crate::support::{
    http,
    processes::until_processes,
    program::{ended, lenscast, serving, signal},
    rpicam::FakeRpicam,
    viewer::Viewer,
    within,
};

/// Standard error of the program after Ctrl-C.
async fn stopped(child: Child) -> String {
    signal(&child, Signal::INT);
    let output =
        within("the end", tokio::task::spawn_blocking(move || ended(child))).await.expect("no panic");
    assert_eq!(output.status.code(), Some(0));
    String::from_utf8_lossy(&output.stderr).into_owned()
}

#[tokio::test]
async fn the_first_that_is_found_plays() {
    let rpicam = FakeRpicam::new("list-waits");
    let (child, address) = serving(lenscast(&["--listen", "127.0.0.1:0"]).env("PATH", rpicam.search_path()));
    assert_eq!(http::get(address, "/").await.status, 200);
    let status: Value =
        serde_json::from_slice(&http::get(address, "/api/v1/status").await.body).expect("JSON");
    assert_eq!(status["cameras"][0]["state"], "searching");
    let mut viewer = Viewer::connect(address, "/ws/live").await;
    let told = viewer.text("state").await;
    assert_eq!(told["state"], "starting");
    assert_eq!(told["message"], "Looking for cameras (Raspberry Pi, then USB)");
    rpicam.behave("");
    let (header, _) = viewer.frame().await;
    assert_eq!(header.sequence, 0, "the viewer was there from the first picture on");
    let log = stopped(child).await;
    assert!(log.contains("found Raspberry Pi camera imx219"), "{log}");
    until_processes(&rpicam.program().display().to_string(), 0);
}

#[tokio::test]
async fn the_search_ends_with_the_server() {
    let rpicam = FakeRpicam::new("list-waits");
    let marker = rpicam.program().display().to_string();
    let (child, address) = serving(lenscast(&["--listen", "127.0.0.1:0"]).env("PATH", rpicam.search_path()));
    let mut viewer = Viewer::connect(address, "/ws/live").await;
    until_processes(&marker, 1);
    assert!(!stopped(child).await.contains("was found"), "nothing was found yet");
    assert_eq!(viewer.closed().await, (1001, "The server was stopped".to_owned()));
    until_processes(&marker, 0);
}

//! Pause, resume, clock and keyframe over `ws/live`; a source on demand runs only while somebody watches.

use crate::support::{TestServer, viewer::Viewer};
use lenscast_media::frame::Role;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_source_on_demand_starts_with_the_first_viewer_and_stops_after_the_last() {
    let server = TestServer::start(&["test,size=320x240"]);
    server.until_camera("idle", |camera| camera["state"] == "idle").await;
    let mut viewer = Viewer::connect_as(server.address, "/ws/live", Some("lenscast.v1")).await;
    assert_eq!(viewer.frame().await.0.role, Role::Key);
    server.until_camera("live", |camera| camera["state"] == "live").await;
    viewer.say(r#"{"type":"pause"}"#).await;
    server.until_camera("idle again", |camera| camera["state"] == "idle").await;
    viewer.say(r#"{"type":"resume"}"#).await;
    let skip = viewer.text_where("state", |state| state["state"] == "live").await;
    assert_eq!(skip["message"], "");
    let (header, _) = viewer.frame().await;
    assert_eq!(header.role, Role::Key);
    drop(viewer);
    server.until_camera("idle after the last", |camera| camera["state"] == "idle").await;
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn resume_goes_on_at_a_keyframe_and_says_what_was_skipped() {
    let server = TestServer::start(&["test,size=320x240,rate=60"]);
    let mut other = Viewer::connect(server.address, "/ws/live").await;
    let mut viewer = Viewer::connect(server.address, "/ws/live").await;
    let last = viewer.frame().await.0.sequence;
    other.text_where("viewers", |message| message["count"] == 2).await;
    viewer.say(r#"{"type":"pause"}"#).await;
    other.text_where("viewers", |message| message["count"] == 1).await;
    let mut newest = 0;
    while newest < last + 200 {
        newest = other.frame().await.0.sequence;
    }
    viewer.say(r#"{"type":"resume"}"#).await;
    let skipped = viewer.text("skip").await["frames"].as_u64().expect("a number");
    assert!(skipped > 0);
    let (header, _) = viewer.frame().await;
    assert_eq!(header.role, Role::Key);
    assert!(header.captured_at.is_some(), "the pattern knows when it was drawn");
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_clock_is_answered_and_unknown_messages_are_ignored() {
    let server = TestServer::start(&["test,size=320x240"]);
    let mut viewer = Viewer::connect(server.address, "/ws/live").await;
    for unknown in
        ["", "hello", "{}", r#"{"type":"dance"}"#, r#"{"type":"clock"}"#, r#"{"type":"keyframe","track":9}"#]
    {
        viewer.say(unknown).await;
    }
    viewer.say(r#"{"type":"clock","t0":12.5,"later":"key"}"#).await;
    let clock = viewer.text("clock").await;
    assert_eq!(clock["t0"], 12.5);
    assert!(
        clock["t1"].as_u64() > Some(1_600_000_000_000_000) && clock["t2"].as_u64() >= clock["t1"].as_u64()
    );
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_keyframe_comes_when_it_is_asked_for() {
    let server = TestServer::start(&["test,size=320x240"]);
    let mut viewer = Viewer::connect(server.address, "/ws/live").await;
    assert_eq!(viewer.frame().await.0.role, Role::Key);
    viewer.say(r#"{"type":"keyframe","track":0}"#).await;
    let mut frames = 1;
    while viewer.frame().await.0.role != Role::Key {
        frames += 1;
    }
    assert!(frames < 55, "keyframe after {frames} frames, where 60 is the interval");
    server.stop().await;
}

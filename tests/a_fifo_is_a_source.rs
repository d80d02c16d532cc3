//! A FIFO is read as it comes. Its writers are not harmed, and nothing waits for one.

use std::{
    fs::{File, OpenOptions},
    io::Write,
    time::{Duration, Instant},
};

use rustix::process::Signal;

use crate::support::{
    TestServer,
    clip::clip,
    fifo::Fifo,
    http,
    program::{ended, lenscast_with_hang_up, serving, signal},
    viewer::Viewer,
    within,
};

/// A signal is obeyed within this.
const OBEYED_WITHIN: Duration = Duration::from_secs(2);

async fn play(writer: &mut File, units: &[Vec<u8>]) {
    for unit in units {
        writer.write_all(unit).expect("the server reads");
        tokio::time::sleep(Duration::from_millis(4)).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn its_writers_come_and_go() {
    let fifo = Fifo::new();
    let server = TestServer::start(&[&fifo.source()]);
    let waiting = |camera: &serde_json::Value| {
        let message = camera["message"].as_str().unwrap_or_default();
        camera["state"] == "starting" && message.starts_with("Waiting for a program that writes to FIFO")
    };
    server.until_camera("it waits", waiting).await;
    let units = clip(160, 120, 20, 20);
    let mut viewer = Viewer::connect(server.address, "/ws/live").await;
    for _ in 0..3 {
        let mut writer = fifo.writer();
        play(&mut writer, &units).await;
        for _ in 0..10 {
            viewer.frame().await;
        }
        drop(writer);
        let next = |camera: &serde_json::Value| {
            camera["message"].as_str().is_some_and(|message| message.contains("waiting for the next program"))
        };
        server.until_camera("the next writer", next).await;
    }
    drop(viewer);
    let mut writer = fifo.writer();
    play(&mut writer, &units).await;
    // Longer than a source on demand goes on without a viewer.
    tokio::time::sleep(Duration::from_millis(3_500)).await;
    play(&mut writer, &units).await;
    server.until_camera("live", |camera| camera["state"] == "live").await;
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn rubbish_in_it_is_named_and_what_follows_is_shown() {
    let fifo = Fifo::new();
    let server = TestServer::start(&[&fifo.source()]);
    server.until_camera("it waits", |camera| camera["message"] != "").await;
    fifo.writer().write_all(b"Hello, this is no video.\n").expect("the server reads");
    let named = |camera: &serde_json::Value| {
        camera["message"].as_str().is_some_and(|message| message.contains("it looks like text"))
    };
    server.until_camera("a sentence", named).await;
    let mut writer = fifo.writer();
    play(&mut writer, &clip(160, 120, 20, 20)).await;
    server.until_camera("live", |camera| camera["state"] == "live").await;
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn signals_are_obeyed_whatever_it_does() {
    for has_silent_writer in [false, true] {
        let fifo = Fifo::new();
        let file = fifo.folder.path().join("lenscast.toml");
        std::fs::write(&file, "[[camera]]\nsource = \"test\"\n").expect("a folder of our own");
        // A writer that waits for a reader, as any does that opens it for writing only.
        let path = fifo.path.clone();
        let writer = std::thread::spawn(move || OpenOptions::new().write(true).open(path));
        let config = file.display().to_string();
        let words = ["--config", &config, "--listen", "127.0.0.1:0"];
        let (child, address) = serving(&mut lenscast_with_hang_up("default", &words));
        let source = fifo.source();
        std::fs::write(&file, format!("[[camera]]\nname = \"fifo\"\nsource = \"{source}\"\n")).expect("ours");
        signal(&child, Signal::HUP);
        within("the reload", async {
            while http::get(address, "/cam/fifo/").await.status != 200 {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        })
        .await;
        let opened = within("a reader", tokio::task::spawn_blocking(move || writer.join())).await;
        let writer = opened.expect("no panic").expect("no panic").expect("the server reads");
        let kept = has_silent_writer.then_some(writer);
        // The same again.
        signal(&child, Signal::HUP);
        tokio::time::sleep(Duration::from_millis(200)).await;
        if let Some(mut writer) = kept.as_ref() {
            writer.write_all(&[0; 100]).expect("the server still reads");
        }
        signal(&child, Signal::TERM);
        let began = Instant::now();
        let output =
            within("the end", tokio::task::spawn_blocking(move || ended(child))).await.expect("no panic");
        assert!(began.elapsed() < OBEYED_WITHIN, "{:?}", began.elapsed());
        assert_eq!(output.status.code(), Some(0));
    }
}

#[test]
fn it_may_be_the_source_from_the_start() {
    for format in ["", "+h264", "+yuv420p,size=64x64,rate=5"] {
        let fifo = Fifo::new();
        let source = format!("file{format}:{}", fifo.path.display());
        let (child, _) =
            serving(&mut lenscast_with_hang_up("default", &["--source", &source, "--listen", "127.0.0.1:0"]));
        signal(&child, Signal::TERM);
        let began = Instant::now();
        assert_eq!(ended(child).status.code(), Some(0), "{source}");
        assert!(began.elapsed() < OBEYED_WITHIN, "{source}: {:?}", began.elapsed());
    }
}

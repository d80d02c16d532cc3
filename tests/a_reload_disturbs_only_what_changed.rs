//! SIGHUP: cameras that did not change lose no frame, changed ones keep their viewers, removed ones tell them.

use std::{fs, path::Path};

use lenscast::{args::Args, config::Config};
use rustix::process::Signal;

use crate::support::{
    TestServer,
    camera::FakeCamera,
    clip::clip,
    http,
    program::{ended, lenscast, serving, signal},
    viewer::Viewer,
    within,
};

/// The checked configuration of a file with this text.
fn configuration(folder: &Path, text: &str) -> Config {
    let path = folder.join("lenscast.toml");
    fs::write(&path, text).expect("a folder of our own");
    let args = Args { config: Some(path), ..Args::typed(&["--listen", "127.0.0.1:0"]) };
    Config::from_args(&args).expect(text)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_viewers_of_each_camera_see_what_concerns_them() {
    let folder = tempfile::tempdir().expect("a folder");
    let (kept, old, new) = (FakeCamera::new().await, FakeCamera::new().await, FakeCamera::new().await);
    let camera = |name: &str, source: &str| format!("[[camera]]\nname = \"{name}\"\nsource = \"{source}\"\n");
    let first = camera("kept", &kept.source()) + &camera("changed", &old.source()) + &camera("gone", "test");
    let server = TestServer::start_with(&configuration(folder.path(), &first));
    let (mut kept_camera, mut old_camera) = (kept.connected().await, old.connected().await);
    let units = clip(160, 120, 60, 60);
    kept_camera.play(&units[..2]).await;
    old_camera.play(&units[..2]).await;
    let mut on_kept = Viewer::connect(server.address, "/cam/kept/ws/live").await;
    let mut on_changed = Viewer::connect(server.address, "/cam/changed/ws/live").await;
    let mut on_gone = Viewer::connect(server.address, "/cam/gone/ws/live").await;
    assert_eq!(on_kept.frame().await.0.sequence, 0);
    on_changed.frame().await;
    on_gone.frame().await;

    let second = camera("changed", &new.source())
        + &camera("added", "test,size=160x120")
        + &camera("kept", &kept.source());
    let reload = server.reload(configuration(folder.path(), &second));
    let ((), ()) = tokio::join!(reload, kept_camera.play(&units[2..40]));
    assert_eq!(on_gone.closed().await.1, "this camera was taken out of the configuration");
    let mut new_camera = new.connected().await;
    new_camera.play(&clip(320, 240, 3, 60)).await;
    let config = on_changed.text_where("config", |config| config["width"] == 320).await;
    assert_eq!(config["height"], 240);
    kept_camera.play(&units[40..]).await;
    for sequence in 1..58 {
        assert_eq!(on_kept.frame().await.0.sequence, sequence, "nothing is missing");
    }
    let names: Vec<_> = server.status().await["cameras"]
        .as_array()
        .expect("cameras")
        .iter()
        .map(|camera| camera["name"].as_str().expect("a name").to_owned())
        .collect();
    assert_eq!(names, ["changed", "added", "kept"]);
    Viewer::connect(server.address, "/cam/added/ws/live").await.frame().await;
    assert_eq!(http::get(server.address, "/cam/gone/").await.status, 404);
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_bad_file_changes_nothing_and_says_why() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("lenscast.toml");
    let write = |text: &str| fs::write(&path, text).expect("a folder of our own");
    write("[[camera]]\nname = \"one\"\nsource = \"test,size=160x120\"\n");
    let path = path.to_str().expect("UTF-8");
    let (child, address) = serving(&mut lenscast(&["--config", path, "--listen", "127.0.0.1:0"]));
    let mut viewer = Viewer::connect(address, "/cam/one/ws/live").await;
    viewer.frame().await;
    write("[[camera]]\nname = \"one\"\nsource = \"test\"\nsise = \"160x120\"\n");
    signal(&child, Signal::HUP);
    for _ in 0..20 {
        viewer.frame().await;
    }
    write("[[camera]]\nname = \"two\"\nsource = \"test,size=160x120\"\n");
    signal(&child, Signal::HUP);
    assert_eq!(viewer.closed().await.0, 1001);
    within("the new camera", async {
        while http::get(address, "/cam/two/").await.status != 200 {
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }
    })
    .await;
    signal(&child, Signal::INT);
    let output =
        within("the end", tokio::task::spawn_blocking(move || ended(child))).await.expect("no panic");
    let log = String::from_utf8_lossy(&output.stderr).into_owned();
    let expected = "camera \"one\": unknown option \"sise\" of test: it is one of size, rate, bitrate";
    assert!(log.contains("the configuration stays as it was") && log.contains(expected), "{log}");
}

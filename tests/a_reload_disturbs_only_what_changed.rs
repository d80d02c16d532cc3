//! SIGHUP: cameras that did not change lose no frame, changed ones keep their viewers, removed ones tell them.

use std::{fs, net::SocketAddr, path::Path, time::Duration};

use lenscast::{args::Args, config::Config};
use lenscast_media::player_wire::parse_frame;
use rustix::process::Signal;
use tokio::io::AsyncReadExt;
use tokio_tungstenite::tungstenite::Message;

use crate::support::{
    TestServer,
    camera::FakeCamera,
    clip::clip,
    http,
    ports::HeldPort,
    program::{ended, lenscast_with_hang_up, serving, signal},
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
    assert_eq!(on_gone.closed().await.1, "This camera was removed from the configuration");
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
async fn the_bodies_of_a_camera_that_is_gone_end_and_give_up_their_places() {
    let folder = tempfile::tempdir().expect("a folder");
    let silent = FakeCamera::new().await;
    let camera = |name: &str, source: &str| format!("[[camera]]\nname = \"{name}\"\nsource = \"{source}\"\n");
    let kept = camera("kept", "test,size=160x120");
    let gone = camera("gone", "test,size=160x120") + &camera("silent", &silent.source());
    let limit = "max_viewers = 5\n";
    let server = TestServer::start_with(&configuration(folder.path(), &format!("{limit}{kept}{gone}")));
    let mut bodies = Vec::new();
    for name in ["stream.h264", "stream.ts", "stream.mp4", "stream.mjpg"] {
        let path = format!("/cam/gone/{name}");
        let mut body = http::open(server.address, "GET", &path, &[]).await;
        assert_eq!(http::read_body(&mut body, 100).await.status, 200, "{path}");
        bodies.push((path, body));
    }
    let path = "/cam/silent/stream.ts".to_owned();
    bodies.push((path.clone(), http::open(server.address, "GET", &path, &[]).await));
    within("the last place is taken", async {
        while server.status().await["cameras"][2]["tracks"][0]["viewers"].as_array().is_none_or(Vec::is_empty)
        {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    })
    .await;
    assert_eq!(http::get(server.address, "/cam/kept/stream.ts").await.status, 503);
    server.reload(configuration(folder.path(), &format!("{limit}{kept}"))).await;
    for (path, mut body) in bodies {
        within(&format!("the end of {path}"), body.read_to_end(&mut Vec::new())).await.expect("it ends well");
    }
    for _ in 0..5 {
        Viewer::connect(server.address, "/cam/kept/ws/live").await.frame().await;
    }
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn other_settings_of_a_rendition_leave_the_source_alone() {
    let folder = tempfile::tempdir().expect("a folder");
    let one = |mpeg1_size: &str| {
        let text = format!(
            "[[camera]]\nname = \"one\"\nsource = \"test,size=320x240\"\nmpeg1_size = \"{mpeg1_size}\"\n"
        );
        configuration(folder.path(), &text)
    };
    let server = TestServer::start_with(&one("160x120"));
    let mut on_mpeg1 = Viewer::connect(server.address, "/ws/jsmp").await;
    assert_eq!(&on_mpeg1.binary().await[..], b"jsmp\x00\xa0\x00\x78");
    on_mpeg1.binary().await;
    let mut on_live = Viewer::connect(server.address, "/ws/live").await;
    let mut sequence = on_live.frame().await.0.sequence;
    server.reload(one("128x96")).await;
    let told = on_mpeg1.closed().await;
    assert_eq!(told, (1001, "the picture is 128x96 pixels now: connect again".to_owned()));
    for _ in 0..30 {
        match on_live.next().await {
            Message::Binary(bytes) => {
                sequence += 1;
                assert_eq!(parse_frame(bytes).expect("a frame").0.sequence, sequence, "nothing is missing");
            }
            Message::Text(text) => {
                assert!(!text.contains(r#""state""#), "the camera has not begun anew: {text}");
            }
            _ => {}
        }
    }
    let mut again = Viewer::connect(server.address, "/ws/jsmp").await;
    assert_eq!(&again.binary().await[..], b"jsmp\x00\x80\x00\x60");
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_port_that_is_there_for_something_else_now_is_not_let_go() {
    let held = [HeldPort::new(), HeldPort::new(), HeldPort::new()];
    let [one, two, three] = held.each_ref().map(|port| port.number);
    let at = |port| SocketAddr::from(([127, 0, 0, 1], port));
    let configured = |listen: u16, page: u16, socket: u16| {
        let args = [
            "--source",
            "test,size=160x120",
            "--listen",
            &format!("127.0.0.1:{listen}"),
            "--compat",
            &format!("broadway={page},{socket}"),
        ];
        Config::from_args(&Args::typed(&args)).expect("three ports")
    };
    // Our own addresses, the page and the socket; a page that shares our port leaves /api there.
    let table = [
        ("the page shares our port", [one, one, two]),
        ("the page keeps the port, we move", [two, one, three]),
        ("all change places", [three, two, one]),
        ("only page and socket do", [three, one, two]),
        ("the page shares our port again", [three, three, one]),
    ];
    let [listen, page, socket] = table[0].1;
    let server = TestServer::start_with(&configured(listen, page, socket));
    let mut viewer = Viewer::connect(at(listen), "/cam/cam1/ws/live").await;
    let mut next = viewer.frame().await.0.sequence + 1;
    for (name, [listen, page, socket]) in table {
        server.reload(configured(listen, page, socket)).await;
        within(name, async {
            let ours = || async { http::get(at(listen), "/healthz").await.status == 200 };
            let its_page = || async {
                let answer = http::get(at(page), "/").await;
                answer.status == 200 && answer.text().contains(&format!("data-ws-port=\"{socket}\""))
            };
            while !(ours().await && its_page().await) {
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
        })
        .await;
        assert_eq!(http::get(at(page), "/healthz").await.status == 200, page == listen, "{name}");
        assert!(!Viewer::connect(at(socket), "/any/path").await.binary().await.is_empty(), "{name}");
        for _ in 0..3 {
            assert_eq!(viewer.frame().await.0.sequence, next, "{name}: nothing is missing");
            next += 1;
        }
    }
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_bad_file_changes_nothing_and_says_why() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("lenscast.toml");
    let write = |text: &str| fs::write(&path, text).expect("a folder of our own");
    write("[[camera]]\nname = \"one\"\nsource = \"test,size=160x120\"\n");
    let path = path.to_str().expect("UTF-8");
    let (child, address) =
        serving(&mut lenscast_with_hang_up("default", &["--config", path, "--listen", "127.0.0.1:0"]));
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
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    })
    .await;
    signal(&child, Signal::INT);
    let output =
        within("the end", tokio::task::spawn_blocking(move || ended(child))).await.expect("no panic");
    let log = String::from_utf8_lossy(&output.stderr).into_owned();
    let expected = "camera \"one\": unknown option \"sise\" of test: it is one of size, rate, bitrate";
    assert!(log.contains("configuration not applied") && log.contains(expected), "{log}");
    assert!(log.contains("camera added: test pattern 160x120") && log.contains("camera removed"), "{log}");
}

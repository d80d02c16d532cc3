//! The MPEG-1 rendition: an ffmpeg while somebody watches, none when nobody does, another when it dies; and where it cannot
//! be had, a sentence says so and the rest works.

use rustix::process::{Pid, Signal, kill_process};

use crate::support::{
    TestServer,
    ffmpeg::judged,
    http::{HANDSHAKE, request},
    old_player::OldPlayer,
    processes::{pids_with, until_processes},
    program::{ended, lenscast, serving, signal},
    viewer::Viewer,
};

/// In the command line of the ffmpeg of one test: its bit rate, which follows from 777000 at 15 a second and the rate of MPEG-1
/// nearest to that.
const MARKER: &str = "-b:v\x001241958";

/// What ffmpeg says of a stream: the number of its pictures and their size, and that it found no fault.
fn decoded(format: &str, stream: &[u8]) -> (usize, String) {
    let entries = ["-show_entries", "stream=width,height,nb_read_frames", "-of", "csv=p=0"];
    let found =
        judged("ffprobe", &[&["-f", format, "-i", "-", "-count_frames"], &entries[..]].concat(), stream);
    let line = String::from_utf8_lossy(&found).lines().next().unwrap_or_default().to_owned();
    let (size, count) = line.rsplit_once(',').expect("size and count");
    (count.parse().expect("a number"), size.to_owned())
}

fn mpeg1(camera: &serde_json::Value) -> Option<&serde_json::Value> {
    camera["tracks"].as_array()?.iter().find(|track| track["kind"] == "mpeg1")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_old_player_is_told_each_picture_by_its_own_message() {
    let server = TestServer::start(&["test,size=336x208,rate=24"]);
    let mut viewer = Viewer::connect(server.address, "/ws/jsmp").await;
    let mut player = OldPlayer::default();
    assert_eq!(&viewer.binary().await[..], b"jsmp\x01\x50\x00\xd0");
    player.receive(b"jsmp\x01\x50\x00\xd0");
    assert_eq!(player.size, Some((336, 208)));
    let first = viewer.binary().await;
    assert_eq!(&first[..4], [0, 0, 1, 0xb3], "a sequence header");
    assert_eq!(player.receive(&first), 0, "it only begins here");
    for number in 0..40 {
        assert_eq!(player.receive(&viewer.binary().await), 1, "message {number}");
    }
    assert!(player.scheduled.iter().all(|picture| picture.len() > 50));
    let (pictures, size) =
        decoded("mpegvideo", player.stream().strip_suffix(&[0, 0, 1, 0]).expect("the next"));
    assert_eq!((pictures, size.as_str()), (40, "336,208"));
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn viewers_share_one_encoder_that_ends_after_the_last() {
    let server = TestServer::start(&["test,size=352x224,rate=30,mpeg1_rate=15,mpeg1_bitrate=777000"]);
    assert_eq!(pids_with(MARKER).len(), 0);
    let mut viewers = Vec::new();
    for path in ["/ws/jsmpeg", "/ws/jsmp", "/ws/jsmpeg"] {
        viewers.push(Viewer::connect(server.address, path).await);
    }
    let mut stream = Vec::new();
    for number in 0..30 {
        let message = viewers[0].binary().await;
        assert_eq!((message[0], message.len() % 188), (0x47, 0), "message {number}: whole packets");
        stream.extend_from_slice(&message);
    }
    assert_eq!(decoded("mpegts", &stream), (30, "352,224".into()));
    assert_eq!(pids_with(MARKER).len(), 1, "one ffmpeg for three viewers");
    let camera = server.status().await["cameras"][0].take();
    let track = mpeg1(&camera).expect("it is made");
    assert_eq!((track["making"].as_bool(), track["viewers"].as_array().map(Vec::len)), (Some(true), Some(3)));

    // One who comes in the middle of a GOP begins at its keyframe, with the tables and a sequence header.
    let mut late = Viewer::connect(server.address, "/ws/jsmpeg").await;
    let message = late.binary().await;
    assert_eq!(&message[..3], b"\x47\x40\x00");
    assert!(message.windows(4).any(|four| four == [0, 0, 1, 0xb3]));

    // It dies, or it hangs: the viewers go on with another.
    for fate in [Signal::KILL, Signal::STOP] {
        let pid = pids_with(MARKER)[0];
        kill_process(Pid::from_raw(pid.cast_signed()).expect("not 0"), fate).expect("it is ours");
        while pids_with(MARKER).iter().all(|other| *other == pid) {
            viewers[0].binary().await;
        }
        // Tables, whatever their continuity counter, stand in front of a keyframe.
        while !viewers[0].binary().await.starts_with(b"\x47\x40\x00") {}
    }

    drop((viewers, late));
    let camera = server.until_camera("the encoder rests", |camera| {
        mpeg1(camera).is_some_and(|track| track["making"] == false)
    });
    camera.await;
    until_processes(MARKER, 0);
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_does_not_get_to_watch_starts_nothing() {
    let server = TestServer::start_for(&["rests=test,size=336x224", "plays=test,size=160x120"], 1);
    for (path, status) in [("/ws/jsmpeg", 426), ("/ws/jsmp", 426), ("/rpicam/ws/", 426), ("/ws/live", 426)] {
        assert_eq!(request(server.address, "GET", path, &[]).await.status, status, "{path}");
    }
    let mut only_one = Viewer::connect(server.address, "/cam/plays/ws/live").await;
    only_one.frame().await;
    for path in ["/ws/jsmpeg", "/ws/jsmp"] {
        let turned_away = Viewer::connect(server.address, path).await.closed().await;
        assert_eq!(turned_away, (1013, "The viewer limit (1) is reached".to_owned()), "{path}");
    }
    let camera = server.status().await["cameras"][0].take();
    assert_eq!((camera["state"].as_str(), mpeg1(&camera)), (Some("idle"), None), "{camera}");
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn h264_cameras_have_it_too() {
    use crate::support::{camera::FakeCamera, clip::clip};
    let camera = FakeCamera::new().await;
    let server = TestServer::start(&[&camera.source()]);
    let mut connection = camera.connected().await;
    let units = clip(320, 240, 60, 10);
    let mut viewer = Viewer::connect(server.address, "/ws/jsmpeg").await;
    let play = async {
        for round in units.iter().cycle() {
            connection.send(round).await;
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }
    };
    let mut stream = Vec::new();
    let watch = async {
        for _ in 0..20 {
            stream.extend_from_slice(&viewer.binary().await);
        }
    };
    tokio::select! { () = play => {}, () = watch => {} }
    assert_eq!(decoded("mpegts", &stream), (20, "320,240".into()));
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_ffmpeg_a_sentence_says_what_to_install() {
    let words = ["--source", "test,size=320x240", "--listen", "127.0.0.1:0"];
    let (child, address) = serving(lenscast(&words).env("PATH", "/nonexistent"));
    for path in ["/ws/jsmpeg", "/ws/jsmp"] {
        let answer = request(address, "GET", path, &HANDSHAKE).await;
        assert_eq!(answer.status, 503);
        let text = answer.text();
        assert!(
            text.contains("ffmpeg, which is not found in PATH") && text.contains("apt install"),
            "{text}"
        );
    }
    let plain = crate::support::http::get(address, "/ws/jsmpeg").await;
    assert_eq!(plain.status, 503, "a page that was refused asks by a plain request why");
    assert!(plain.text().contains("apt install"));
    let status = crate::support::http::get(address, "/api/v1/status").await.text();
    assert!(status.contains("ffmpeg, which is not found in PATH"), "{status}");
    let (_, payload) = Viewer::connect(address, "/ws/live").await.frame().await;
    assert!(!payload.is_empty(), "the rest works");
    signal(&child, Signal::INT);
    assert!(ended(child).status.success());
}

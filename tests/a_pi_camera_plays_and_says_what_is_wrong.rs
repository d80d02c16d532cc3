//! A Raspberry Pi camera: pictures come, and whatever goes wrong is a sentence that a person can do something about.

use lenscast::encode::H264Decoder;
use lenscast_media::{frame::Role, pixels::Colours, test_pattern::read_frame_clock};

use rustix::process::Signal;

use crate::support::{
    TestServer,
    clip::types,
    program::{ended, lenscast, serving, signal},
    rpicam::FakeRpicam,
    viewer::Viewer,
};

#[tokio::test]
async fn it_plays() {
    let camera = FakeRpicam::new("");
    let server = TestServer::start(&[&camera.source("rate=60,gop=20")]);
    let mut viewer = Viewer::connect(server.address, "/ws/live").await;
    let mut keyframes = Vec::new();
    for _ in 0..70 {
        let (header, _) = viewer.frame().await;
        if header.role == Role::Key {
            keyframes.push(header.sequence % 20);
        }
    }
    assert!(keyframes.len() >= 3 && keyframes.iter().all(|place| *place == 0), "{keyframes:?}");
    server.stop().await;
}

#[tokio::test]
async fn it_plays_on_a_pi_5_too() {
    let camera = FakeRpicam::new("");
    let source = format!("rpicam,program={},encoder=x264,size=320x240,gop=20:0", camera.program().display());
    let server = TestServer::start(&[&source]);
    let mut viewer = Viewer::connect(server.address, "/ws/live").await;
    for number in 0..50 {
        let (header, payload) = viewer.frame().await;
        assert_eq!((header.sequence, header.role == Role::Key), (number, number % 20 == 0));
        let expected: &[u8] = if header.role == Role::Key { &[7, 8, 5] } else { &[1] };
        assert_eq!(types(&payload), expected, "parameter sets stand in front of each keyframe");
    }
    let status = server.status().await;
    assert!(status["cameras"][0]["tracks"][0]["ended_by"]["container_size"].as_u64() >= Some(40), "{status}");
    server.stop().await;
}

#[tokio::test]
async fn each_failure_is_told_by_its_sentence() {
    let table = [
        ("fail no-camera", "No camera was found: check that its cable sits firmly"),
        ("fail no-such-camera", "There is no camera number 0"),
        ("fail in-use", "The camera is in use by another program"),
        ("fail wrong-mode", "The camera cannot do the size or mode that is asked for"),
        ("fail no-hardware-encoder", "The H.264 encoder of the Pi cannot be opened"),
        ("fail no-encoder", "Install rpicam-apps instead of rpicam-apps-lite"),
        ("fail lite", "install rpicam-apps instead of rpicam-apps-lite"),
        ("fail no-x264", "install rpicam-apps instead of rpicam-apps-lite"),
        ("pi 5", "This machine has no H.264 encoder in hardware, as no Pi 5 has"),
        ("fail old", "does not know what it is asked for (unrecognised option '--low-latency')"),
        ("fail legacy", "The legacy camera stack is switched on"),
        ("fail not-a-pi", "Rpicam-vid runs on a Raspberry Pi only"),
        ("exit-after 5 0", "Rpicam-vid ended and gave no reason"),
        ("exit-after 0 3", "Rpicam-vid ended with exit status 3 and gave no reason"),
    ];
    for (script, expected) in table {
        let camera = FakeRpicam::new(&format!("start-ms 20\n{script}\n"));
        let server = TestServer::start(&[&camera.source("")]);
        let status = server.until_camera(script, |camera| camera["state"] == "offline").await;
        let message = status["message"].as_str().expect("a sentence");
        assert!(message.to_lowercase().contains(&expected.to_lowercase()), "{script}: {message}");
        assert!(status["retry_ms"].is_u64(), "{script}: {status}");
        server.stop().await;
    }
}

#[tokio::test]
async fn the_line_of_the_help_plays_on_every_model() {
    let line = help_line();
    for script in ["", "pi 5", "rows 32\nwithout-git"] {
        let camera = FakeRpicam::new(script);
        let program = camera.program().display().to_string();
        let server = TestServer::start(&[&line.replace("rpicam-vid", &program)]);
        let mut viewer = Viewer::connect(server.address, "/ws/live").await;
        for number in 0..5 {
            assert_eq!(viewer.frame().await.0.sequence, number, "{script}");
        }
        server.stop().await;
    }
}

/// The source in the help's example of rpicam-vid.
fn help_line() -> String {
    let help = lenscast(&["--help"]).output().expect("it runs").stdout;
    // It is wrapped as wide as the terminal is.
    let help = String::from_utf8_lossy(&help).split_whitespace().collect::<Vec<_>>().join(" ");
    let (_, line) = help.split_once("--source 'exec:rpicam-vid ").expect("an example");
    format!("exec:rpicam-vid {}", line.split_once('\'').expect("its end").0)
}

#[tokio::test]
async fn what_it_chatters_is_no_reason() {
    let camera = FakeRpicam::new("start-ms 20\nexit-after 5 3");
    let source = format!("rpicam,program={},encoder=x264,size=320x240:0", camera.program().display());
    let server = TestServer::start(&[&source]);
    let status = server.until_camera("it has ended", |camera| camera["state"] == "offline").await;
    assert_eq!(status["message"], "Rpicam-vid ended with exit status 3 and gave no reason");
    server.stop().await;
}

#[tokio::test]
async fn what_is_wrong_is_to_be_read_until_a_frame_comes() {
    let camera = FakeRpicam::new("start-ms 300\nfail in-use");
    let server = TestServer::start(&[&camera.source("")]);
    let mut viewer = Viewer::connect(server.address, "/ws/live").await;
    viewer.text_where("state", |state| state["state"] == "offline").await;
    for _ in 0..2 {
        // Again and again the program is run, and fails.
        let state = viewer.text("state").await;
        assert_eq!(state["state"], "offline", "{state}");
    }
    camera.behave("start-ms 500");
    let next = viewer.text_where("state", |state| state["state"] != "offline").await;
    assert_eq!(next["state"], "live", "{next}");
    server.stop().await;
}

#[tokio::test]
async fn a_mode_that_the_sensor_does_not_have_is_named_with_the_one_in_its_place() {
    let table = [("mode=1641x1233", true), ("mode=1640x1232/10", false), ("mode=640x480", false)];
    for (mode, is_replaced) in table {
        let camera = FakeRpicam::new("start-ms 20");
        let (child, address) =
            serving(&mut lenscast(&["--source", &camera.source(mode), "--listen", "127.0.0.1:0"]));
        Viewer::connect(address, "/ws/live").await.frame().await;
        signal(&child, Signal::INT);
        let log = String::from_utf8_lossy(&ended(child).stderr).into_owned();
        let said = "the sensor has no mode 1641x1233, so rpicam-vid uses its mode 1640x1232/10";
        assert_eq!(log.contains(said), is_replaced, "{mode}: {log}");
    }
}

#[tokio::test]
async fn it_plays_when_what_was_wrong_has_been_put_right() {
    let camera = FakeRpicam::new("fail in-use");
    let server = TestServer::start(&[&camera.source("")]);
    let mut viewer = Viewer::connect(server.address, "/ws/live").await;
    let offline = viewer.text_where("state", |state| state["state"] == "offline").await;
    assert!(offline["message"].as_str().is_some_and(|text| text.contains("in use by another")), "{offline}");
    camera.behave("");
    viewer.text_where("state", |state| state["state"] == "live").await;
    assert_eq!(viewer.frame().await.0.role, Role::Key);
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn its_raw_pictures_are_encoded_here() {
    // Rows of 328 bytes are padded to 384.
    let camera = FakeRpicam::new("");
    let source = format!("rpicam,program={},encoder=builtin,size=328x240:0", camera.program().display());
    let server = TestServer::start(&[&source]);
    let mut viewer = Viewer::connect(server.address, "/ws/h264").await;
    let mut decoder = H264Decoder::new();
    let mut numbers = Vec::new();
    for _ in 0..30 {
        let unit = viewer.binary().await;
        let picture =
            decoder.decode(&unit, Colours::default(), true).expect("H.264").expect("a picture at once");
        let (width, height) = (picture.size().width() as usize, picture.size().height() as usize);
        assert_eq!((width, height), (328, 240));
        let luma = picture.planes().0;
        numbers.push(read_frame_clock(&picture).expect("a frame clock").number);
        // Black is 16 and white 235 again; coding overshoots at a few edges.
        let outside = luma.iter().filter(|value| !(8..=243).contains(*value)).count();
        assert!(outside * 200 < luma.len(), "{outside} of {} are no colours of video", luma.len());
    }
    assert!(numbers.windows(2).all(|two| two[0] < two[1]), "{numbers:?}");
    server.stop().await;
}

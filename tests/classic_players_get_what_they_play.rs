//! JMuxer, Broadway and h264-live-player get the messages that they play best.

use std::time::Duration;

use crate::support::{
    TestServer,
    camera::{CameraConnection, FakeCamera},
    clip::{clip, nal_units, types},
    viewer::Viewer,
    within,
};
use tokio_tungstenite::tungstenite::Message;

const GOP: usize = 30;

/// A server whose camera has played `played` frames of a GOP of 30.
async fn playing(played: usize) -> (TestServer, FakeCamera, CameraConnection, Vec<Vec<u8>>) {
    let camera = FakeCamera::new().await;
    let server = TestServer::start_as(&["--source", &camera.source(), "--compat", "broadway=0,0"]);
    let mut connection = camera.connected().await;
    let units = clip(320, 240, 2 * 30 + 2, 30);
    // One frame is known to be complete when the next begins.
    connection.play(&units[..=played]).await;
    server.until_camera("its frames", |camera| camera["tracks"][0]["frames"] == played).await;
    (server, camera, connection, units)
}

#[tokio::test]
async fn two_pps_end_each_message_for_jmuxer() {
    let (server, _camera, mut connection, units) = playing(GOP + 1).await;
    let pps = nal_units(&units[0]).into_iter().find(|unit| unit[0] & 31 == 8).expect("a PPS");
    let start_code = [0, 0, 0, 1];
    let tail = [&start_code[..], &pps, &start_code[..], &pps].concat();
    for (path, has_tail) in [
        ("/rpicam/ws/", true),
        ("/rpicam/ws/?tail=pps", true),
        ("/rpicam/ws/?tail=none", false),
        ("/ws/h264", false),
        ("/ws/h264?tail=pps", true),
        ("/cam/cam1/rpicam/ws/", true),
    ] {
        let mut viewer = Viewer::connect(
            server.address,
            &format!("{path}{}join=burst", if path.contains('?') { "&" } else { "?" }),
        )
        .await;
        let message = viewer.binary().await;
        let expected = if has_tail { [&units[GOP][..], &tail].concat() } else { units[GOP].clone() };
        assert!(message == expected, "{path}: {:?}", types(&message));
    }
    // Other P frames have it, too.
    let mut viewer = Viewer::connect(server.address, "/rpicam/ws/?join=burst").await;
    viewer.binary().await;
    connection.play(&units[GOP + 2..GOP + 4]).await;
    assert!(viewer.binary().await.ends_with(&tail));
    server.stop().await;
}

#[tokio::test]
async fn a_viewer_may_wait_for_the_next_keyframe() {
    let (server, _camera, mut connection, units) = playing(5).await;
    let mut viewer = Viewer::connect(server.address, "/ws/h264?join=next").await;
    server
        .until_camera("a viewer", |camera| {
            camera["tracks"][0]["viewers"].as_array().is_some_and(|all| !all.is_empty())
        })
        .await;
    connection.play(&units[6..32]).await;
    assert_eq!(viewer.binary().await, units[GOP]);
    server.stop().await;
}

#[tokio::test]
async fn a_burst_so_long_that_jmuxer_jumps_comes_at_once() {
    let (server, _camera, mut connection, units) = playing(5).await;
    tokio::time::sleep(Duration::from_millis(700)).await;
    connection.play(&units[6..8]).await;
    server.until_camera("7 frames", |camera| camera["tracks"][0]["frames"] == 7).await;
    let mut viewer = Viewer::connect(server.address, "/ws/h264?tail=none&join=live").await;
    for unit in &units[..7] {
        assert_eq!(viewer.binary().await, *unit);
    }
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_source_that_we_encode_makes_a_keyframe_for_a_newcomer() {
    let server = TestServer::start(&["test,size=320x240"]);
    let mut first = Viewer::connect(server.address, "/ws/h264").await;
    for _ in 0..15 {
        first.binary().await;
    }
    let before = server.status().await["cameras"][0]["tracks"][0].take();
    let mut second = Viewer::connect(server.address, "/rpicam/ws/").await;
    let joined_at = second.binary().await;
    assert_eq!(types(&joined_at)[..3], [7, 8, 5]);
    let after = server.status().await["cameras"][0]["tracks"][0].take();
    assert!(after["keyframes"].as_u64() > before["keyframes"].as_u64(), "{before} {after}");
    assert!(after["frames"].as_u64() < Some(60), "long before the next was due: {after}");
    server.stop().await;
}

#[tokio::test]
async fn h264_live_player_gets_what_it_needs_as_one_message_when_it_asks() {
    let (server, _camera, mut connection, units) = playing(5).await;
    let mut viewer = Viewer::connect(server.address, "/ws/nal").await;
    let Message::Text(init) = viewer.next().await else { panic!("text comes first") };
    assert_eq!(init.as_str(), r#"{"action":"init","width":320,"height":240}"#);
    server.until_camera("it rests", |camera| camera["tracks"][0]["viewers"][0]["paused"] == true).await;

    viewer.say("REQUESTSTREAM ").await;
    assert_eq!(viewer.binary().await, units[..5].concat());
    connection.play(&units[6..9]).await;
    for unit in &units[5..8] {
        assert_eq!(viewer.binary().await, *unit);
    }
    viewer.say("STOPSTREAM").await;
    server.until_camera("it rests", |camera| camera["tracks"][0]["viewers"][0]["paused"] == true).await;
    connection.play(&units[9..12]).await;
    server.until_camera("11 frames", |camera| camera["tracks"][0]["frames"] == 11).await;
    viewer.say("REQUESTSTREAM ").await;
    assert_eq!(viewer.binary().await, units[..11].concat(), "from the keyframe again");
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_broadway_cannot_decode_is_refused_in_words() {
    let high = concat!(env!("CARGO_MANIFEST_DIR"), "/media/tests/golden/x264-slices.h264");
    let server = TestServer::start_as(&["--source", &format!("file:{high}"), "--compat", "broadway=0,0"]);
    let (_, socket) = server.classics[0];
    let words = "Broadway plays baseline H.264 only, and this stream has high profile: set the encoder to profile baseline";
    let mut viewer = Viewer::connect(socket, "/").await;
    assert_eq!(viewer.closed().await, (1008, words.to_owned()));
    let mut viewer = Viewer::connect(server.address, "/ws/nal").await;
    assert_eq!(viewer.closed().await, (1008, words.to_owned()));
    // Others may know more than Broadway does.
    let mut viewer = Viewer::connect(server.address, "/ws/h264?unit=nal").await;
    within("a NAL unit", viewer.binary()).await;
    server.stop().await;
}

#[tokio::test]
async fn an_unknown_wish_is_refused_in_words() {
    let server = TestServer::start(&["test,size=320x240"]);
    for (path, word) in [
        ("/ws/h264?unit=gop", "unit=gop"),
        ("/ws/h264?tail=sps", "tail=sps"),
        ("/ws/h264?join=now", "join=now"),
        ("/rpicam/ws/?tail=x", "tail=x"),
        ("/rpicam/ws/?join=x", "join=x"),
    ] {
        let mut stream = crate::support::http::open(
            server.address,
            "GET",
            path,
            &[
                ("Upgrade", "websocket"),
                ("Connection", "Upgrade"),
                ("Sec-WebSocket-Version", "13"),
                ("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ=="),
                ("Sec-WebSocket-Protocol", "binary"),
            ],
        )
        .await;
        let answer = crate::support::http::read_body(&mut stream, 1).await;
        assert_eq!(answer.status, 400, "{path}");
        assert!(answer.text().contains(&format!("{word} is not known")), "{path}: {}", answer.text());
    }
    server.stop().await;
}

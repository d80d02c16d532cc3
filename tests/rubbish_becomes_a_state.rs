//! Whatever comes instead of video: a sentence says what it looks like, and real video that follows is shown.

use crate::support::{
    TestServer,
    camera::FakeCamera,
    clip::{clip, types},
    processes::until_processes,
    viewer::Viewer,
};

#[tokio::test]
async fn real_video_behind_rubbish_is_shown() {
    let units = clip(320, 240, 12, 4);
    let noise: Vec<u8> = (0..200_000_u32).map(|n| (n.wrapping_mul(2_654_435_761) >> 13) as u8).collect();
    let table: [(&str, Vec<u8>); 5] = [
        ("noise", noise),
        ("a JPEG", [&[0xff, 0xd8, 0xff, 0xe0][..], &[0x11; 5_000]].concat()),
        ("half an access unit", units[5][units[5].len() / 2..].to_vec()),
        ("10 MB without a start code", vec![0x55; 10_000_000]),
        ("zeros", vec![0; 1_000_000]),
    ];
    for (name, rubbish) in table {
        let camera = FakeCamera::new().await;
        let server = TestServer::start(&[&camera.source()]);
        let mut viewer = Viewer::connect(server.address, "/ws/h264").await;
        let mut connection = camera.connected().await;
        connection.send(&rubbish).await;
        connection.play(&units).await;
        let first = viewer.binary().await;
        assert_eq!(types(&first), [7, 8, 5], "{name}");
        assert!(units.contains(&first.to_vec()), "{name}: a whole keyframe");
        server.stop().await;
    }
}

#[tokio::test]
async fn what_is_not_video_is_named() {
    let jpeg = [&[0xff, 0xd8, 0xff, 0xe0, 0, 16][..], b"JFIF\0", &[0x11; 5_000]].concat();
    let flv = b"FLV\x01\x05\0\0\0\x09\0\0\0\0";
    let h263 = [&flv[..], &[9, 0, 0, 5, 0, 0, 0, 0, 0, 0, 0, 0x22, 0, 0, 0, 0]].concat();
    let mut ts = [0xff; 188 * 4];
    ts.iter_mut().step_by(188).for_each(|byte| *byte = 0x47);
    let table: [(&str, &[u8], &str); 6] = [
        (
            "a JPEG",
            &jpeg,
            "sends neither H.264 (bare, in FLV or MPEG-TS) nor motion JPEG: it looks like a JPEG",
        ),
        ("text", b"Hello, this is a web page and not a camera.\n", "it looks like text"),
        (
            "MP4",
            b"\0\0\0\x18ftypisom\0\0\0\0isommp42",
            "sends an MP4 file; Lenscast reads H.264 (bare, FLV, MPEG-TS) and motion JPEG: use -f mpegts instead of -f mp4",
        ),
        ("FLV", flv, "sends Flash video (FLV), but no H.264 in it has come"),
        ("FLV with H.263", &h263, "cannot be shown: the FLV stream holds Sorenson H.263"),
        ("MPEG-TS", &ts, "sends an MPEG transport stream, but no H.264 in it has come"),
    ];
    for (name, bytes, expected) in table {
        let camera = FakeCamera::new().await;
        let server = TestServer::start(&[&camera.source()]);
        let mut connection = camera.connected().await;
        connection.send(bytes).await;
        drop(connection);
        let status = server.until_camera("offline", |camera| camera["state"] == "offline").await;
        let message = status["message"].as_str().expect("a sentence");
        assert!(message.contains(expected), "{name}: {message}");
        server.stop().await;
    }
}

#[tokio::test]
async fn a_stream_that_goes_on_with_rubbish_is_named_while_it_runs() {
    let camera = FakeCamera::new().await;
    let server = TestServer::start(&[&camera.source()]);
    let mut connection = camera.connected().await;
    connection.send(&[0x89, b'P', b'N', b'G', 13, 10, 26, 10]).await;
    let status = server.until_camera("offline", |camera| camera["state"] == "offline").await;
    assert!(status["message"].as_str().is_some_and(|message| message.contains("PNG")), "{status}");
    assert_eq!(status["retry_ms"], serde_json::Value::Null, "it still runs");
    let units = clip(320, 240, 3, 30);
    connection.play(&units).await;
    server.until_camera("live", |camera| camera["state"] == "live").await;
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_command_that_writes_rubbish_as_fast_as_it_is_read_is_ended_and_run_again() {
    let marker = format!("rubbish{}", std::process::id());
    let table = [
        (format!("exec:yes {marker}"), "it looks like text"),
        (format!("exec:sh -c 'cat /dev/zero #{marker}'"), "it looks like zeros only"),
        (
            format!("exec+h264:sh -c 'cat /dev/urandom #{marker}'"),
            "does not send H.264 (Annex B), the configured format: it looks like",
        ),
    ];
    for (source, sentence) in table {
        let server = TestServer::start(&[&source]);
        let is_tried_again =
            |camera: &serde_json::Value| camera["retry_ms"].as_u64().is_some_and(|ms| ms > 500);
        let camera = server.until_camera("it is to be run again", is_tried_again).await;
        until_processes(&marker, 0);
        let message = camera["message"].as_str().expect("a sentence");
        assert!(message.starts_with("The command ") && message.contains(sentence), "{message}");
        server.stop().await;
    }
}

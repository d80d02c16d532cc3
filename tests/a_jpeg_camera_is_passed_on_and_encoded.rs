//! A camera that gives JPEG: its pictures are passed on byte by byte, and H.264 is made of them for whoever wants that.

use bytes::Bytes;
use lenscast::encode::{H264Decoder, JpegEncoder};
use lenscast_media::{
    picture::Size,
    pixels::Colours,
    test_pattern::{TestPattern, read_frame_clock},
    time::Moment,
};

use crate::support::{
    TestServer,
    camera::{CameraConnection, FakeCamera},
    http::{get, open, read_body},
    viewer::Viewer,
};

/// Pictures of the pattern, each its own number.
fn pictures(count: u64) -> Vec<Bytes> {
    let size = Size::new(320, 240).expect("even");
    let (mut pattern, mut encoder) = (TestPattern::new(size), JpegEncoder::new(Some(90), None));
    let mut encode = |number| {
        let at = Moment::from_micros(1_795_180_454_000_000 + number * 33_333);
        encoder.encode(pattern.draw(number, at, at)).expect("encodes").0
    };
    (0..count).map(&mut encode).collect()
}

/// Sends the pictures again and again, 30 a second, `before` in front of each.
async fn play(mut connection: CameraConnection, pictures: Vec<Bytes>, before: &'static str) {
    for picture in pictures.iter().cycle() {
        connection.send(&[before.as_bytes(), picture].concat()).await;
        tokio::time::sleep(std::time::Duration::from_millis(33)).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn jpeg_is_passed_on_untouched_however_it_comes() {
    let pictures = pictures(8);
    let untyped = "frame\nX-Long: xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\n\n";
    let table = [
        ("bare", "", 0),
        // As ESP32-CAMs send it: a line break in front of the first boundary too.
        ("multipart", "\r\n--x\r\nContent-type: image/jpeg\r\n\r\n", 0),
        ("multipart without type and EOI", untyped, 2),
        ("padded", "\0\0\0\0\u{ff}", 0),
    ];
    for (name, before, missing) in table {
        let camera = FakeCamera::new().await;
        let server = TestServer::start(&[&camera.source()]);
        let connection = camera.connected().await;
        let sent = pictures.iter().map(|picture| picture.slice(..picture.len() - missing)).collect();
        let playing = tokio::spawn(play(connection, sent, before));
        let status = server.until_camera("live", |camera| camera["state"] == "live").await;
        let jpeg = status["tracks"].as_array().into_iter().flatten().find(|track| track["kind"] == "jpeg");
        assert_eq!(jpeg.map(|track| track["making"] == true), Some(false), "{name}: it is the camera's own");
        let snapshot = get(server.address, "/snapshot.jpg").await;
        assert_eq!(snapshot.status, 200, "{name}");
        assert!(pictures.iter().any(|picture| *picture == snapshot.body), "{name}: byte-equal");
        let mut viewer = open(server.address, "GET", "/stream.mjpg", &[]).await;
        let streamed = read_body(&mut viewer, 60_000).await.body;
        let contained = |picture: &Bytes| streamed.windows(picture.len()).any(|window| window == picture);
        assert!(pictures.iter().filter(|picture| contained(picture)).count() >= 2, "{name}: byte-equal");
        let mut viewer = open(server.address, "GET", "/stream.mjpg?fps=10", &[]).await;
        let thinned = read_body(&mut viewer, 30_000).await.body;
        let contained = |picture: &Bytes| thinned.windows(picture.len()).any(|window| window == picture);
        assert!(pictures.iter().any(contained), "{name}: fewer, and byte-equal");
        let smaller = get(server.address, "/snapshot.jpg?width=160").await;
        assert_eq!(smaller.status, 200, "{name}: decoded and encoded again");
        assert!(smaller.body.len() < snapshot.body.len());
        playing.abort();
        server.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn h264_is_made_of_it_while_it_is_watched() {
    let camera = FakeCamera::new().await;
    let server = TestServer::start(&[&camera.source().replacen("tcp:", "tcp+mjpeg:", 1)]);
    let playing = tokio::spawn(play(camera.connected().await, pictures(30), ""));
    server.until_camera("live", |camera| camera["state"] == "live").await;
    let mut viewer = Viewer::connect(server.address, "/ws/h264").await;
    let mut decoder = H264Decoder::new();
    let mut numbers = Vec::new();
    while numbers.len() < 10 {
        let picture =
            decoder.decode(&viewer.binary().await, Colours::default(), true).expect("from a keyframe on");
        numbers.push(picture.and_then(|picture| read_frame_clock(&picture)).expect("a clock").number);
    }
    assert!(numbers.windows(2).all(|pair| pair[0] != pair[1]), "{numbers:?}");
    let status = server.status().await["cameras"][0].take();
    let making = |kind: &str| {
        let tracks = status["tracks"].as_array().into_iter().flatten();
        tracks.filter(|track| track["kind"] == kind).map(|track| track["making"] == true).next()
    };
    assert_eq!((making("video"), making("pictures"), making("jpeg")), (Some(true), Some(true), Some(false)));
    drop(viewer);
    let rests = |camera: &serde_json::Value| {
        camera["tracks"].as_array().into_iter().flatten().all(|track| track["making"] != true)
    };
    server.until_camera("nobody wants it", rests).await;
    playing.abort();
    server.stop().await;
}

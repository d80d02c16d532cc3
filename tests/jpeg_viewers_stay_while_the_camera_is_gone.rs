//! Viewers of JPEG stay connected while the camera is gone and go on when it is back, at another size too; whoever asks
//! for one picture meanwhile is told what is wrong. Meanwhile the last picture is repeated, for proxies that cut a silent
//! body.

use std::time::Duration;

use tokio::{io::AsyncReadExt, net::TcpStream};

use crate::support::{
    TestServer,
    camera::{CameraConnection, FakeCamera},
    clip::clip,
    held_clock::HeldClock,
    http::{get, open},
    within,
};

/// Reads a stream until a picture of this width has come in it.
async fn until_width(viewer: &mut TcpStream, width: u16) {
    within("a picture of that width", async {
        let (mut bytes, mut part) = (Vec::new(), [0; 16 << 10]);
        loop {
            let frames = bytes.windows(9).filter(|nine: &&[u8]| nine.starts_with(&[0xff, 0xc0, 0, 17, 8]));
            let widths: Vec<_> = frames.map(|nine| u16::from_be_bytes([nine[7], nine[8]])).collect();
            if widths.contains(&width) {
                return;
            }
            let count = viewer.read(&mut part).await.expect("it stays connected");
            assert!(count > 0, "it stays connected");
            bytes.extend_from_slice(&part[..count]);
        }
    })
    .await;
}

/// Sends the clip again and again, until the camera ends.
fn play(mut connection: CameraConnection, units: Vec<Vec<u8>>) -> tokio::task::JoinHandle<()> {
    tokio::spawn(async move {
        for unit in units.iter().cycle() {
            connection.send(unit).await;
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    })
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_camera_goes_and_comes_back_in_another_size() {
    let camera = FakeCamera::new().await;
    let server = TestServer::start(&[&camera.source()]);
    let playing = play(camera.connected().await, clip(320, 240, 30, 15));
    let mut viewer = open(server.address, "GET", "/stream.mjpg", &[]).await;
    until_width(&mut viewer, 320).await;

    playing.abort();
    let told = async {
        server.until_camera("offline", |camera| camera["state"] == "offline").await;
        get(server.address, "/snapshot.jpg").await
    };
    let refused = tokio::select! { refused = told => refused, never = camera.hangs_up() => never };
    assert_eq!(refused.status, 503);
    let text = refused.text();
    assert!(text.contains(&camera.address.to_string()) && text.lines().count() == 1, "{text}");

    let playing = play(camera.connected().await, clip(160, 120, 30, 15));
    until_width(&mut viewer, 160).await;
    let snapshot = get(server.address, "/snapshot.jpg").await;
    assert_eq!(snapshot.status, 200);
    playing.abort();
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn damage_costs_pictures_until_the_next_keyframe_only() {
    let camera = FakeCamera::new().await;
    let server = TestServer::start(&[&camera.source()]);
    let mut units = clip(320, 240, 60, 20);
    // Half of some frames is missing: the second of a GOP, and a keyframe.
    for damaged in [21, 40] {
        let half = units[damaged].len() / 2;
        units[damaged].truncate(half);
    }
    let playing = play(camera.connected().await, units);
    let mut viewer = open(server.address, "GET", "/stream.mjpg", &[]).await;
    for _ in 0..3 {
        until_width(&mut viewer, 320).await;
    }
    let snapshot = get(server.address, "/snapshot.jpg").await;
    assert_eq!(snapshot.status, 200, "{}", snapshot.text());
    playing.abort();
    server.stop().await;
}

/// Reads a stream until `fits` finds what it looks for in what has come.
async fn until_body(viewer: &mut TcpStream, what: &str, fits: impl Fn(&str) -> bool) {
    within(what, async {
        let (mut bytes, mut part) = (Vec::new(), [0; 16 << 10]);
        while !fits(&String::from_utf8_lossy(&bytes)) {
            let count = viewer.read(&mut part).await.expect("it stays connected");
            assert!(count > 0, "it stays connected");
            bytes.extend_from_slice(&part[..count]);
        }
    })
    .await;
}

/// Lets time pass in small steps, for so long.
async fn pass(clock: &HeldClock, seconds: u32) {
    for _ in 0..seconds * 4 {
        clock.advance(Duration::from_millis(250)).await;
        tokio::task::yield_now().await;
    }
}

#[tokio::test(start_paused = true)]
async fn before_the_first_picture_a_silent_body_says_that_there_is_none() {
    let clock = HeldClock::hold();
    let camera = FakeCamera::new().await;
    let server = TestServer::start(&[&camera.source()]);
    let _silent = camera.connected().await;
    for query in ["", "?advance_headers=1"] {
        let mut viewer = open(server.address, "GET", &format!("/stream.mjpg{query}"), &[]).await;
        let pictures = |times| move |body: &str| body.matches("JFIF").count() == times;
        // Its first 400 ms: whether the rendition can be made.
        pass(&clock, 1).await;
        until_body(&mut viewer, "the boundary", |body| body.contains("\r\n\r\n--boundarydonotcross")).await;
        for _ in 0..2 {
            pass(&clock, 5).await;
            until_body(&mut viewer, "a picture that says so", pictures(1)).await;
        }
        let status = server.status().await.to_string();
        assert!(
            status.contains("\"transport\":\"stream.mjpg\"") && status.contains("\"frames\":0"),
            "{status}"
        );
    }
    server.stop().await;
}

#[tokio::test(start_paused = true)]
async fn the_last_picture_is_repeated_while_the_camera_is_silent() {
    let clock = HeldClock::hold();
    let camera = FakeCamera::new().await;
    let server = TestServer::start(&[&camera.source()]);
    let mut connection = camera.connected().await;
    let mut viewer = open(server.address, "GET", "/stream.mjpg", &[]).await;
    let units = clip(64, 64, 4, 4);
    for unit in &units {
        connection.send(unit).await;
        clock.advance(Duration::from_millis(40)).await;
    }
    until_body(&mut viewer, "a picture", |body| body.contains("JFIF")).await;
    for _ in 0..3 {
        pass(&clock, 6).await;
        until_body(&mut viewer, "it again", |body| {
            let repeated = body.split("X-Repeated: 1\r\n").nth(1);
            body.contains("X-Timestamp: ") && repeated.is_some_and(|rest| rest.contains("--boundary"))
        })
        .await;
    }
    let camera = server.status().await["cameras"][0].take();
    let jpeg =
        camera["tracks"].as_array().expect("a list").iter().find(|track| track["kind"] == "jpeg").cloned();
    let frames = jpeg.expect("it is made")["viewers"][0]["frames"].as_u64();
    assert!(frames.is_some_and(|frames| frames <= units.len() as u64), "repeats are no frames: {camera}");
    server.stop().await;
}

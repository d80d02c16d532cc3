//! Viewers of JPEG stay connected while the camera is gone and go on when it is back, at another size too; whoever asks
//! for one picture meanwhile is told what is wrong.

use std::time::Duration;

use tokio::{io::AsyncReadExt, net::TcpStream};

use crate::support::{
    TestServer,
    camera::{CameraConnection, FakeCamera},
    clip::clip,
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

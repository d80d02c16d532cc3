//! Many connections at once, many that say nothing, many that say half of what they should: who watches loses nothing,
//! who asks properly is let in, and the others are closed.

use std::time::Duration;

use lenscast_media::frame::Role;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

use crate::support::{
    TestServer, camera::FakeCamera, clip::clip, held_clock::HeldClock, http, viewer::Viewer, within,
};

const FRAMES: u32 = 400;
const HALF: &[u8] = b"GET /ws/live HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgra";

#[tokio::test(start_paused = true)]
async fn who_watches_loses_nothing_and_who_asks_is_let_in() {
    let clock = HeldClock::hold();
    let camera = FakeCamera::new().await;
    let server = TestServer::start(&[&camera.source()]);
    let address = server.address;
    let mut connection = camera.connected().await;
    let units = clip(320, 240, FRAMES, 20);
    connection.send(&units[0]).await;
    connection.send(&units[1]).await;
    let mut standing = Viewer::connect(address, "/ws/live").await;
    assert_eq!(standing.frame().await.0.sequence, 0);

    let mut useless = Vec::new();
    for what in [&b""[..], HALF].into_iter().cycle().take(200) {
        let mut stream = TcpStream::connect(address).await.expect("the server listens");
        stream.write_all(what).await.expect("the server reads");
        useless.push(stream);
    }
    let newcomers: Vec<_> = (0..100)
        .map(|_| {
            tokio::spawn(async move {
                let mut viewer = Viewer::connect(address, "/ws/live").await;
                let (first, _) = viewer.frame().await;
                assert_eq!(first.role, Role::Key);
                viewer
            })
        })
        .collect();
    let mut inside = Vec::new();
    for newcomer in newcomers {
        inside.push(within("a newcomer", newcomer).await.expect("it is let in at a keyframe"));
    }

    // 12 s of frames: longer than the server waits for the rest of a request.
    for (count, unit) in units.iter().enumerate().skip(2).take(300) {
        connection.send(unit).await;
        clock.advance(Duration::from_millis(40)).await;
        assert_eq!(standing.frame().await.0.sequence, count as u64 - 1, "who watches loses nothing");
        for viewer in &mut inside {
            viewer.frame().await;
        }
    }
    for mut stream in useless {
        let mut rest = Vec::new();
        let ended = within("the end of a useless connection", stream.read_to_end(&mut rest)).await;
        assert!(ended.is_err() || rest.is_empty() || rest.starts_with(b"HTTP/1.1 408"), "it was closed");
    }
    let status = server.status().await;
    let viewers = status["cameras"][0]["tracks"][0]["viewers"].as_array().map(Vec::len);
    assert_eq!(viewers, Some(1 + inside.len()), "{status}");
    assert_eq!(http::get(address, "/healthz").await.status, 200);
    drop(clock);
    server.stop().await;
}

//! A GOP that is too long to keep has lost its front: who comes then is not left in the dark.

use std::time::Duration;

use crate::support::{TestServer, camera::FakeCamera, clip::clip, http, viewer::Viewer};

const REASON: &str = "Waiting for the next keyframe: this camera's keyframes are too far apart to keep";
/// The pictures of a GOP that is larger than the 32 MiB that are kept.
const PICTURES: usize = 40;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn after_some_seconds_with_the_reason() {
    let camera = FakeCamera::new().await;
    let server = TestServer::start(&[&camera.source()]);
    let mut connection = camera.connected().await;
    let units = clip(64, 48, 2, 30);
    connection.send(&units[0]).await;
    let large = [&units[1][..], &[0x55; 1 << 20]].concat();
    for _ in 0..PICTURES {
        connection.send(&large).await;
    }
    server
        .until_camera("the front of the GOP is gone", |camera| {
            camera["tracks"][0]["message"].as_str().is_some_and(|message| message.starts_with(REASON))
        })
        .await;
    let mut page = Viewer::connect(server.address, "/ws/live").await;
    let waiting = page.text_where("state", |state| state["state"] == "waiting").await;
    assert!(waiting["message"].as_str().is_some_and(|message| message.starts_with(REASON)), "{waiting}");
    let answer = |path: &'static str| async move {
        let answer = http::get(server.address, path).await;
        assert_eq!(answer.status, 503, "{path}: {}", answer.text());
        assert!(answer.text().starts_with(REASON), "{path}: {}", answer.text());
    };
    let socket = |path: &'static str| async move {
        let (code, reason) = Viewer::connect(server.address, path).await.closed().await;
        assert_eq!(code, 1011, "{path}");
        assert!(reason.starts_with(REASON), "{path}: {reason}");
    };
    let goes_on = async {
        loop {
            connection.play(&units[1..]).await;
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    let all = async {
        tokio::join!(
            answer("/stream.h264"),
            answer("/stream.ts"),
            answer("/stream.mp4"),
            answer("/snapshot.jpg"),
            socket("/ws/h264"),
            socket("/ws/mp4"),
        )
    };
    tokio::select! {
        _ = all => {}
        () = goes_on => {}
    }
    server.stop().await;
}

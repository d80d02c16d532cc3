//! A viewer that stops reading: the others lose nothing, and it goes on at a keyframe when it reads again.

use lenscast_media::{frame::Role, player_wire::parse_frame};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio_tungstenite::tungstenite::Message;

use crate::support::{TestServer, camera::FakeCamera, clip::clip, viewer::Viewer, within};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_others_lose_nothing_and_it_goes_on_at_a_keyframe() {
    let camera = FakeCamera::new().await;
    let server = TestServer::start(&[&camera.source()]);
    let address = server.address;
    slow_viewer(server, &camera, 400, 100_000, move || Viewer::connect(address, "/ws/live")).await;
}

/// Plays so many frames of so many bytes, more in all than the buffers of two sockets hold, to one viewer that does not read and to
/// three that do.
pub(crate) async fn slow_viewer<S, F>(
    server: TestServer,
    camera: &FakeCamera,
    frames: u32,
    frame_bytes: usize,
    connect: impl Fn() -> F,
) where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    F: Future<Output = Viewer<S>> + Send + 'static,
{
    let mut connection = camera.connected().await;
    let mut sei = vec![0, 0, 0, 1, 0x06, 0x05];
    sei.resize(frame_bytes, 0x55);
    let units: Vec<_> =
        clip(320, 240, frames, 20).into_iter().map(|unit| [sei.clone(), unit].concat()).collect();
    connection.send(&units[0]).await;
    connection.send(&units[1]).await;

    let mut slow = connect().await;
    slow.frame().await;
    let quick: Vec<_> = (0..3)
        .map(|_| {
            let connecting = connect();
            tokio::spawn(async move {
                let mut viewer = connecting.await;
                for sequence in 0..u64::from(frames) - 1 {
                    assert_eq!(viewer.frame().await.0.sequence, sequence);
                }
            })
        })
        .collect();
    server
        .until_camera("four viewers", |camera| {
            camera["tracks"][0]["viewers"].as_array().map(Vec::len) == Some(4)
        })
        .await;
    connection.play(&units[2..]).await;
    for viewer in quick {
        within("a quick viewer has everything", viewer).await.expect("nothing is missing");
    }

    let mut expected = 1;
    let skipped = loop {
        match slow.next().await {
            Message::Binary(bytes) => {
                assert_eq!(
                    parse_frame(bytes).expect("a frame").0.sequence,
                    expected,
                    "no hole without a word"
                );
                expected += 1;
            }
            Message::Text(text) => {
                let value: serde_json::Value = serde_json::from_str(&text).expect("JSON");
                if value["type"] == "skip" {
                    break value["frames"].as_u64().expect("a number");
                }
            }
            _ => {}
        }
    };
    let (header, _) = slow.frame().await;
    assert_eq!((header.sequence, header.role), (expected + skipped, Role::Key));
    let status = server.status().await;
    let viewer = &status["cameras"][0]["tracks"][0]["viewers"][0];
    assert_eq!(viewer["skipped"].as_u64(), Some(skipped), "{status}");
    server.stop().await;
}

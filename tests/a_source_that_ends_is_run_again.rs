//! A camera that goes away and comes back: viewers stay connected, are told, and see it again.

use crate::support::{TestServer, camera::FakeCamera, clip::clip, viewer::Viewer};
use lenscast_media::frame::Role;

#[tokio::test]
async fn viewers_stay_are_told_and_see_it_again() {
    let camera = FakeCamera::new().await;
    let server = TestServer::start(&[&camera.source()]);
    let units = clip(320, 240, 5, 30);

    let mut viewer = Viewer::connect(server.address, "/ws/live").await;
    let mut raw = Viewer::connect(server.address, "/ws/h264").await;
    let hello = viewer.text("hello").await;
    assert_eq!(hello["protocol"], "lenscast.v1");
    assert_eq!(hello["tracks"], serde_json::json!([{"track": 0, "kind": "video"}]));
    let mut expected_sequence = 0;
    for _ in 0..2 {
        let mut connection = camera.connected().await;
        connection.play(&units).await;
        drop(connection);
        viewer.text_where("state", |state| state["state"] == "live").await;
        for unit in &units {
            let (header, payload) = viewer.frame().await;
            assert_eq!(header.sequence, expected_sequence);
            assert_eq!(header.role == Role::Key, payload == units[0]);
            assert_eq!(payload, *unit, "the end of the input completes the last access unit");
            assert_eq!(raw.binary().await, *unit);
            expected_sequence += 1;
        }
        let offline = viewer.text_where("state", |state| state["state"] == "offline").await;
        assert!(offline["message"].as_str().is_some_and(|message| message.ends_with("ended")), "{offline}");
        assert!(offline["retry_ms"].as_u64().is_some_and(|ms| ms <= 200), "{offline}");
    }
    server.stop().await;
}

#[tokio::test]
async fn a_command_that_fails_is_named_with_its_last_words() {
    let server = TestServer::start(&["exec:sh -c 'echo no camera here >&2; exit 3'"]);
    let camera = server.until_camera("offline", |camera| camera["state"] == "offline").await;
    assert_eq!(camera["message"], "The command sh ended with exit status 3: no camera here");
    server.stop().await;
}

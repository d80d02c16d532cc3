//! Another resolution in mid-stream: every viewer gets the new configuration before the first frame that needs it.

use crate::support::{
    TestServer,
    camera::FakeCamera,
    clip::{clip, types},
    http,
    viewer::Viewer,
    within,
};
use tokio::io::AsyncReadExt;

#[tokio::test]
async fn a_new_resolution_is_announced_before_its_first_frame() {
    let camera = FakeCamera::new().await;
    let server = TestServer::start(&[&camera.source()]);
    let mut connection = camera.connected().await;
    let (small, large) = (clip(320, 240, 4, 30), clip(640, 480, 4, 30));
    connection.play(&small).await;

    let mut live = Viewer::connect(server.address, "/ws/live").await;
    let mut mp4 = Viewer::connect(server.address, "/ws/mp4").await;
    let mut raw = Viewer::connect(server.address, "/ws/h264").await;
    let mut body = http::open(server.address, "GET", "/stream.mp4", &[]).await;
    let config = live.text("config").await;
    assert_eq!((&config["width"], &config["codec"]), (&320.into(), &"avc1.42c014".into()));
    assert_eq!(mp4.text("init").await["width"], 320);
    http::read_body(&mut body, 100).await;

    connection.play(&large).await;
    drop(connection);
    let config = live.text("config").await;
    assert_eq!(
        (&config["track"], &config["width"], &config["height"]),
        (&0.into(), &640.into(), &480.into())
    );
    assert_eq!(live.frame().await.1, large[0]);
    assert_eq!(mp4.text("init").await["width"], 640);
    assert_eq!(&mp4.binary().await[4..8], b"ftyp");
    for unit in small.iter().chain(&large) {
        assert_eq!(types(&raw.binary().await), types(unit));
    }
    // Each keyframe of stream.mp4 has its own parameter sets: the body goes on.
    let slice = |unit: &[u8]| unit[unit.len() - 40..].to_vec();
    let last = slice(large.last().expect("it has frames"));
    let mut rest = Vec::new();
    within("stream.mp4 goes on", async {
        while !rest.windows(last.len()).any(|bytes| bytes == last) {
            assert_ne!(body.read_buf(&mut rest).await.expect("it is open"), 0, "it ended");
        }
    })
    .await;
    server.stop().await;
}

//! A viewer that accepts no data for 10 s is disconnected, whatever its transport, and the status shows the reason.

use std::time::Duration;

use lenscast_media::player_wire::parse_frame;
use tokio::io::AsyncReadExt;

use crate::support::{
    TestServer, camera::FakeCamera, clip::clip, held_clock::HeldClock, http, rtsp::RtspClient, viewer::Viewer,
};

/// More than the buffers of two sockets hold.
const FRAME_BYTES: usize = 400_000;
const FRAMES: u32 = 400;
/// From one frame to the next. All frames take more than a minute: the kernel finds some more room for a viewer that
/// reads nothing, and as long as it does, the viewer accepts data.
const INTERVAL: Duration = Duration::from_millis(200);
/// Those that are stalled, one viewer each.
const TRANSPORTS: [&str; 3] = ["ws/live", "stream.h264", "rtsp"];

#[tokio::test(start_paused = true)]
async fn its_connection_is_reset_and_the_reason_is_shown() {
    let clock = HeldClock::hold();
    let camera = FakeCamera::new().await;
    let server = TestServer::start_as(&["--source", &camera.source(), "--rtsp", "0"]);
    let mut connection = camera.connected().await;
    let mut sei = vec![0, 0, 0, 1, 0x06, 0x05];
    sei.resize(FRAME_BYTES, 0x55);
    let units: Vec<_> =
        clip(320, 240, FRAMES, 20).into_iter().map(|unit| [sei.clone(), unit].concat()).collect();
    let mut reading = Viewer::connect(server.address, "/ws/live").await;
    let mut stuck = Viewer::connect(server.address, "/ws/live").await;
    let mut body = http::open(server.address, "GET", "/stream.h264", &[]).await;
    let mut player = RtspClient::connect(server.rtsp()).await;
    player.play("").await;
    let mut count = 0;
    let mut status = serde_json::Value::Null;
    let departures = 'disconnected: loop {
        assert!(count < units.len(), "they are still there: {status:#}");
        connection.send(&units[count]).await;
        count += 1;
        clock.advance(INTERVAL).await;
        if count > 1 {
            let (header, _) = parse_frame(reading.binary().await).expect("a frame");
            assert_eq!(header.sequence, count as u64 - 2, "who reads loses nothing");
        }
        if count % 10 == 0 {
            status = server.status().await;
            let departures = status["cameras"][0]["tracks"][0]["departures"].clone();
            if departures.as_array().map(Vec::len) == Some(3) {
                break 'disconnected departures;
            }
        }
    };
    for (transport, departure) in TRANSPORTS.iter().map(|transport| {
        let mut all = departures.as_array().into_iter().flatten();
        (transport, all.find(|departure| departure["transport"] == **transport))
    }) {
        let departure = departure.unwrap_or_else(|| panic!("{transport}: {departures}"));
        assert_eq!(departure["reason"], "stalled", "{departures}");
        assert_eq!(departure["message"], "accepted no data for 10 s", "{departures}");
    }
    let metrics = http::get(server.address, "/metrics").await.text();
    for transport in TRANSPORTS {
        let line = format!(
            "lenscast_departures_total{{camera=\"cam1\",transport=\"{transport}\",reason=\"stalled\"}} 1"
        );
        assert!(metrics.contains(&line), "{metrics}");
    }
    let mut rest = Vec::new();
    let reset = body.read_to_end(&mut rest).await.map_err(|error| error.kind());
    assert_eq!(reset, Err(std::io::ErrorKind::ConnectionReset), "not a quiet end");
    while let Some(message) = futures_util::StreamExt::next(&mut stuck.0).await {
        if message.is_err() {
            break;
        }
    }
    drop(clock);
    server.stop().await;
}

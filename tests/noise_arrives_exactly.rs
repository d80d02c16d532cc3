//! Access units of 0.2 to 240 kB through the writes of rpicam-vid: each arrives, and exactly.

use crate::support::{TestServer, noise::Noise, rpicam::FakeRpicam, viewer::Viewer};

/// Plays so many at 200 a second.
async fn play(count: usize) {
    let seed = 0x1234_5678_9abc;
    let camera = FakeRpicam::new(&format!("noise {count} {seed}\nstart-ms 500"));
    let server = TestServer::start(&[&camera.source("rate=200")]);
    let mut viewer = Viewer::connect(server.address, "/ws/h264").await;
    let mut noise = Noise::new(count, seed);
    let mut number = 0;
    while let Some(unit) = noise.next() {
        let got = viewer.binary().await;
        assert!(got == unit, "access unit {number}: {} bytes instead of {}", got.len(), unit.len());
        number += 1;
    }
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_thousand_at_two_hundred_a_second() {
    play(1_000).await;
}

/// For `scripts/soak`.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "takes a minute"]
async fn ten_thousand_at_two_hundred_a_second() {
    play(10_000).await;
}

//! Access units of 0.2 to 240 kB through the writes of rpicam-vid: each arrives, and exactly.

use tokio::{io::AsyncWriteExt, net::UnixListener};

use crate::support::{TestServer, noise::Noise, rpicam::FakeRpicam, viewer::Viewer, within};

/// Whether the camera waits, before each access unit, for the one before to have arrived at the viewer.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Pace {
    Free,
    Lockstep,
}

/// Plays so many at 200 a second.
async fn play(count: usize, pace: Pace) {
    let seed = 0x1234_5678_9abc;
    let camera = FakeRpicam::new("");
    let mut script = format!("noise {count} {seed}\nstart-ms 500");
    let mut lockstep = None;
    if pace == Pace::Lockstep {
        let path = camera.program().with_file_name("lockstep");
        lockstep = Some(UnixListener::bind(&path).expect("a free path"));
        script += &format!("\nlockstep {}", path.display());
    }
    camera.behave(&script);
    let server = TestServer::start(&[&camera.source("rate=200")]);
    let mut viewer = Viewer::connect(server.address, "/ws/h264").await;
    let mut arrived = match lockstep {
        Some(listener) => Some(within("the camera", listener.accept()).await.expect("it connects").0),
        None => None,
    };
    let mut whole_pages = 0;
    let mut noise = Noise::new(count, seed);
    let mut number = 0;
    while let Some(unit) = noise.next() {
        let got = viewer.binary().await;
        assert!(got == unit, "access unit {number}: {} bytes instead of {}", got.len(), unit.len());
        number += 1;
        whole_pages += usize::from(unit.len().is_multiple_of(4096));
        if let Some(camera) = &mut arrived {
            // After the last one nobody waits any more.
            let _ = camera.write_all(&[1]).await;
        }
    }
    assert!(whole_pages * 20 > count, "{whole_pages} of {count} could not be told by their writes alone");
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_thousand_at_two_hundred_a_second() {
    play(1_000, Pace::Free).await;
}

/// An access unit that is given only when the next one begins would stop it for good.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_arrives_before_the_next_begins() {
    play(500, Pace::Lockstep).await;
}

/// For `scripts/soak`.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "takes a minute"]
async fn ten_thousand_and_each_before_the_next_begins() {
    play(10_000, Pace::Lockstep).await;
}

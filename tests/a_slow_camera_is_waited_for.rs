//! A camera that starts slowly, or gives few pictures, is neither offline nor run again.

use std::time::{Duration, Instant};

use crate::support::{TestServer, camera::FakeCamera};

/// Pictures of the input, each a whole JPEG.
fn jpegs() -> Vec<Vec<u8>> {
    let all = include_bytes!("inputs/control-good.mjpeg");
    let ends = (2..=all.len()).filter(|end| all[end - 2..*end] == [0xff, 0xd9]);
    let mut begin = 0;
    ends.map(|end| all[std::mem::replace(&mut begin, end)..end].to_vec()).collect()
}

/// A picture in five seconds is live all the time.
async fn one_picture_in_five_seconds() {
    let camera = FakeCamera::new().await;
    let server = TestServer::start(&[&camera.source()]);
    let mut connection = camera.connected().await;
    let jpegs = jpegs();
    connection.send(&jpegs[0]).await;
    server.until_camera("live", |camera| camera["state"] == "live").await;
    let began = Instant::now();
    let mut sent = 1;
    while began.elapsed() < Duration::from_secs(11) {
        if began.elapsed() > Duration::from_secs(5) * sent {
            connection.send(&jpegs[sent as usize % jpegs.len()]).await;
            sent += 1;
        }
        let status = server.status().await;
        assert_eq!(status["cameras"][0]["state"], "live", "after {:?}", began.elapsed());
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    server.stop().await;
}

/// A command that needs six seconds says for what it waits, and is shown then.
async fn a_slow_start() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/inputs/control-good.mjpeg");
    let server = TestServer::start(&[&format!("exec:sh -c 'sleep 6; cat {path}; exec sleep 30'")]);
    let waiting = |camera: &serde_json::Value| {
        camera["message"] == "Waiting for the command sh: nothing has come from it so far"
    };
    let status = server.until_camera("a sentence", waiting).await;
    assert_eq!(status["state"], "starting");
    server.until_camera("live", |camera| camera["state"] == "live").await;
    server.stop().await;
}

/// A limit that is set is kept.
async fn a_limit() {
    let server = TestServer::start(&["exec,timeout=2:sleep 60"]);
    let given_up = |camera: &serde_json::Value| {
        camera["message"] == "Nothing has come from the command sleep for 2 s" && camera["state"] == "offline"
    };
    server.until_camera("it is run again", given_up).await;
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn patience_follows_the_camera() {
    tokio::join!(one_picture_in_five_seconds(), a_slow_start(), a_limit());
}

//! A command as a microphone: its sound is heard, its clock is in the status, and when it dies the picture goes on.

use serde_json::Value;

use crate::support::{TestServer, http, viewer::Viewer};

/// Where the number of the track stands in a fragment.
const TRACK_ID_AT: usize = 8 + 16 + 8 + 12;

fn track<'a>(camera: &'a Value, kind: &str) -> &'a Value {
    let tracks = camera["tracks"].as_array().expect("tracks");
    tracks.iter().find(|track| track["kind"] == kind).expect("the track")
}

/// Receives until `wanted` is true of the numbers of fragments with pictures and with sound.
async fn until(viewer: &mut Viewer, wanted: impl Fn(usize, usize) -> bool) {
    let mut counts = [0, 0];
    while !wanted(counts[0], counts[1]) {
        let fragment = viewer.binary().await;
        let is_sound = fragment.get(TRACK_ID_AT..TRACK_ID_AT + 4) == Some(&[0, 0, 0, 2]);
        counts[usize::from(is_sound)] += 1;
    }
}

async fn camera(server: &TestServer) -> Value {
    server.status().await["cameras"][0].take()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_command_is_a_microphone_with_a_clock_of_its_own() {
    // 20 ms at a time, as long as anybody reads.
    let command = "exec,rate=16000:sh -c 'while head -c 640 /dev/zero; do sleep 0.02; done'";
    let server = TestServer::start_as(&["--source", "test,size=320x240", "--audio", command]);
    let mut listener = Viewer::connect(server.address, "/ws/mp4?audio=1").await;
    assert_eq!(listener.text("init").await["mime"], "video/mp4; codecs=\"avc1.42c00d,Opus\"");
    let sound = loop {
        until(&mut listener, |_, sound| sound > 4).await;
        let sound = track(&camera(&server).await, "pcm").clone();
        if sound["frames"].as_u64() > Some(0) {
            break sound;
        }
    };
    for figure in ["offset_ms", "drift_ppm", "gaps", "gap_ms"] {
        assert!(sound["sound_clock"][figure].is_number(), "{figure}: {sound}");
    }
    let state = http::get(server.address, "/state.json").await.text();
    assert!(state.contains(r#"{"type":"sound","message":"","clock":{"offset_ms":"#), "{state}");
    let metrics = http::get(server.address, "/metrics").await;
    let metrics = metrics.text();
    for family in ["offset_seconds", "drift_ppm", "gaps_total", "gap_seconds_total"] {
        assert!(metrics.contains(&format!("\nlenscast_sound_{family}{{camera=\"cam1\"}} ")), "{family}");
    }
    drop(listener);
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_microphone_that_dies_leaves_silence_and_a_sentence() {
    let command = "exec:sh -c 'echo no such card >&2; exit 3'";
    let server = TestServer::start_as(&["--source", "test,size=320x240", "--audio", command]);
    let mut listener = Viewer::connect(server.address, "/ws/mp4?audio=1").await;
    listener.text("init").await;
    until(&mut listener, |pictures, sound| pictures > 5 && sound > 10).await;
    let message = loop {
        let message = track(&camera(&server).await, "opus")["message"].clone();
        if message != "" {
            break message;
        }
        until(&mut listener, |_, sound| sound > 1).await;
    };
    assert_eq!(message, "The command sh ended with exit status 3: no such card");
    assert_eq!(camera(&server).await["state"], "live", "the pictures go on");
    drop(listener);
    server.stop().await;
}

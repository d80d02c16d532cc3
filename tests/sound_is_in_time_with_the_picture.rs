//! Sound beside the picture: both on one clock, as ffmpeg reads it, and nothing of it where nobody listens.

use lenscast::clock::Clock;
use lenscast_media::test_pattern::{beep_sample, read_frame_clock_luma};
use serde_json::Value;

use crate::support::{
    TestServer,
    ffmpeg::judged,
    http::{self, read_body_until},
    viewer::Viewer,
};

const WITH_BEEP: [&str; 4] = ["--source", "test,size=320x240", "--audio", "test"];
const SIZE: (usize, usize) = (320, 240);
const SAMPLE_RATE: f64 = 48_000.0;
/// Pictures and packets of a little more than a second, so that one beep begins in it.
const FRAGMENTS: usize = 105;
/// Decibels by which a beep is louder than what is not it, once Opus has made and ffmpeg decoded it.
const LIKE_A_BEEP: f64 = 15.0;
const TRIES: usize = 5;

fn track<'a>(camera: &'a Value, kind: &str) -> Option<&'a Value> {
    camera["tracks"].as_array()?.iter().find(|track| track["kind"] == kind)
}

/// The whole fragments at the beginning of `bytes`: how many, and where they end.
fn fragments(bytes: &[u8]) -> (usize, usize) {
    let (mut at, mut count, mut end) = (0, 0, 0);
    while let Some(header) = bytes.get(at..at + 8) {
        at += u32::from_be_bytes([header[0], header[1], header[2], header[3]]) as usize;
        if at > bytes.len() {
            break;
        }
        if &header[4..] == b"mdat" {
            (count, end) = (count + 1, at);
        }
    }
    (count, end)
}

/// The times of the frames of a stream, in seconds, as ffprobe sees them.
fn times(stream: &str, body: &[u8]) -> Vec<f64> {
    let arguments = ["-select_streams", stream, "-show_entries", "frame=pts_time", "-of", "csv=p=0", "-"];
    let text = String::from_utf8(judged("ffprobe", &arguments, body)).expect("text");
    let time = |line: &str| line.trim_end_matches(',').parse().expect("a time");
    text.lines().filter(|line| !line.is_empty()).map(time).collect()
}

/// Media time minus capture time of the pictures, in seconds: what most of them have.
fn pictures_are_at(body: &[u8]) -> f64 {
    let arguments =
        ["-i", "-", "-map", "0:v", "-fps_mode", "passthrough", "-pix_fmt", "yuv420p", "-f", "rawvideo", "-"];
    let planes = judged("ffmpeg", &arguments, body);
    let ((width, height), now) = (SIZE, Clock::start().now());
    let clocks = planes.chunks_exact(width * height * 3 / 2).map(|picture| {
        let clock = read_frame_clock_luma(&picture[..width * height], width, width, height);
        clock.expect("a frame clock").captured_at(now).as_micros() as f64 / 1e6
    });
    let mut offsets: Vec<f64> = times("v", body).iter().zip(clocks).map(|(pts, clock)| pts - clock).collect();
    offsets.sort_by(f64::total_cmp);
    offsets[offsets.len() / 2]
}

/// Decibels of the beep over what is not it, in the sound from its loud beginning on.
fn likeness(heard: &[i16]) -> f64 {
    let beep = |at: usize| f64::from(beep_sample(u32::try_from(at).expect("within a second")));
    let power: f64 = (0..4_000).map(|at| beep(at).powi(2)).sum();
    // The place of the first loud sample is not known to the sample.
    let error =
        |lag: usize| (0..4_000).map(|at| (f64::from(heard[at]) - beep(at + lag)).powi(2)).sum::<f64>();
    let least = (0..48).map(error).fold(f64::INFINITY, f64::min);
    10.0 * (power / least).log10()
}

/// When the first beep begins that begins in `body`, in seconds of media time, and how like a beep it is.
fn beep_of(body: &[u8]) -> (f64, f64) {
    let samples = judged("ffmpeg", &["-i", "-", "-map", "0:a", "-ac", "1", "-f", "s16le", "-"], body);
    let samples: Vec<i16> = samples.chunks_exact(2).map(|two| i16::from_le_bytes([two[0], two[1]])).collect();
    let is_loud = |sample: &i16| sample.unsigned_abs() > 2_000;
    let begins = |at: &usize| is_loud(&samples[*at]) && !samples[at - 480..*at].iter().any(is_loud);
    let beep = (480..samples.len()).find(begins).expect("a beep each second");
    (times("a", body)[0] + beep as f64 / SAMPLE_RATE, likeness(&samples[beep..]))
}

/// A little more than a second of `stream.mp4`, in whole fragments.
async fn recorded(server: &TestServer) -> Vec<u8> {
    let mut stream = http::open(server.address, "GET", "/stream.mp4", &[]).await;
    let mut body = read_body_until(&mut stream, |body| fragments(body).0 >= FRAGMENTS).await.body;
    body.truncate(fragments(&body).1);
    body
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_beep_is_heard_when_its_second_begins() {
    let server = TestServer::start_as(&WITH_BEEP);
    // A machine that stands still puts silence into a beep.
    let mut body = recorded(&server).await;
    for _ in 1..TRIES {
        if beep_of(&body).1 > LIKE_A_BEEP {
            break;
        }
        body = recorded(&server).await;
    }
    let body = body.as_slice();
    let streams = judged("ffprobe", &["-show_entries", "stream=codec_name", "-of", "csv=p=0", "-"], body);
    assert_eq!(String::from_utf8_lossy(&streams), "h264\nopus\n");
    let (beep, likeness) = beep_of(body);
    assert!(likeness > LIKE_A_BEEP, "what ffmpeg decodes is a beep, but for {likeness} dB");
    let off = (pictures_are_at(body) - beep).rem_euclid(1.0);
    assert!(off.min(1.0 - off) < 0.02, "beep and pictures are {off} s apart, of a whole second");
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sound_is_made_for_those_who_listen() {
    let server = TestServer::start_as(&WITH_BEEP);
    let mut silent = Viewer::connect(server.address, "/ws/mp4").await;
    assert_eq!(silent.text("init").await["mime"], "video/mp4; codecs=\"avc1.42c00d\"");
    for _ in 0..3 {
        silent.binary().await;
    }
    let camera = server.status().await["cameras"][0].take();
    assert!(track(&camera, "opus").is_none(), "nobody listens");
    assert_eq!(track(&camera, "pcm").expect("there is a microphone")["frames"], 0, "it does not run");

    let mut listener = Viewer::connect(server.address, "/ws/mp4?audio=1").await;
    assert_eq!(listener.text("init").await["mime"], "video/mp4; codecs=\"avc1.42c00d,Opus\"");
    let track_id_at = 8 + 16 + 8 + 12;
    let mut heard = 0;
    while heard < 3 {
        let fragment = listener.binary().await;
        heard += usize::from(fragment.get(track_id_at..track_id_at + 4) == Some(&[0, 0, 0, 2]));
    }
    let camera = server.status().await["cameras"][0].take();
    assert_eq!(track(&camera, "opus").expect("somebody listens")["making"], true);
    let viewers = track(&camera, "video").expect("there are pictures")["viewers"].as_array().map(Vec::len);
    assert_eq!(viewers, Some(2), "a listener is one viewer");
    assert_eq!(track(&camera, "opus").expect("somebody listens")["viewers"], serde_json::json!([]));
    drop((silent, listener));
    server.stop().await;
}

/// The numbers of the tracks of the next messages with a frame.
async fn tracks_of(viewer: &mut Viewer, messages: usize) -> Vec<u8> {
    let mut tracks = Vec::new();
    for _ in 0..messages {
        tracks.push(viewer.frame().await.0.track);
    }
    tracks
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn our_player_gets_sound_beside_its_pictures_or_alone() {
    let server = TestServer::start_as(&WITH_BEEP);
    let mut both = Viewer::connect(server.address, "/ws/live?audio=1").await;
    let tracks = tracks_of(&mut both, 30).await;
    assert!(tracks.contains(&0) && tracks.contains(&1), "{tracks:?}");
    both.say(r#"{"type":"pause"}"#).await;
    let mut alone = Viewer::connect(server.address, "/ws/live?audio=only").await;
    assert_eq!(tracks_of(&mut alone, 8).await, [1; 8]);
    let camera = server.status().await["cameras"][0].take();
    let viewers = track(&camera, "video").expect("there are pictures")["viewers"].as_array().map(Vec::len);
    assert_eq!(viewers, Some(1), "who only listens is counted where the pictures are");
    drop(alone);
    until_nobody_listens(&server).await;
    server.stop().await;
}

/// Waits until the Opus track is gone, because the only viewer left has paused.
async fn until_nobody_listens(server: &TestServer) {
    loop {
        let camera = server.status().await["cameras"][0].take();
        if track(&camera, "opus").is_none_or(|opus| opus["making"] == false) {
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_camera_without_sound_has_one_track() {
    let server = TestServer::start(&["test,size=320x240"]);
    let mut listener = Viewer::connect(server.address, "/ws/mp4?audio=1").await;
    assert_eq!(listener.text("init").await["mime"], "video/mp4; codecs=\"avc1.42c00d\"");
    let mut live = Viewer::connect(server.address, "/ws/live").await;
    assert_eq!(live.text("hello").await["tracks"].as_array().map(Vec::len), Some(1));
    server.stop().await;
}

//! The first viewer of MPEG-1 sees moving pictures while ffmpeg is still loading itself, and goes on with ffmpeg's without a
//! step back; where ffmpeg does not work, viewers after the first are told so.

use std::path::Path;

use lenscast_media::test_pattern::read_frame_clock_luma;
use rustix::process::Signal;

use crate::support::{
    ffmpeg::{judged, serving_with_ffmpeg},
    http::{HANDSHAKE, get, request},
    program::{ended, signal},
    viewer::Viewer,
    within,
};

const WIDTH: usize = 320;
const HEIGHT: usize = 240;
const SOURCE: &str = "test,size=320x240";
const DECODE: [&str; 11] =
    ["-f", "mpegvideo", "-i", "-", "-f", "rawvideo", "-fps_mode", "passthrough", "-pix_fmt", "gray", "-"];

/// A script that does nothing until there is a file `go`.
fn after_go(folder: &Path, script: &str) -> String {
    format!("until [ -e '{}/go' ]; do sleep 0.02; done\n{script}", folder.display())
}

/// Whether a message of `ws/jsmp` is an intra picture: two bytes on are three bits of its type.
fn is_intra(message: &[u8]) -> bool {
    message[1] >> 3 & 7 == 1
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_first_viewer_does_not_wait_for_ffmpeg() {
    let folder = tempfile::tempdir().expect("a folder");
    let script = after_go(folder.path(), "exec ffmpeg \"$@\"");
    let (child, address) = serving_with_ffmpeg(folder.path(), &script, SOURCE);
    let mut viewer = Viewer::connect(address, "/ws/jsmp").await;
    assert_eq!(&viewer.binary().await[..], b"jsmp\x01\x40\x00\xf0");
    let mut stream = viewer.binary().await.to_vec();
    stream.extend_from_slice(&viewer.binary().await);
    for number in 0..10 {
        let message = viewer.binary().await;
        assert!(is_intra(&message), "picture {number}: ffmpeg has not begun");
        stream.extend_from_slice(&message);
    }
    std::fs::write(folder.path().join("go"), "").expect("it is written");
    let (mut pictures, mut predicted) = (11, 0);
    while predicted < 20 {
        let message = viewer.binary().await;
        predicted += usize::from(!is_intra(&message));
        stream.extend_from_slice(&message);
        pictures += 1;
        assert!(pictures < 600, "ffmpeg has begun by now");
    }
    let decoded = judged("ffmpeg", &DECODE, stream.strip_suffix(&[0, 0, 1, 0]).expect("the next"));
    let pictures_decoded = decoded.chunks(WIDTH * HEIGHT);
    assert_eq!(pictures_decoded.len(), pictures);
    // A cell that turns from black to white may come out grey in a predicted picture of ffmpeg's.
    let numbers: Vec<u32> = pictures_decoded
        .filter_map(|luma| Some(read_frame_clock_luma(luma, WIDTH, WIDTH, HEIGHT)?.number))
        .collect();
    assert!(numbers.len() > pictures - predicted, "{} of {pictures} are legible", numbers.len());
    assert!(numbers.windows(2).all(|two| two[0] < two[1]), "in order, each once: {numbers:?}");
    signal(&child, Signal::INT);
    assert!(ended(child).status.success());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn where_ffmpeg_does_not_work_everybody_is_told() {
    // What it does instead of encoding, and what is said of it.
    let table = [
        (
            "echo 'Unknown encoder mpeg1video' >&2\nexit 1",
            "ended with exit status 1: Unknown encoder mpeg1video",
        ),
        ("exec yes rubbish", "gives something else"),
    ];
    for (script, said) in table {
        let folder = tempfile::tempdir().expect("a folder");
        let (child, address) = serving_with_ffmpeg(folder.path(), &after_go(folder.path(), script), SOURCE);
        let mut first = Viewer::connect(address, "/ws/jsmp").await;
        first.binary().await;
        std::fs::write(folder.path().join("go"), "").expect("it is written");
        let says_so = |text: &str| text.contains(said);
        within("the status says so", async {
            while !says_so(&get(address, "/api/v1/status").await.text()) {}
        })
        .await;
        for path in ["/ws/jsmp", "/ws/jsmpeg"] {
            let answer = request(address, "GET", path, &HANDSHAKE).await;
            assert_eq!(answer.status, 503, "{path}");
            assert!(says_so(&answer.text()), "{}", answer.text());
        }
        let (code, reason) = first.closed().await;
        assert_eq!(code, 1011);
        assert!(says_so(&reason), "{reason}");
        signal(&child, Signal::INT);
        assert!(ended(child).status.success());
    }
}

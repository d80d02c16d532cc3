//! MPEG-1 goes on and on: one ffmpeg gives any number of bytes, and is not replaced.

use lenscast_media::{
    mpeg1::{frame_rate::FrameRate, intra::IntraEncoder},
    picture::Size,
    test_pattern::TestPattern,
    time::Moment,
};
use rustix::process::Signal;

use crate::support::{
    ffmpeg::serving_with_ffmpeg,
    program::{ended, signal},
    viewer::Viewer,
};

/// What a viewer gets of one ffmpeg.
const STREAM_BYTES: usize = 64 << 20;
/// A picture with its stuffing: nearly all that the players hold.
const PICTURE_BYTES: usize = 470_000;

/// A picture in MPEG-1, with zeros behind it (ISO/IEC 11172-2 section 2.3: zero bytes may stand before a start code).
fn picture() -> Vec<u8> {
    let size = Size::new(320, 240).expect("allowed");
    let mut pattern = TestPattern::new(size);
    let drawn = pattern.draw(0, Moment::default(), Moment::default());
    let coded = IntraEncoder::new(size, FrameRate::nearest(60.0), 2_000_000).encode(drawn);
    let mut bytes = coded.expect("it is not too long").bytes.to_vec();
    bytes.resize(PICTURE_BYTES, 0);
    bytes
}

/// An ffmpeg that encodes at once whatever comes: it gives the same picture for each, and notes when it is started.
const SYNTHETIC: &str = r#"
cd "$(dirname "$0")" && echo started >>starts && read -r header
while [ "$(head -c 115206 | wc -c)" = 115206 ]; do cat picture; done
"#;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_ffmpeg_gives_64_mib() {
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::write(folder.path().join("picture"), picture()).expect("it is written");
    let (child, address) = serving_with_ffmpeg(folder.path(), SYNTHETIC, "test,size=320x240,rate=60");
    let mut viewer = Viewer::connect(address, "/ws/jsmp").await;
    let (mut bytes, mut pictures) = (0, 0);
    while bytes < STREAM_BYTES {
        let message = viewer.binary().await;
        bytes += message.len();
        pictures += usize::from(message.len() > PICTURE_BYTES / 2);
    }
    assert!(pictures >= STREAM_BYTES / PICTURE_BYTES, "{pictures} pictures are ffmpeg's");
    let starts = std::fs::read_to_string(folder.path().join("starts")).expect("it was started");
    assert_eq!(starts, "started\n", "once");
    signal(&child, Signal::INT);
    assert!(ended(child).status.success());
}

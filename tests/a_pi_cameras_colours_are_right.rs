//! The eight colour bars of a Raspberry Pi camera are right in JPEG, MPEG-1 and what our page is told, whatever rpicam-vid
//! pads its rows to, and whether or not its stream names a matrix.

use std::path::Path;

use lenscast::encode::JpegDecoder;

use crate::support::{TestServer, ffmpeg::judged, http::get, rpicam::FakeRpicam, viewer::Viewer, within};

/// 75 % bars of ITU-R BT.601 in limited range, as the test pattern has them: Y, U, V.
const BARS: [[u8; 3]; 8] = [
    [180, 128, 128],
    [162, 44, 142],
    [131, 156, 44],
    [112, 72, 58],
    [84, 184, 198],
    [65, 100, 212],
    [35, 212, 114],
    [16, 128, 128],
];
/// What coding changes, at most. The other matrix is 9 or more off in five bars, rows of another length far more.
const TOLERANCE: u8 = 6;

/// The middle of each bar: Y, U, V. The pattern is thought in 1280x720 and scaled.
fn bars(planes: [&[u8]; 3], (width, height): (usize, usize)) -> [[u8; 3]; 8] {
    let [y, u, v] = planes;
    std::array::from_fn(|bar| {
        let (column, row) = ((64 + 144 * bar + 72) * width / 1280, 544 * height / 720);
        let at = row / 2 * (width / 2) + column / 2;
        [y[row * width + column], u[at], v[at]]
    })
}

fn assert_right(found: [[u8; 3]; 8], what: &str) {
    for (found, expected) in found.into_iter().zip(BARS) {
        let is_near =
            found.iter().zip(expected).all(|(found, expected)| found.abs_diff(expected) <= TOLERANCE);
        assert!(is_near, "{what}: {found:?}, not {expected:?}");
    }
}

async fn assert_right_in_jpeg(server: &TestServer, camera: &str, size: (usize, usize), what: &str) {
    // On a busy machine the first large picture may take longer than a snapshot waits.
    let answer = within(what, async {
        loop {
            let answer = get(server.address, &format!("/cam/{camera}/snapshot.jpg")).await;
            if answer.status == 200 {
                return answer;
            }
        }
    })
    .await;
    let picture = JpegDecoder::new().decode(&answer.body).expect("a JPEG");
    assert_eq!((picture.size().width() as usize, picture.size().height() as usize), size, "{what}");
    let (y, u, v) = picture.planes();
    assert_right(bars([y, u, v], size), what);
}

fn source(name: &str, program: &Path, encoder: &str, (width, height): (usize, usize)) -> String {
    let program = program.display();
    format!(
        "{name}=rpicam,program={program},encoder={encoder},size={width}x{height},rate=2,bitrate=4000000:0"
    )
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn with_rows_of_every_padding() {
    // The last three are whole pages of the pipe with more than one padding.
    let sizes = [
        (320, 240),
        (640, 480),
        (800, 600),
        (960, 540),
        (1280, 720),
        (1440, 1080),
        (1600, 900),
        (1920, 1080),
        (320, 256),
        (800, 640),
        (960, 768),
    ];
    for size in sizes {
        // A width of whole 128 is the same with all.
        let paddings = if size.0 % 128 == 0 { &[128][..] } else { &[128, 64, 32] };
        for rows in paddings {
            let camera = FakeRpicam::new(&format!("start-ms 20\nrows {rows}"));
            let server = TestServer::start(&[&source("pi", &camera.program(), "builtin", size)]);
            assert_right_in_jpeg(&server, "pi", size, &format!("{size:?} in rows of {rows}")).await;
            server.stop().await;
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn with_every_encoder_at_small_and_large_sizes() {
    let table = [
        ((640, 480), "bt601"),
        ((1278, 718), "bt601"),
        ((960, 720), "bt709"),
        ((1280, 480), "bt709"),
        ((1280, 720), "bt709"),
    ];
    for (size, matrix) in table {
        // The Pi's encoder names no matrix, libav does.
        for encoder in ["hardware", "x264"] {
            let camera = FakeRpicam::new("start-ms 20");
            let server = TestServer::start(&[&source("pi", &camera.program(), encoder, size)]);
            let what = format!("{size:?} {encoder}");
            let mut viewer = Viewer::connect(server.address, "/ws/live").await;
            let config = viewer.text("config").await;
            assert_eq!(
                (config["matrix"].as_str(), config["full_range"].as_bool()),
                (Some(matrix), Some(false))
            );
            assert_right_in_jpeg(&server, "pi", size, &what).await;
            let (width, height) = size;
            let mut viewer = Viewer::connect(server.address, "/ws/jsmp").await;
            viewer.binary().await;
            let stream = [viewer.binary().await, viewer.binary().await].concat();
            let decode = [
                "-f",
                "mpegvideo",
                "-i",
                "-",
                "-f",
                "rawvideo",
                "-frames:v",
                "1",
                "-pix_fmt",
                "yuv420p",
                "-",
            ];
            let decoded = judged("ffmpeg", &decode, stream.strip_suffix(&[0, 0, 1, 0]).unwrap_or(&stream));
            let (y, colours) = decoded.split_at(width * height);
            let (u, v) = colours.split_at(width * height / 4);
            assert_right(bars([y, u, v], size), &format!("{what} in MPEG-1"));
            server.stop().await;
        }
    }
}

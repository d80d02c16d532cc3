//! H.264 with the habits of real cameras (tests/inputs): whoever comes gets pictures, whole and in their shape.

use lenscast::encode::JpegDecoder;
use lenscast_media::frame::Role;

use crate::support::{TestServer, camera::FakeCamera, http, viewer::Viewer, within};

/// Name of the file, its frames, and width and height of the picture in square pixels.
const INPUTS: [(&str, u64, (u32, u32)); 10] = [
    ("control-good-with-bitstream-restriction-10-fps", 40, (64, 48)),
    ("h264-cropped-4-rows-at-top-and-bottom", 20, (64, 40)),
    ("h264-forbidden-bit-unit-before-each-picture", 30, (64, 48)),
    ("h264-gop-of-250-at-5-fps", 500, (64, 48)),
    ("h264-i-pictures-no-idr", 30, (64, 48)),
    ("h264-intra-refresh-joined-late", 43, (64, 48)),
    ("h264-no-bitstream-restriction-10-fps", 40, (64, 48)),
    ("h264-recovery-points-no-idr", 30, (64, 48)),
    ("h264-sar-2-1", 30, (128, 48)),
    ("h264-second-pps-comes-within-gop", 40, (64, 48)),
];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_comes_late_gets_pictures_in_their_shape() {
    for (name, frames, shown) in INPUTS {
        let bytes = std::fs::read(format!("tests/inputs/{name}.h264")).expect(name);
        let camera = FakeCamera::new().await;
        let server = TestServer::start(&[&camera.source()]);
        let mut connection = camera.connected().await;
        connection.send(&bytes).await;
        // An access unit delimiter ends the last frame.
        connection.send(&[0, 0, 0, 1, 0x09, 0xf0, 0, 0, 1]).await;
        server
            .until_camera(name, |camera| camera["state"] == "live" && camera["tracks"][0]["frames"] == frames)
            .await;
        let mut live = Viewer::connect(server.address, "/ws/live").await;
        live.text("config").await;
        assert_eq!(live.frame().await.0.role, Role::Key, "{name}");
        for path in ["/stream.h264", "/stream.ts", "/stream.mp4"] {
            let mut body = http::open(server.address, "GET", path, &[]).await;
            assert_eq!(http::read_body(&mut body, 100).await.status, 200, "{name}: {path}");
        }
        let snapshot = within(name, http::get(server.address, "/snapshot.jpg")).await;
        assert_eq!(snapshot.status, 200, "{name}: {}", snapshot.text());
        let picture = JpegDecoder::new().decode(&snapshot.body).expect(name);
        assert_eq!((picture.size().width(), picture.size().height()), shown, "{name}");
        let expected = last_picture(name, shown);
        let difference: u64 =
            picture.planes().0.iter().zip(&expected).map(|(a, b)| u64::from(a.abs_diff(*b))).sum();
        let mean = difference as f64 / expected.len() as f64;
        // Two rows too high or low make more than 8.
        assert!(mean < 6.0, "{name}: luma is off by {mean:.1} from what ffmpeg decodes");
        server.stop().await;
    }
}

/// Luma of the last picture of a file as ffmpeg decodes it, in this size.
fn last_picture(name: &str, (width, height): (u32, u32)) -> Vec<u8> {
    let output = std::process::Command::new("ffmpeg")
        .args(["-v", "quiet", "-f", "h264", "-i", &format!("tests/inputs/{name}.h264")])
        .args([
            "-vf",
            &format!("scale={width}:{height}:flags=bilinear:in_color_matrix=bt709:out_color_matrix=bt601"),
            "-pix_fmt",
            "yuv420p",
            "-f",
            "rawvideo",
            "-",
        ])
        .output()
        .expect("ffmpeg");
    let (luma, whole) = ((width * height) as usize, (width * height * 3 / 2) as usize);
    let last = output.stdout.len() - whole;
    output.stdout[last..last + luma].to_vec()
}

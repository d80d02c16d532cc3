//! Raw pictures from a command, a file or a connection: H.264 and MPEG-1 for whoever wants them, and a sentence where they
//! are not what was said.

use tokio::io::AsyncWriteExt;

use crate::support::{TestServer, camera::FakeCamera, viewer::Viewer};

/// A command that writes pictures of a format, as fast as they are to be shown.
fn ffmpeg(format: &str) -> String {
    format!(
        "exec+{format},size=336x192,rate=24:ffmpeg -v error -re -f lavfi -i testsrc2=s=336x192:r=24 \
         -pix_fmt {format} -f rawvideo -"
    )
}

fn has_track(camera: &serde_json::Value, kind: &str, width: u32) -> bool {
    let tracks = camera["tracks"].as_array().expect("a list");
    tracks.iter().any(|track| track["kind"] == kind && track["width"] == width)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_raw_format_is_shown() {
    let sources = ["yuv420p", "nv12", "yuyv422"].map(ffmpeg);
    let server = TestServer::start(&[&sources[0], &sources[1], &sources[2]]);
    for camera in ["cam1", "cam2", "cam3"] {
        let mut viewer = Viewer::connect(server.address, &format!("/cam/{camera}/ws/live")).await;
        for _ in 0..10 {
            viewer.frame().await;
        }
        let mut viewer = Viewer::connect(server.address, &format!("/cam/{camera}/ws/jsmp")).await;
        assert_eq!(&viewer.binary().await[..], b"jsmp\x01\x50\x00\xc0", "{camera}");
    }
    for camera in server.status().await["cameras"].as_array().expect("a list") {
        for kind in ["pictures", "video", "mpeg1"] {
            assert!(has_track(camera, kind, 336), "{kind} of {camera}");
        }
    }
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn pictures_that_say_their_size_need_no_more() {
    let ffmpeg = "ffmpeg -v error -re -f lavfi -i testsrc2=s=336x192:r=24 -pix_fmt yuv420p -f yuv4mpegpipe -";
    let (detected, named) = (format!("exec:{ffmpeg}"), format!("exec+y4m:{ffmpeg}"));
    let camera = FakeCamera::new().await;
    let server = TestServer::start(&[&detected, &named, &camera.source()]);
    let mut connection = camera.connected().await;
    connection.send(b"YUV4MPEG2 W336 H192 F5:1 C420jpeg\nFRAME\n").await;
    connection.send(&[100; 336 * 192 * 3 / 2]).await;
    for camera in ["cam1", "cam2", "cam3"] {
        let mut viewer = Viewer::connect(server.address, &format!("/cam/{camera}/ws/live")).await;
        viewer.frame().await;
    }
    for camera in server.status().await["cameras"].as_array().expect("a list") {
        assert!(has_track(camera, "pictures", 336) && has_track(camera, "video", 336), "{camera}");
    }
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_picture_is_there_with_its_last_byte() {
    let camera = FakeCamera::new().await;
    let address = camera.source().replace("tcp:", "tcp+yuv420p,size=320x240,rate=30:");
    let server = TestServer::start(&[&address]);
    let mut connection = camera.connected().await;
    let picture = vec![100; 320 * 240 * 3 / 2];
    let mut viewer = Viewer::connect(server.address, "/ws/live").await;
    for _ in 0..3 {
        // Nothing follows, and the frame comes all the same.
        connection.send(&picture).await;
        viewer.frame().await;
    }
    connection.send(&picture[..1000]).await;
    drop(connection);
    let torn = "Ended within a picture: 1000 of the 115200 bytes of a picture of 320x240 yuv420p had come";
    let said = |camera: &serde_json::Value| {
        let message = camera["message"].as_str().unwrap_or_default().to_lowercase();
        message.contains(&torn.to_lowercase())
    };
    server.until_camera("the torn picture is told", said).await;
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_file_of_pictures_is_played_in_a_loop() {
    let path = std::env::temp_dir().join(format!("lenscast-raw-{}.nv12", std::process::id()));
    let mut file = tokio::fs::File::create(&path).await.expect("a file");
    for number in 0..4 {
        file.write_all(&vec![60 + number; 64 * 48 * 3 / 2]).await.expect("room");
    }
    file.write_all(b"the rest of a torn one").await.expect("room");
    file.flush().await.expect("room");
    let server = TestServer::start(&[&format!("file+nv12,size=64x48,rate=60:{}", path.display())]);
    let mut viewer = Viewer::connect(server.address, "/ws/live").await;
    for _ in 0..12 {
        viewer.frame().await;
    }
    server.stop().await;
    tokio::fs::remove_file(&path).await.expect("ours");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_no_picture_is_told() {
    let table = [
        (
            "exec+yuv420p,size=64x48,rate=24:head -c 1000 /dev/zero",
            "has sent no whole picture: 1000 bytes came, and one of 64x48 yuv420p has 4608",
        ),
        (
            "exec:printf 'YUV4MPEG2 W16 H16 C444\\n'",
            "cannot be shown: YUV4MPEG2 in C444 is not read: use 8 bits",
        ),
        ("exec:printf 'YUV4MPEG2 W16 H16\\nFRAME\\n12'", "ended before a whole picture of YUV4MPEG2"),
        ("file+yuyv422,size=4096x4096,rate=24:Cargo.toml", "holds no whole picture: it has"),
    ];
    for (source, expected) in table {
        let server = TestServer::start(&[source]);
        let _viewer = Viewer::connect(server.address, "/ws/live").await;
        let said =
            |camera: &serde_json::Value| camera["message"].as_str().unwrap_or_default().contains(expected);
        server.until_camera(expected, said).await;
        server.stop().await;
    }
}

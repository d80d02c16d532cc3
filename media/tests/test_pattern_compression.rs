//! The frame clock is read from pictures that went through real encoders at low quality, and the
//! scaler, of ffmpeg.

use std::{
    io::Write,
    process::{Command, Stdio},
};

use lenscast_media::{
    picture::Size,
    test_pattern::{TestPattern, read_frame_clock_luma},
    time::Moment,
};

const FRAMES: u64 = 12;

#[test]
fn the_clock_survives_h264_mpeg1_and_jpeg() {
    let table: [(&str, &[&str]); 4] = [
        ("h264", &["-c:v", "libx264", "-preset", "ultrafast", "-crf", "42", "-f", "h264"]),
        ("mpeg1video", &["-c:v", "mpeg1video", "-q:v", "20", "-f", "mpeg1video"]),
        ("mjpeg", &["-c:v", "mjpeg", "-pix_fmt", "yuvj420p", "-q:v", "25", "-f", "mjpeg"]),
        ("vp8", &["-c:v", "libvpx", "-b:v", "200k", "-deadline", "realtime", "-f", "ivf"]),
    ];
    for (width, height) in [(1280, 720), (320, 240)] {
        let size = Size::new(width, height).expect("an allowed size");
        for (decoder, encoder) in table {
            let coded = ffmpeg(&raw_input(&size.to_string()), encoder, &pictures(size));
            let decoded = ffmpeg(&["-c:v", decoder], &["-pix_fmt", "gray", "-f", "rawvideo"], &coded);
            check(decoder, &decoded, size);
        }
    }
}

#[test]
fn the_clock_survives_scaling_to_320_and_back() {
    let size = Size::new(1280, 720).expect("an allowed size");
    for filter in ["bilinear", "bicubic", "area", "lanczos"] {
        let scale = format!("scale=320:180:flags={filter},scale=1280:720:flags={filter}");
        let output = ["-vf", &scale, "-pix_fmt", "gray", "-f", "rawvideo"];
        check(filter, &ffmpeg(&raw_input(&size.to_string()), &output, &pictures(size)), size);
    }
}

fn check(name: &str, luma: &[u8], size: Size) {
    let (width, height) = (size.width() as usize, size.height() as usize);
    let clocks =
        luma.chunks_exact(width * height).map(|luma| read_frame_clock_luma(luma, width, width, height));
    let numbers: Vec<_> = clocks.map(|clock| clock.map(|clock| u64::from(clock.number))).collect();
    assert_eq!(numbers, (0..FRAMES).map(Some).collect::<Vec<_>>(), "{name} at {size}");
}

fn pictures(size: Size) -> Vec<u8> {
    let mut pattern = TestPattern::new(size);
    let at = |number| Moment::from_micros(1_795_180_454_789_123 + number * 33_333);
    (0..FRAMES).flat_map(|number| pattern.draw(number, at(number), at(number)).as_bytes().to_vec()).collect()
}

fn raw_input(size: &str) -> [&str; 8] {
    ["-f", "rawvideo", "-pix_fmt", "yuv420p", "-r", "30", "-s", size]
}

fn ffmpeg(input: &[&str], output: &[&str], bytes: &[u8]) -> Vec<u8> {
    let mut child = Command::new("ffmpeg")
        .args(["-v", "error"])
        .args(input)
        .args(["-i", "-"])
        .args(output)
        .args(["-fps_mode", "passthrough", "-"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("ffmpeg is installed");
    let mut stdin = child.stdin.take().expect("a pipe");
    std::thread::scope(|scope| {
        scope.spawn(move || stdin.write_all(bytes).expect("ffmpeg reads all of it"));
        let output = child.wait_with_output().expect("ffmpeg runs");
        assert!(output.status.success(), "ffmpeg failed");
        output.stdout
    })
}

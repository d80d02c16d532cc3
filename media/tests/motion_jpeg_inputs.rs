//! Motion JPEG as real cameras send it: the pictures that ffmpeg counts come out, wherever the bytes are cut.

use lenscast_media::{
    arrival_clock::ArrivalClock,
    frame::Frame,
    input::{Format, InputStream, event::StreamEvent},
    time::Moment,
};

/// The frames of a stream that is pushed in these pieces, and what is wrong with it.
fn read<'a>(pieces: impl IntoIterator<Item = &'a [u8]>) -> (Option<Format>, Vec<Frame>, Vec<String>) {
    let now = Moment::from_micros(1);
    let mut stream = InputStream::new(None, ArrivalClock::new(now, 0, 3_000));
    let mut events = Vec::new();
    for piece in pieces {
        stream.push(piece, now, &mut events);
    }
    stream.end(now, &mut events);
    let (mut frames, mut troubles) = (Vec::new(), Vec::new());
    for event in events {
        match event {
            StreamEvent::Frame(frame, _) => frames.push(frame),
            StreamEvent::Trouble(trouble) => troubles.push(trouble.to_string()),
            StreamEvent::Lost => {}
        }
    }
    (stream.format(), frames, troubles)
}

fn payloads(frames: &[Frame]) -> Vec<&[u8]> {
    frames.iter().map(|frame| &frame.payload[..]).collect()
}

const CUT_OFF: &str = "a JPEG picture is cut off: it ends before all of it has come";
const DAMAGED: &str = "a JPEG picture is damaged: foreign bytes stand in it";
const EXTRA: &str = "a part holds more than one JPEG picture: the first is shown";

macro_rules! inputs {
    ($(($name:literal, $pictures:literal, $troubles:expr)),* $(,)?) => {
        [$(($name, &include_bytes!(concat!("../../tests/inputs/", $name, ".mjpeg"))[..], $pictures, $troubles)),*]
    };
}

/// Each with `ffprobe -count_frames`, where not said otherwise, and what is said of the rest.
fn table() -> [(&'static str, &'static [u8], usize, Vec<&'static str>); 18] {
    inputs![
        ("control-good", 4, vec![]),
        ("mjpeg-3000-ff-behind-each", 4, vec![]),
        ("mjpeg-3000-zeros-behind-each", 4, vec![]),
        ("mjpeg-end-of-image-missing", 4, vec![]),
        ("mjpeg-end-of-image-missing-zeros-instead", 4, vec![]),
        // ffmpeg counts 8, and shows the four that are cut off with grey below.
        ("mjpeg-every-second-picture-cut-off", 4, vec![CUT_OFF; 4]),
        // In each but the last two bytes of others were lost there: it is shown up to them, as ffmpeg does.
        ("mjpeg-ff-not-stuffed-in-coded-bytes", 4, vec![DAMAGED; 3]),
        ("mjpeg-multipart-behind-http-header", 4, vec![]),
        ("mjpeg-multipart-boundary-without-dashes", 4, vec![]),
        ("mjpeg-multipart-crlf-before-first-boundary", 4, vec![]),
        ("mjpeg-multipart-end-of-image-missing", 4, vec![]),
        ("mjpeg-multipart-headers-over-512-bytes", 4, vec![]),
        ("mjpeg-multipart-no-content-type", 4, vec![]),
        ("mjpeg-multipart-type-image-jpg", 4, vec![]),
        ("mjpeg-rgb-not-ycbcr", 3, vec![]),
        // `-f mjpeg` counts 8.
        ("mjpeg-two-pictures-in-one-part", 4, vec![EXTRA; 4]),
        ("mjpeg-two-start-markers", 4, vec![]),
        ("mjpeg-two-stray-bytes-between-segments", 4, vec![]),
    ]
}

#[test]
fn every_picture_comes_out() {
    for (name, bytes, pictures, troubles) in table() {
        let (format, frames, said) = read([bytes]);
        assert_eq!(
            (format, frames.len(), said),
            (Some(Format::Mjpeg), pictures, troubles.iter().map(|t| t.to_string()).collect()),
            "{name}"
        );
        for frame in &frames {
            assert_eq!(frame.config.size(), Some((64, 48)), "{name}");
            assert!(frame.payload.starts_with(&[0xff, 0xd8, 0xff]), "{name}");
            assert!(frame.payload.ends_with(&[0xff, 0xd9]), "{name}");
        }
    }
}

#[test]
fn no_cut_makes_a_difference() {
    for (name, bytes, ..) in table() {
        let (_, frames, troubles) = read([bytes]);
        // Each place within two pictures, then some.
        for cut in (1..bytes.len()).filter(|cut| *cut < 1_600 || cut % 17 == 0) {
            let (_, cut_frames, cut_troubles) = read([&bytes[..cut], &bytes[cut..]]);
            assert!(payloads(&frames) == payloads(&cut_frames), "{name}, cut at {cut}");
            assert_eq!(troubles, cut_troubles, "{name}, cut at {cut}");
        }
        let (_, single, said) = read(bytes.chunks(1));
        assert!(payloads(&frames) == payloads(&single), "{name}, byte by byte");
        assert_eq!(troubles, said, "{name}, byte by byte");
    }
}

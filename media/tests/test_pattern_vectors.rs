//! The frame clocks in e2e/frame-clock.vectors.json, which readers in other languages are tested with,
//! are those that are drawn here. With `LENSCAST_WRITE_VECTORS=1` the file is written anew.

use std::fmt::Write;

use lenscast_media::{
    picture::{RawPicture, Size},
    test_pattern::{FrameClock, draw_frame_clock, read_frame_clock},
    time::Moment,
};

const FILE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../e2e/frame-clock.vectors.json");

/// Width, height, frame number, capture time in microseconds.
const VECTORS: [(u32, u32, u64, u64); 5] = [
    (160, 90, 0, 0),
    (160, 120, 1, 1_795_180_454_789_123),
    (320, 180, 4_294_967_295, 1_795_180_454_789_199),
    (214, 120, 123_456_789, 429_496_729_599_999),
    (640, 360, 54_321, 1_900_000_000_000_000),
];

#[test]
fn the_vectors_are_what_is_drawn() {
    let drawn = json();
    if std::env::var_os("LENSCAST_WRITE_VECTORS").is_some() {
        std::fs::write(FILE, &drawn).expect("e2e/ can be written");
    }
    let committed = std::fs::read_to_string(FILE).expect("e2e/frame-clock.vectors.json");
    assert!(
        committed == drawn,
        "the frame clock changed; say so in docs/frame-clock.md, then write the vectors"
    );
}

fn json() -> String {
    let mut out = String::from("[\n");
    for (index, (width, height, number, captured_at)) in VECTORS.into_iter().enumerate() {
        let mut picture = RawPicture::black(Size::new(width, height).expect("an allowed size"));
        let clock = FrameClock::new(number, Moment::from_micros(captured_at));
        draw_frame_clock(&mut picture, clock);
        assert_eq!(read_frame_clock(&picture), Some(clock));
        let rows = rows(&picture);
        let comma = if index + 1 < VECTORS.len() { "," } else { "" };
        writeln!(
            out,
            "  {{\"width\": {width}, \"height\": {height}, \"number\": {number}, \"captured_at_micros\": {captured_at}, \"rows\": [\n    {}\n  ]}}{comma}",
            rows.join(",\n    ")
        )
        .expect("a string takes all");
    }
    out.push_str("]\n");
    out
}

/// The lines of the two rows: how many are alike, and one of them as hexadecimal luma.
fn rows(picture: &RawPicture) -> Vec<String> {
    let (width, height) = (picture.size().width() as usize, picture.size().height() as usize);
    let lines: Vec<&[u8]> = picture.planes().0.chunks(width).take(4 * height / 45).collect();
    let alike = lines.chunk_by(|one, next| one == next);
    alike
        .map(|lines| {
            let luma: String = lines[0].iter().map(|luma| format!("{luma:02x}")).collect();
            format!("{{\"lines\": {}, \"luma\": \"{luma}\"}}", lines.len())
        })
        .collect()
}

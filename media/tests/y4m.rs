//! YUV4MPEG2: what its header says, and its pictures however they are cut.

use lenscast_media::{
    pixels::PixelFormat,
    time::Moment,
    y4m::{Picture, Splitter, Y4mError},
};

const BYTES: usize = 16 * 16 * 3 / 2;

/// A stream with this header and these lines before its pictures.
fn stream(header: &str, frames: &[&str]) -> Vec<u8> {
    let mut bytes = format!("YUV4MPEG2 {header}\n").into_bytes();
    for (number, frame) in frames.iter().enumerate() {
        bytes.extend_from_slice(format!("FRAME{frame}\n").as_bytes());
        // A byte that ends lines, too.
        bytes.extend((0..BYTES).map(|at| ((at + number) % 13) as u8));
    }
    bytes
}

fn split(pieces: &[&[u8]]) -> Result<Vec<Picture>, Y4mError> {
    let (mut splitter, mut pictures) = (Splitter::default(), Vec::new());
    for piece in pieces {
        splitter.push(piece, Moment::from_micros(7), &mut pictures)?;
    }
    Ok(pictures)
}

#[test]
fn a_header_says_size_rate_and_format() {
    let table = [
        ("W640 H480 F25:1 Ip A1:1 C420jpeg", "640x480", PixelFormat::Yuv420p, 3_600, false),
        ("H18 W16", "16x18", PixelFormat::Yuv420p, 3_600, false),
        ("W16 H16 F30000:1001 C420mpeg2 XYSCSS=420MPEG2", "16x16", PixelFormat::Yuv420p, 3_003, false),
        ("W16 H16 F1:5 C420paldv XCOLORRANGE=LIMITED", "16x16", PixelFormat::Yuv420p, 450_000, false),
        ("W16 H16 F0:0 It C420 XCOLORRANGE=FULL", "16x16", PixelFormat::Yuv420p, 3_600, true),
        ("W16 H16 F0:1", "16x16", PixelFormat::Yuv420p, 3_600, false),
        ("W16 H16 F1000000:1", "16x16", PixelFormat::Yuv420p, 375, false),
        ("W16 H16 F1:4000000000", "16x16", PixelFormat::Yuv420p, 9_000_000, false),
        ("W16 H16 C422", "16x16", PixelFormat::Yuv422p, 3_600, false),
        ("W16 H16 Cmono \u{e9}", "16x16", PixelFormat::Gray, 3_600, false),
    ];
    for (text, size, format, period, is_full_range) in table {
        let mut bytes = stream(text, &[""]);
        bytes.resize(700_000, 0);
        let (mut splitter, mut pictures) = (Splitter::default(), Vec::new());
        let _ = splitter.push(&bytes, Moment::default(), &mut pictures);
        let header = pictures.first().expect(text).header;
        let found = (header.layout.size().to_string(), header.layout.format(), header.period_90k);
        assert_eq!(found, (size.to_owned(), format, period), "{text}");
        assert_eq!(header.colours.is_full_range, is_full_range, "{text}");
    }
}

#[test]
fn what_is_not_read_is_said() {
    let table: [(&str, Vec<u8>, &str); 10] = [
        (
            "10 bits",
            stream("W16 H16 C420p10", &[]),
            "in C420p10 is not read: use 8 bits in 4:2:0 (ffmpeg: -pix_fmt",
        ),
        ("4:4:4", stream("W16 H16 C444", &[]), "in C444 is not read"),
        ("alpha", stream("W16 H16 C444alpha", &[]), "in C444alpha is not read"),
        ("an odd width", stream("W17 H16", &[]), "width 17 is not allowed"),
        ("a large height", stream("W16 H65536", &[]), "height 65536 is not allowed"),
        ("no height", stream("W16", &[]), "says no size"),
        ("words for numbers", stream("Wx Hy", &[]), "says no size"),
        ("no header", b"FRAME\n".to_vec(), "does not begin with its header"),
        ("a header without an end", stream(&"x".repeat(2_000), &[]), "does not begin with its header"),
        (
            "rubbish between",
            [stream("W16 H16", &[""]), b"rubbish".to_vec()].concat(),
            "picture 2 of YUV4MPEG2",
        ),
    ];
    for (name, bytes, expected) in table {
        let error = split(&[&bytes]).expect_err(name).to_string();
        assert!(error.contains(expected), "{name}: {error}");
    }
}

#[test]
fn pictures_come_whole_however_they_are_cut() {
    let first = stream("W16 H16 F5:1", &["", " Ixyz", ""]);
    let bytes = [first, stream("W16 H16 F9:1", &[""]), b"FRAME\n\x01".to_vec()].concat();
    let whole = split(&[&bytes]).expect("right");
    assert_eq!(
        whole.iter().map(|picture| picture.header.period_90k).collect::<Vec<_>>(),
        [18_000, 18_000, 18_000, 10_000]
    );
    assert!(whole.iter().all(|picture| picture.bytes.len() == BYTES && picture.received_at.as_micros() == 7));
    assert_eq!(whole[1].bytes[..3], [1, 2, 3]);
    for cut in 0..=bytes.len() {
        let (before, behind) = bytes.split_at(cut);
        assert_eq!(split(&[before, behind]).expect("right"), whole, "cut at {cut}");
    }
    assert_eq!(split(&bytes.chunks(1).collect::<Vec<_>>()).expect("right"), whole);
}

#[test]
fn errors_do_not_depend_on_cuts() {
    let bytes = [stream("W16 H16", &[""]), b"FRAMER".to_vec(), vec![1; 2_000]].concat();
    for bytes in [&bytes[..], b"YUV5", b"YUV4MPEG2 W16 H16 C444\n"] {
        let whole = split(&[bytes]);
        for cut in 0..=bytes.len() {
            let (before, behind) = bytes.split_at(cut);
            assert_eq!(split(&[before, behind]), whole, "cut at {cut}");
        }
    }
}

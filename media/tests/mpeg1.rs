//! The splitter of MPEG-1 video against streams that ffmpeg made, whole, cut anywhere, and damaged.

use std::path::{Path, PathBuf};

use lenscast_media::mpeg1::{
    MAX_PICTURE_BYTES,
    header::PictureCoding,
    splitter::{Picture, SplitError, Splitter},
};

type Given = Vec<Result<Picture, SplitError>>;

/// What ffprobe says of a picture.
#[derive(Debug, PartialEq, Eq)]
struct Packet {
    at: usize,
    bytes: usize,
    is_key: bool,
}

fn golden() -> Vec<(String, Vec<u8>, Vec<Packet>)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden_mpeg1");
    let mut streams: Vec<PathBuf> = std::fs::read_dir(folder)
        .expect("a folder")
        .map(|entry| entry.expect("an entry").path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "m1v"))
        .collect();
    streams.sort();
    assert!(streams.len() >= 4, "golden streams have moved");
    let read = |path: PathBuf| {
        let described = std::fs::read_to_string(path.with_extension("ffprobe")).expect("made beside it");
        let packets = described.lines().filter(|line| line.starts_with("packet|")).map(packet).collect();
        let bytes = std::fs::read(&path).expect("a file");
        (path.file_stem().expect("a name").to_string_lossy().into_owned(), bytes, packets)
    };
    streams.into_iter().map(read).collect()
}

fn packet(line: &str) -> Packet {
    let field = |name: &str| {
        let found = line.split('|').find_map(|field| field.strip_prefix(name)?.strip_prefix('='));
        found.expect("ffprobe says it")
    };
    Packet {
        at: field("pos").parse().expect("a number"),
        bytes: field("size").parse().expect("a number"),
        is_key: field("flags").starts_with('K'),
    }
}

fn split<'a>(pieces: impl IntoIterator<Item = &'a [u8]>) -> Given {
    let mut splitter = Splitter::new();
    let mut given = Vec::new();
    for piece in pieces {
        splitter.push(piece, |picture| given.push(picture));
    }
    given.extend(splitter.complete());
    given
}

#[test]
fn pictures_are_those_that_ffprobe_finds() {
    for (name, bytes, packets) in golden() {
        let pictures = split([&bytes[..]]);
        let mut at = 0;
        let found: Vec<Packet> = pictures
            .iter()
            .map(|picture| {
                let picture = picture.as_ref().expect(&name);
                let packet = Packet { at, bytes: picture.bytes.len(), is_key: picture.sequence.is_some() };
                assert_eq!(picture.bytes, bytes[at..at + packet.bytes], "{name}");
                assert_eq!(picture.sequence.is_some(), picture.coding == PictureCoding::Intra, "{name}");
                at += packet.bytes;
                packet
            })
            .collect();
        assert_eq!((found, at), (packets, bytes.len()), "{name}");
    }
}

#[test]
fn sizes_and_rates_are_those_of_the_stream() {
    let sizes = |name: &str| {
        let (_, bytes, _) = golden().into_iter().find(|(stream, ..)| stream == name).expect("it is there");
        let mut sizes: Vec<_> = split([&bytes[..]])
            .into_iter()
            .filter_map(|picture| picture.expect("whole").sequence)
            .map(|header| (header.width, header.height, header.frame_rate.to_string()))
            .collect();
        sizes.dedup();
        sizes
    };
    assert_eq!(sizes("low-delay"), [(160, 120, "24".into())]);
    assert_eq!(sizes("size-change"), [(128, 96, "30".into()), (192, 144, "25".into())]);
}

#[test]
fn it_does_not_matter_how_a_stream_is_cut() {
    for (name, bytes, _) in golden() {
        let whole = split([&bytes[..]]);
        for length in [1, 3, 4096] {
            assert_eq!(split(bytes.chunks(length)), whole, "{name} in pieces of {length}");
        }
        // Every cut of the first two pictures' beginnings and ends.
        let second = whole[0].as_ref().expect(&name).bytes.len();
        let short = &bytes[..second + 200];
        let whole = split([short]);
        for cut in (0..200).chain(second - 200..short.len()) {
            let (front, back) = short.split_at(cut);
            assert_eq!(split([front, back]), whole, "{name} cut at {cut}");
        }
    }
}

#[test]
fn a_picture_is_given_when_it_is_said_to_be_complete() {
    for (name, bytes, packets) in golden() {
        let whole = split([&bytes[..]]);
        let mut splitter = Splitter::new();
        let mut given: Given = Vec::new();
        for packet in &packets {
            splitter.push(&bytes[packet.at..packet.at + packet.bytes], |picture| given.push(picture));
            assert_eq!(splitter.pending_bytes(), packet.bytes, "{name}");
            given.extend(splitter.complete());
            assert_eq!((splitter.pending_bytes(), splitter.complete()), (0, None), "{name}");
        }
        assert_eq!(given, whole, "{name}");
    }
}

#[test]
fn a_picture_that_went_on_is_told_and_the_next_is_whole_again() {
    for (name, bytes, packets) in golden() {
        let whole = split([&bytes[..]]);
        let second = &packets[1];
        // Wherever it was cut behind its header: some of its slices, or some of one, come later.
        for cut in (second.at + 8..second.at + second.bytes).step_by(397) {
            let mut splitter = Splitter::new();
            let mut given: Given = Vec::new();
            splitter.push(&bytes[..cut], |picture| given.push(picture));
            given.extend(splitter.complete());
            splitter.push(&bytes[cut..], |picture| given.push(picture));
            given.extend(splitter.complete());
            assert_eq!(given[2], Err(SplitError::WentOn), "{name} at {cut}");
            assert_eq!(given[3..], whole[2..], "{name} at {cut}");
        }
    }
}

#[test]
fn what_is_no_picture_is_passed_over() {
    let (_, bytes, packets) = golden().remove(0);
    let whole = split([&bytes[..packets[2].at]]);
    let garbage: [&[u8]; 5] =
        [b"garbage", &[0; 9], &[0, 0, 1, 0x01, 7, 7], &[0, 0, 1, 0xba, 1, 2], &[0xff; 5000]];
    for garbage in garbage {
        for length in [1, 3, 10_000] {
            let stream = [garbage, &bytes[..packets[2].at]].concat();
            assert_eq!(split(stream.chunks(length)), whole, "{:02x?} in pieces of {length}", &garbage[..3]);
        }
    }
    // The end of a sequence, and zeros, between two pictures.
    let (first, second) = bytes[..packets[2].at].split_at(packets[1].at);
    let mut splitter = Splitter::new();
    let mut given: Given = Vec::new();
    for piece in [first, &[0, 0, 1, 0xb7], &[0; 5], second] {
        splitter.push(piece, |picture| given.push(picture));
    }
    given.extend(splitter.complete());
    assert_eq!(given, whole);
}

#[test]
fn a_picture_that_no_player_can_hold_is_left_out() {
    let (_, bytes, packets) = golden().remove(0);
    let (first, rest) = bytes.split_at(packets[1].at);
    for excess in [0, 1, 5_000, 3 * MAX_PICTURE_BYTES] {
        let mut stream = first.to_vec();
        stream.resize(MAX_PICTURE_BYTES + excess, 0x55);
        stream.extend_from_slice(rest);
        let whole = split([&bytes[..]]);
        for length in [1_000, 65_536, usize::MAX] {
            let given = split(stream.chunks(length));
            let met = given[0].as_ref().map(|picture| picture.bytes.len());
            let expected = if excess == 0 { Ok(MAX_PICTURE_BYTES) } else { Err(&SplitError::TooLong) };
            assert_eq!(met, expected, "{excess} in pieces of {length}");
            assert_eq!(given[1..], whole[1..], "{excess} in pieces of {length}");
        }
    }
}

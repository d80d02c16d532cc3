//! MPEG-1 video: what the splitter gives does not depend on cuts, is a part of the stream in order, and is bounded;
//! whatever is said to be complete; what is made of a picture for the old player has no start code of a picture; and what
//! our encoder makes of any pixels is one picture, whole.
#![no_main]

use lenscast_media::{
    mpeg1::{
        MAX_PICTURE_BYTES,
        frame_rate::FrameRate,
        intra::IntraEncoder,
        jsmp::{PICTURE_START_CODE, behind_start_code},
        splitter::{Picture, SplitError, Splitter},
    },
    picture::{RawPicture, Size},
};
use libfuzzer_sys::fuzz_target;

type Given = Vec<Result<Picture, SplitError>>;

fuzz_target!(|data: &[u8]| {
    let [cut, signal, bytes @ ..] = data else { return };
    let whole = split([bytes]);
    assert_eq!(split(bytes.chunks(usize::from(*cut % 17) + 1)), whole);
    in_order(bytes, &whole);
    for picture in whole.iter().flatten() {
        let rest = behind_start_code(&picture.bytes);
        assert!(!rest.windows(4).any(|four| four == PICTURE_START_CODE));
    }
    let mut splitter = Splitter::new();
    let mut given = Vec::new();
    for piece in bytes.chunks(usize::from(*signal % 31) + 1) {
        splitter.push(piece, |picture| given.push(picture));
        given.extend(splitter.complete());
        assert_eq!((splitter.complete(), splitter.pending_bytes() <= MAX_PICTURE_BYTES + 3), (None, true));
    }
    in_order(bytes, &given);
    encoded(*signal, bytes);
});

/// Pixels of the input, over and over, encoded at a coarse scale and at a fine one.
fn encoded(rate: u8, pixels: &[u8]) {
    let size = Size::new(18, 34).expect("allowed");
    let planes: Vec<u8> = pixels.iter().copied().cycle().take(size.picture_bytes()).collect();
    let Some(picture) = RawPicture::from_planes(size, planes) else { return };
    for bits_per_second in [1, 1 << 30] {
        let mut encoder = IntraEncoder::new(size, FrameRate::nearest(rate.into()), bits_per_second);
        for _ in 0..2 {
            let coded = encoder.encode(&picture).expect("a small picture is never too long");
            assert_eq!(split([&coded.bytes[..]]), [Ok(coded)]);
        }
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

/// Every picture stands in the stream, behind the one before.
fn in_order(bytes: &[u8], given: &Given) {
    let mut rest = bytes;
    for picture in given.iter().flatten() {
        assert!(picture.bytes.len() <= MAX_PICTURE_BYTES + 3);
        let at = rest.windows(picture.bytes.len()).position(|window| window == picture.bytes);
        rest = &rest[at.expect("it is a part of the stream") + picture.bytes.len()..];
    }
}

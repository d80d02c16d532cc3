//! YUV4MPEG2 to pictures: they do not depend on cuts, and each has the bytes of its layout.
#![no_main]

use lenscast_media::{
    time::Moment,
    y4m::{Picture, Splitter, Y4mError},
};
use libfuzzer_sys::fuzz_target;

fn split(pieces: &[&[u8]]) -> (Vec<Picture>, Result<(), Y4mError>) {
    let (mut splitter, mut pictures) = (Splitter::default(), Vec::new());
    let pushed =
        pieces.iter().try_for_each(|piece| splitter.push(piece, Moment::from_micros(1), &mut pictures));
    (pictures, pushed)
}

fuzz_target!(|data: &[u8]| {
    let whole = split(&[data]);
    assert!(whole.0.iter().all(|picture| picture.bytes.len() == picture.header.layout.bytes()));
    let (before, behind) = data.split_at(data.len() / 2);
    assert_eq!(split(&[before, behind]), whole);
    assert_eq!(split(&data.chunks(7).collect::<Vec<_>>()), whole);
});

//! Pictures in bytes: what is found does not depend on cuts, and is what it says.
#![no_main]

use lenscast_media::jpeg::{JpegError, JpegPicture, JpegSplitter};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let [cut, bytes @ ..] = data else { return };
    let whole = run([bytes]);
    assert_eq!(whole, run(bytes.chunks(usize::from(*cut) + 1)));
    for picture in whole.into_iter().flatten() {
        assert!(picture.width > 0 && picture.height > 0 && (1..=8).contains(&picture.orientation));
        assert!(picture.bytes.starts_with(&[0xff, 0xd8]) && picture.bytes.ends_with(&[0xff, 0xd9]));
        if !contains(bytes, &picture.bytes) {
            // Repaired, which can make a marker of what was none.
            continue;
        }
        let with_tables = picture.into_bytes_with_tables();
        let again = run([&with_tables[..]]);
        assert!(matches!(&again[..], [Ok(same)] if same.bytes == with_tables && same.has_tables));
    }
});

fn contains(bytes: &[u8], picture: &[u8]) -> bool {
    bytes.windows(picture.len()).any(|window| window == picture)
}

fn run<'a>(pieces: impl IntoIterator<Item = &'a [u8]>) -> Vec<Result<JpegPicture, JpegError>> {
    let mut splitter = JpegSplitter::new();
    let mut found = Vec::new();
    for piece in pieces {
        splitter.push(piece, |picture| found.push(picture));
    }
    splitter.end(|picture| found.push(picture));
    found
}

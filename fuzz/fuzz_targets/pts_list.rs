//! What `rpicam-vid --save-pts` writes: no panic, bounded memory, and times do not depend on cuts.
#![no_main]

// Pure, and needs nothing of the server.
#[path = "../../src/source/ingest/pts_list.rs"]
mod pts_list;

use libfuzzer_sys::fuzz_target;
use pts_list::PtsList;

fuzz_target!(|data: &[u8]| {
    let [cut, bytes @ ..] = data else { return };
    let whole = times(bytes, bytes.len().max(1));
    assert!(whole.1 <= 1);
    assert_eq!(whole, times(bytes, usize::from(*cut) + 1));
});

fn times(bytes: &[u8], piece: usize) -> (Vec<u64>, usize) {
    let mut list = PtsList::new();
    let (mut times, mut errors) = (Vec::new(), 0);
    for piece in bytes.chunks(piece) {
        list.push(piece);
        loop {
            match list.next() {
                Ok(Some(time)) => times.push(time),
                Ok(None) => break,
                Err(_) => errors += 1,
            }
        }
    }
    (times, errors)
}

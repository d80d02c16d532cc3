//! The splitter: what it gives does not depend on cuts and is what the plain way finds; memory is bounded.
#![no_main]

use lenscast_media::h264::annexb::{AnnexBError, SplitUnit, Splitter};
use libfuzzer_sys::fuzz_target;

type Given = Vec<Result<SplitUnit, AnnexBError>>;

fuzz_target!(|data: &[u8]| {
    let [limit, cut, signal, bytes @ ..] = data else { return };
    let limit = usize::from(*limit);
    let whole = split(limit, [bytes]);
    let pieces = bytes.chunks(usize::from(*cut % 17) + 1);
    assert_eq!(split(limit, pieces), whole);
    assert_eq!(whole, plain(limit, bytes));
    with_signals(limit, bytes, usize::from(*signal % 31) + 1);
});

fn split<'a>(limit: usize, pieces: impl IntoIterator<Item = &'a [u8]>) -> (Given, u64) {
    let mut splitter = Splitter::with_limit(limit);
    let mut given = Vec::new();
    let mut pushed = 0;
    for piece in pieces {
        splitter.push(piece, |unit| given.push(unit));
        pushed += piece.len() as u64;
        assert!(splitter.bytes_without_start_code() <= pushed);
    }
    given.extend(splitter.end());
    (given, splitter.bytes_without_start_code())
}

/// Start codes, the units between them, and the bytes that stand in none.
fn plain(limit: usize, bytes: &[u8]) -> (Given, u64) {
    let codes: Vec<usize> =
        (2..bytes.len()).filter(|&at| bytes[at - 2..=at] == [0, 0, 1]).map(|at| at - 2).collect();
    // A zero in front belongs to the start code, unless it stands in the code before.
    let lost = |from: usize, to: usize| {
        let zero = to < bytes.len() && to > from && bytes[to - 1] == 0;
        (to - from - usize::from(zero)) as u64
    };
    let mut without = lost(0, codes.first().copied().unwrap_or(bytes.len()));
    let mut given = Vec::new();
    for (index, code) in codes.iter().enumerate() {
        let start = code + 3;
        let next = codes.get(index + 1).copied().unwrap_or(bytes.len());
        let zeros = bytes[start..next].iter().rev().take_while(|&&byte| byte == 0).count();
        let unit = &bytes[start..next - zeros];
        let offset = start as u64;
        if unit.len() > limit {
            given.push(Err(AnnexBError::TooLong { offset, limit }));
            without += lost(start, next);
        } else if !unit.is_empty() {
            given.push(Ok(SplitUnit { bytes: unit.to_vec().into(), offset }));
        }
    }
    (given, without)
}

/// Outside signals in any place: every unit given is a part of the stream, in order.
fn with_signals(limit: usize, bytes: &[u8], step: usize) {
    let mut splitter = Splitter::with_limit(limit);
    let mut given: Given = Vec::new();
    for piece in bytes.chunks(step) {
        splitter.push(piece, |unit| given.push(unit));
        given.extend(splitter.complete());
        assert_eq!(splitter.complete(), None);
    }
    given.extend(splitter.end());
    let mut position = 0;
    for unit in given.iter().flatten() {
        let at = usize::try_from(unit.offset).expect("a small stream");
        assert!(at >= position);
        assert_eq!(bytes[at..at + unit.bytes.len()], unit.bytes);
        assert!(!unit.bytes.is_empty() && unit.bytes.len() <= limit);
        position = at + unit.bytes.len();
    }
}

//! Writing as the C library's `fwrite` and `fflush` do to a pipe, which is how `rpicam-vid --flush` writes.
//!
//! ```text
//! 9000 bytes: write(4096) write(4096) write(808)      120000: write(4096) write(114688) write(1216)
//! ```
//! The first block fills the empty buffer, whole blocks pass it by, and the flush writes the rest.

use std::{io, os::fd::AsFd};

/// Size of the buffer: the page size of the machines this stands for.
pub(super) const BLOCK_BYTES: usize = 4096;

/// Writes all of `bytes` to `out`.
pub(super) fn write_as_stdio(out: &impl AsFd, bytes: &[u8]) -> io::Result<()> {
    for piece in pieces(bytes) {
        write_all(out, piece)?;
    }
    Ok(())
}

fn pieces(bytes: &[u8]) -> impl Iterator<Item = &[u8]> {
    let first = if bytes.len() < BLOCK_BYTES { 0 } else { BLOCK_BYTES };
    let blocks = bytes.len() / BLOCK_BYTES * BLOCK_BYTES;
    [&bytes[..first], &bytes[first..blocks.max(first)], &bytes[blocks.max(first)..]]
        .into_iter()
        .filter(|piece| !piece.is_empty())
}

fn write_all(out: &impl AsFd, mut bytes: &[u8]) -> io::Result<()> {
    while !bytes.is_empty() {
        match rustix::io::write(out, bytes) {
            Ok(written) => bytes = &bytes[written..],
            Err(rustix::io::Errno::INTR) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_are_those_of_the_c_library() {
        let table: [(usize, &[usize]); 6] = [
            (1000, &[1000]),
            (4096, &[4096]),
            (5000, &[4096, 904]),
            (9000, &[4096, 4096, 808]),
            (50_000, &[4096, 45_056, 848]),
            (120_000, &[4096, 114_688, 1216]),
        ];
        for (length, expected) in table {
            let bytes = vec![0; length];
            assert_eq!(pieces(&bytes).map(<[u8]>::len).collect::<Vec<_>>(), expected, "{length}");
        }
    }
}

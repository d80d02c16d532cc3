//! Repairs of a picture: what every browser's decoder passes over in silence, and other decoders refuse.
//!
//! ```text
//! FFD8 FFD8 FFE0 …  00 00  FFDB …   coded  ff 10  coded      as it came
//! FFD8      FFE0 …         FFDB …   coded  ff 00 10  coded   as it is passed on
//! ```
//! Positions are those of the picture as it came; the repairs are made at once when it is complete.

use std::ops::Range;

use bytes::{Bytes, BytesMut};

/// Repairs of one picture at most. Where there are more, nothing about it can be believed.
const MAX_REPAIRS: usize = 4_096;

/// What is to be done with a picture, in the order of its bytes.
#[derive(Debug, Default)]
pub(super) struct Repairs {
    list: Vec<Repair>,
}

#[derive(Debug)]
enum Repair {
    /// These bytes do not belong to the picture.
    Remove(Range<usize>),
    /// A zero is missing behind a coded byte of 255, here.
    Stuff(usize),
}

impl Repairs {
    /// `bytes` are removed; what stands directly behind the ones before is one repair with them.
    pub(super) fn remove(&mut self, bytes: Range<usize>) {
        match self.list.last_mut() {
            Some(Repair::Remove(before)) if before.end == bytes.start => before.end = bytes.end,
            _ => self.list.push(Repair::Remove(bytes)),
        }
    }

    /// A zero is put before the byte at `at`.
    pub(super) fn stuff(&mut self, at: usize) {
        self.list.push(Repair::Stuff(at));
    }

    /// Whether a zero is put before the byte at `at`.
    pub(super) fn is_stuffed(&self, at: usize) -> bool {
        let found = self.list.binary_search_by_key(&at, |repair| match repair {
            Repair::Remove(bytes) => bytes.start,
            Repair::Stuff(before) => *before,
        });
        found.is_ok_and(|index| matches!(self.list[index], Repair::Stuff(_)))
    }

    /// Before which byte the first zero is put.
    pub(super) fn first_stuffed(&self) -> Option<usize> {
        self.list.iter().find_map(|repair| match repair {
            Repair::Stuff(before) => Some(*before),
            Repair::Remove(_) => None,
        })
    }

    /// Whether nothing is repaired.
    pub(super) const fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    /// Whether there are too many.
    pub(super) fn are_too_many(&self) -> bool {
        self.list.len() > MAX_REPAIRS
    }

    /// Forgets what stands at `end` or behind it.
    pub(super) fn cut(&mut self, end: usize) {
        self.list.retain(|repair| match repair {
            Repair::Remove(bytes) => bytes.start < end,
            Repair::Stuff(before) => *before < end,
        });
    }

    /// The picture with all repairs made; none stands behind its end.
    pub(super) fn made(&self, picture: BytesMut) -> Bytes {
        if self.list.is_empty() {
            return picture.freeze();
        }
        let mut made = BytesMut::with_capacity(picture.len() + self.list.len());
        let mut at = 0;
        for repair in &self.list {
            let (to, zero, next): (usize, &[u8], usize) = match repair {
                Repair::Remove(bytes) => (bytes.start, &[], bytes.end),
                Repair::Stuff(before) => (*before, &[0], *before),
            };
            made.extend_from_slice(&picture[at..to]);
            made.extend_from_slice(zero);
            at = next.min(picture.len());
        }
        made.extend_from_slice(&picture[at..]);
        made.freeze()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_are_removed_and_stuffed() {
        let mut repairs = Repairs::default();
        repairs.remove(2..3);
        repairs.remove(3..4);
        repairs.stuff(6);
        repairs.remove(8..9);
        assert_eq!(repairs.list.len(), 3);
        assert!(repairs.is_stuffed(6) && !repairs.is_stuffed(2) && !repairs.is_stuffed(5));
        assert_eq!(repairs.made(BytesMut::from(&b"0123456789"[..])), b"0145\x00679"[..]);
        repairs.cut(6);
        assert_eq!(repairs.made(BytesMut::from(&b"012345"[..])), b"0145"[..]);
    }
}

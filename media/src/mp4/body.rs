//! The fragments of one endless body: their numbers begin at 1 and their decode times at 0, as in a file.
//!
//! ```text
//! the frame's fragment   moof mfhd(N) traf tfhd tfdt(T)    │ trun mdat …
//! this body's            moof mfhd(1) traf tfhd tfdt(T-T₀) │ the same bytes
//! ```
//! Some players (VLC 3) take a first fragment with another number for a hole, and a late time for one to wait for. A body
//! pays for the 68 bytes in front with a copy; the rest is shared by all viewers.

use bytes::{Bytes, BytesMut};

use super::fragment::{DECODE_TIME_AT, HEAD_BYTES, SEQUENCE_AT};

/// Room for this many heads is taken at once.
const HEADS: usize = 32;

/// Numbers and times of one body.
#[derive(Debug, Default)]
pub struct BodyTimeline {
    sequence: u32,
    /// Decode time of its first fragment.
    begins: Option<u64>,
    /// Where heads are written. Its memory is used again when they are sent.
    heads: BytesMut,
}

impl BodyTimeline {
    /// The next fragment of the body: a head of its own, and what follows, shared. `fragment` is what
    /// [`super::fragment()`] and its siblings make.
    pub fn place(&mut self, fragment: &Bytes) -> [Bytes; 2] {
        let Some((head, _)) = fragment.split_at_checked(HEAD_BYTES) else {
            return [fragment.clone(), Bytes::new()];
        };
        let time = head.last_chunk().map_or(0, |time| u64::from_be_bytes(*time));
        let begins = *self.begins.get_or_insert(time);
        // Counts from 1 and wraps with its 32 bits.
        self.sequence = self.sequence.wrapping_add(1);
        if self.heads.capacity() < HEAD_BYTES {
            self.heads.reserve(HEADS * HEAD_BYTES);
        }
        self.heads.extend_from_slice(head);
        self.heads[SEQUENCE_AT..SEQUENCE_AT + 4].copy_from_slice(&self.sequence.to_be_bytes());
        self.heads[DECODE_TIME_AT..].copy_from_slice(&time.saturating_sub(begins).to_be_bytes());
        [self.heads.split().freeze(), fragment.slice(HEAD_BYTES..)]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A fragment of which only number, time and what is behind the head matter.
    fn fragment(sequence: u32, time: u64) -> Bytes {
        let mut bytes = vec![7; HEAD_BYTES + 5];
        bytes[SEQUENCE_AT..SEQUENCE_AT + 4].copy_from_slice(&sequence.to_be_bytes());
        bytes[DECODE_TIME_AT..HEAD_BYTES].copy_from_slice(&time.to_be_bytes());
        bytes.into()
    }

    #[test]
    fn each_body_counts_from_1_and_begins_at_0() {
        let table = [
            ("a server of seconds", [(1, 0), (2, 3_000), (3, 6_000)], [0, 3_000, 6_000]),
            (
                "a server of days",
                [(9_000_000, 27_000_000_042), (9_000_001, 27_000_003_042), (9_000_002, 27_000_006_042)],
                [0, 3_000, 6_000],
            ),
            ("a viewer that skips", [(50, 150_000), (51, 153_000), (90, 270_000)], [0, 3_000, 120_000]),
            (
                "more than 32 bits",
                [(u32::MAX, u64::MAX - 6_000), (0, u64::MAX - 3_000), (1, u64::MAX)],
                [0, 3_000, 6_000],
            ),
        ];
        for (name, fragments, times) in table {
            let mut body = BodyTimeline::default();
            for (at, ((sequence, time), expected)) in fragments.into_iter().zip(times).enumerate() {
                let shared = fragment(sequence, time);
                let placed = body.place(&shared);
                assert_eq!(placed.concat(), fragment(at as u32 + 1, expected), "{name}: fragment {at}");
                assert_eq!(placed[1].as_ptr(), shared[HEAD_BYTES..].as_ptr(), "{name}: the rest is shared");
            }
        }
    }

    #[test]
    fn memory_of_heads_is_used_again_once_they_are_sent() {
        let (mut body, shared) = (BodyTimeline::default(), fragment(1, 0));
        let mut places = std::collections::BTreeSet::new();
        for _ in 0..10_000 {
            places.insert(body.place(&shared)[0].as_ptr() as usize);
        }
        assert!(places.len() <= 2 * HEADS, "{} places", places.len());
    }

    #[test]
    fn what_is_no_fragment_stays_as_it_is() {
        for length in [0, 1, HEAD_BYTES - 1] {
            let bytes = Bytes::from(vec![1; length]);
            assert_eq!(BodyTimeline::default().place(&bytes), [bytes, Bytes::new()]);
        }
    }
}

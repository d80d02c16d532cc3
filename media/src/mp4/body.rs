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
use crate::pcm::samples_in;

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
        let begins = *self.begins.get_or_insert(decode_time(fragment));
        self.place_from(begins, fragment)
    }

    /// The next fragment of sound ([`super::sound_fragment`]); `None` for one that is before the first of the video.
    pub fn place_sound(&mut self, fragment: &Bytes) -> Option<[Bytes; 2]> {
        let begins = i64::try_from(self.begins?).ok()?;
        let begins = u64::try_from(samples_in(begins)).ok()?;
        (decode_time(fragment) >= begins).then(|| self.place_from(begins, fragment))
    }

    fn place_from(&mut self, begins: u64, fragment: &Bytes) -> [Bytes; 2] {
        let Some((head, _)) = fragment.split_at_checked(HEAD_BYTES) else {
            return [fragment.clone(), Bytes::new()];
        };
        let time = decode_time(fragment);
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

/// The decode time in the head of a fragment.
fn decode_time(fragment: &[u8]) -> u64 {
    let head = fragment.get(..HEAD_BYTES).and_then(<[u8]>::last_chunk);
    head.map_or(0, |time| u64::from_be_bytes(*time))
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
    fn sound_begins_with_the_video_and_counts_on() {
        let mut body = BodyTimeline::default();
        assert_eq!(body.place_sound(&fragment(1, 48_000)), None, "no picture yet");
        body.place(&fragment(7, 90_000));
        assert_eq!(body.place_sound(&fragment(1, 47_999)), None, "before the first picture");
        let table = [(48_000, 2, 0), (48_960, 3, 960)];
        for (time, number, expected) in table {
            let placed = body.place_sound(&fragment(9, time)).expect("it is in time");
            assert_eq!(placed.concat(), fragment(number, expected));
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

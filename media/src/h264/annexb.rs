//! The Annex B splitter: bytes to NAL units (H.264 annex B).
//!
//! ```text
//!  seeking ──00 00 01──► in a unit ──00 00 01──► unit given, in the next
//!     ▲                     │ longer than the limit: error given
//!     └─────────────────────┘ complete(): unit given
//! ```
//! What is given never depends on how the bytes were cut. Trailing zeros are not part of a unit. No byte is
//! looked at twice except the two before a cut; no more than the limit and one piece are ever held.

use bytes::{Buf, Bytes, BytesMut};
use memchr::memmem;

/// Longest NAL unit: a keyframe of 8192x8192 in one slice at a quality nobody streams.
pub const MAX_NAL_UNIT_BYTES: usize = 8 << 20;
/// Bytes taken over at a time, so that a large push is not held twice.
const PIECE_BYTES: usize = 64 << 10;
/// Bytes that may be the beginning of a start code: `00 00 00`.
const START_CODE_TAIL: usize = 3;

/// One NAL unit as it stood in the stream.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SplitUnit {
    /// Header and payload, without start code and trailing zeros; never empty.
    pub bytes: Bytes,
    /// Position of the header byte in the stream.
    pub offset: u64,
}

/// What the splitter could not give.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AnnexBError {
    /// No start code within the limit; the unit is left out.
    #[error("NAL unit at byte {offset} is longer than {limit} bytes")]
    TooLong {
        /// Position of the unit's header byte in the stream.
        offset: u64,
        /// The limit that it exceeds.
        limit: usize,
    },
}

/// Splits a byte stream into NAL units.
#[derive(Debug)]
pub struct Splitter {
    limit: usize,
    buffer: BytesMut,
    /// Bytes pushed so far.
    pushed: u64,
    /// Bytes of `buffer` in which no start code begins.
    scanned: usize,
    /// Bytes of `buffer` up to the last that is not zero.
    content: usize,
    place: Place,
    without_start_code: u64,
}

/// Where the front of the buffer stands; the number is its position in the stream.
#[derive(Clone, Copy, Debug)]
enum Place {
    Seeking(u64),
    InUnit(u64),
}

impl Default for Splitter {
    fn default() -> Self {
        Self::new()
    }
}

impl Splitter {
    /// A splitter with [`MAX_NAL_UNIT_BYTES`].
    #[must_use]
    pub fn new() -> Self {
        Self::with_limit(MAX_NAL_UNIT_BYTES)
    }

    /// A splitter that refuses units of more than `limit` bytes.
    #[must_use]
    pub fn with_limit(limit: usize) -> Self {
        Self {
            limit,
            buffer: BytesMut::new(),
            pushed: 0,
            scanned: 0,
            content: 0,
            place: Place::Seeking(0),
            without_start_code: 0,
        }
    }

    /// Bytes pushed so far: the position of the next.
    #[must_use]
    pub const fn position(&self) -> u64 {
        self.pushed
    }

    /// Where the header byte of the unit that is not yet complete stands; `None` while a start code is sought.
    #[must_use]
    pub const fn pending_offset(&self) -> Option<u64> {
        match self.place {
            Place::InUnit(offset) => Some(offset),
            Place::Seeking(_) => None,
        }
    }

    /// What has come of the unit that is not yet complete, from its header byte on, without zeros at its end; empty
    /// while a start code is sought.
    #[must_use]
    pub fn pending(&self) -> &[u8] {
        match self.place {
            Place::InUnit(_) => &self.buffer[..self.content],
            Place::Seeking(_) => &[],
        }
    }

    /// Bytes dropped because they stand in no unit: before a first start code, or after a unit that was too
    /// long or was declared complete.
    #[must_use]
    pub fn bytes_without_start_code(&self) -> u64 {
        match self.place {
            Place::Seeking(from) => self.without_start_code + self.front().saturating_sub(from),
            Place::InUnit(_) => self.without_start_code,
        }
    }

    /// Takes the next bytes of the stream and gives the units that they complete.
    pub fn push(&mut self, bytes: &[u8], mut give: impl FnMut(Result<SplitUnit, AnnexBError>)) {
        for piece in bytes.chunks(PIECE_BYTES) {
            if let Some(last) = last_not_zero(piece) {
                self.content = self.buffer.len() + last + 1;
            }
            self.buffer.extend_from_slice(piece);
            self.pushed += piece.len() as u64;
            self.split(&mut give);
        }
    }

    /// What was pushed ends a unit: gives it. What follows begins with a start code, of which the first zeros
    /// may have come already.
    pub fn complete(&mut self) -> Option<Result<SplitUnit, AnnexBError>> {
        let Place::InUnit(offset) = self.place else {
            return None;
        };
        if self.content == 0 {
            return None;
        }
        let rest = self.buffer.split();
        let kept = (rest.len() - self.content).min(START_CODE_TAIL);
        let unit = self.unit(offset, rest.freeze().slice(..self.content));
        self.buffer.extend_from_slice(&[0; START_CODE_TAIL][..kept]);
        self.scanned = kept.saturating_sub(2);
        self.content = 0;
        self.place = Place::Seeking(self.pushed);
        unit
    }

    /// The stream ends: gives the last unit. What is pushed later is sought through from its beginning.
    pub fn end(&mut self) -> Option<Result<SplitUnit, AnnexBError>> {
        let unit = self.complete();
        self.without_start_code = self.bytes_without_start_code();
        if let Place::Seeking(from) = self.place {
            self.without_start_code += self.pushed.saturating_sub(self.front().max(from));
        }
        self.buffer.clear();
        self.scanned = 0;
        self.content = 0;
        self.place = Place::Seeking(self.pushed);
        unit
    }

    /// Position in the stream of the first byte of the buffer; zeros taken out at its end do not matter, since
    /// they are counted from the back.
    fn front(&self) -> u64 {
        self.pushed - self.buffer.len() as u64
    }

    fn split(&mut self, give: &mut impl FnMut(Result<SplitUnit, AnnexBError>)) {
        while let Some(found) = memmem::find(&self.buffer[self.scanned..], &[0, 0, 1]) {
            let start_code = self.scanned + found;
            match self.place {
                Place::InUnit(offset) => {
                    let bytes = self.buffer.split_to(start_code + 3).freeze();
                    let content = last_not_zero(&bytes[..start_code]).map_or(0, |last| last + 1);
                    if content > self.limit {
                        let zero = u64::from(bytes[start_code - 1] == 0);
                        self.without_start_code += self.front() - 3 - zero - offset;
                    }
                    if let Some(unit) = self.unit(offset, bytes.slice(..content)) {
                        give(unit);
                    }
                }
                Place::Seeking(from) => {
                    // The zero byte in front belongs to the start code.
                    let zero = usize::from(start_code > 0 && self.buffer[start_code - 1] == 0);
                    let position = self.front() + (start_code - zero) as u64;
                    self.without_start_code += position.saturating_sub(from);
                    self.buffer.advance(start_code + 3);
                }
            }
            self.content = self.content.saturating_sub(start_code + 3);
            self.scanned = 0;
            self.place = Place::InUnit(self.front());
        }
        if let Place::InUnit(offset) = self.place {
            if self.content > self.limit {
                give(Err(AnnexBError::TooLong { offset, limit: self.limit }));
                self.place = Place::Seeking(offset);
            } else {
                // Only zeros stand behind the limit.
                self.buffer.truncate(self.limit.saturating_add(START_CODE_TAIL));
            }
        }
        if let Place::Seeking(_) = self.place {
            let dropped = self.buffer.len().saturating_sub(START_CODE_TAIL);
            self.buffer.advance(dropped);
            self.content = self.content.saturating_sub(dropped);
        }
        self.scanned = self.buffer.len().saturating_sub(2);
    }

    fn unit(&self, offset: u64, bytes: Bytes) -> Option<Result<SplitUnit, AnnexBError>> {
        if bytes.is_empty() {
            None
        } else if bytes.len() > self.limit {
            Some(Err(AnnexBError::TooLong { offset, limit: self.limit }))
        } else {
            Some(Ok(SplitUnit { bytes, offset }))
        }
    }
}

fn last_not_zero(bytes: &[u8]) -> Option<usize> {
    bytes.iter().rposition(|&byte| byte != 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    type Split = Result<(Vec<u8>, u64), AnnexBError>;

    fn split(limit: usize, pieces: &[&[u8]]) -> (Vec<Split>, u64) {
        let mut splitter = Splitter::with_limit(limit);
        let mut given = Vec::new();
        let mut note = |unit: Result<SplitUnit, AnnexBError>| {
            given.push(unit.map(|unit| (unit.bytes.to_vec(), unit.offset)));
        };
        for piece in pieces {
            splitter.push(piece, &mut note);
        }
        if let Some(last) = splitter.end() {
            note(last);
        }
        (given, splitter.bytes_without_start_code())
    }

    fn ok(bytes: &[u8], offset: u64) -> Split {
        Ok((bytes.to_vec(), offset))
    }

    #[test]
    fn units_and_garbage() {
        let too_long = |offset| Err(AnnexBError::TooLong { offset, limit: 6 });
        let table: [(&str, &[u8], Vec<Split>, u64); 12] = [
            ("nothing", &[], vec![], 0),
            ("three bytes", &[0, 0, 1, 9, 8], vec![ok(&[9, 8], 3)], 0),
            ("four bytes", &[0, 0, 0, 1, 9, 0, 0, 0, 1, 7], vec![ok(&[9], 4), ok(&[7], 9)], 0),
            ("trailing zeros", &[0, 0, 1, 9, 0, 0, 0, 0, 0, 1, 7, 0, 0], vec![ok(&[9], 3), ok(&[7], 10)], 0),
            ("garbage before", &[5, 6, 0, 7, 0, 0, 0, 1, 9], vec![ok(&[9], 8)], 4),
            ("zeros before", &[0, 0, 0, 0, 0, 1, 9], vec![ok(&[9], 6)], 2),
            ("only garbage", &[5, 6, 7, 8, 9], vec![], 5),
            ("empty units", &[0, 0, 1, 0, 0, 1, 0, 0, 0, 1, 4], vec![ok(&[4], 10)], 0),
            (
                "zeros within",
                &[0, 0, 1, 9, 0, 0, 0, 2, 0, 0, 1, 4],
                vec![ok(&[9, 0, 0, 0, 2], 3), ok(&[4], 11)],
                0,
            ),
            (
                "of the limit",
                &[0, 0, 1, 1, 2, 3, 4, 5, 6, 0, 0, 0, 0, 0, 0, 1, 7],
                vec![ok(&[1, 2, 3, 4, 5, 6], 3), ok(&[7], 16)],
                0,
            ),
            (
                "too long",
                &[0, 0, 1, 1, 2, 3, 4, 5, 6, 7, 8, 0, 0, 0, 1, 7],
                vec![too_long(3), ok(&[7], 15)],
                8,
            ),
            (
                "too long by zeros",
                &[0, 0, 1, 1, 0, 0, 0, 0, 0, 0, 0, 8, 0, 0, 1, 7],
                vec![too_long(3), ok(&[7], 15)],
                9,
            ),
        ];
        for (name, bytes, units, garbage) in table {
            let expected = (units, garbage);
            assert_eq!(split(6, &[bytes]), expected, "{name}");
            for at in 0..=bytes.len() {
                let (head, tail) = bytes.split_at(at);
                assert_eq!(split(6, &[head, tail]), expected, "{name}, cut at {at}");
            }
            let single: Vec<&[u8]> = bytes.chunks(1).collect();
            assert_eq!(split(6, &single), expected, "{name}, byte by byte");
        }
    }

    #[test]
    fn memory_is_bounded() {
        for (name, byte) in [("zeros", 0), ("bytes", 9)] {
            let mut splitter = Splitter::with_limit(1000);
            let mut errors = 0;
            splitter.push(&[0, 0, 1, 7], |_| {});
            for _ in 0..100 {
                splitter.push(&[byte; 100_000], |unit| errors += usize::from(unit.is_err()));
                assert!(splitter.buffer.len() <= 1003, "{name}");
            }
            assert_eq!(errors, usize::from(byte != 0), "{name}");
        }
    }

    #[test]
    fn an_outside_signal_ends_a_unit() {
        let mut splitter = Splitter::new();
        splitter.push(&[0, 0, 1], |_| panic!("nothing is complete"));
        assert_eq!(splitter.complete(), None);
        splitter.push(&[9, 8, 0, 0], |_| panic!("nothing is complete"));
        let unit = splitter.complete().expect("a unit").expect("short");
        assert_eq!((&unit.bytes[..], unit.offset), (&[9, 8][..], 3));
        assert_eq!(splitter.complete(), None);
        let mut given = Vec::new();
        splitter.push(&[0, 1, 7, 0, 0, 1, 6], |unit| {
            given.push(unit.expect("short").bytes.to_vec());
        });
        assert_eq!(given, [vec![7]]);
        assert_eq!(splitter.end().expect("a unit").expect("short").bytes[..], [6]);
        assert_eq!(splitter.bytes_without_start_code(), 0);
    }
}

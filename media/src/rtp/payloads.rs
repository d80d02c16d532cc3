//! The payloads of a frame's packets in one piece of memory, so that all viewers share them as they share a frame.
//!
//! ```text
//! | length: 2 | payload | length: 2 | payload | …
//! ```

use bytes::{BufMut, Bytes, BytesMut};

/// Bytes of a payload's length.
const LENGTH_BYTES: usize = 2;

/// The payloads of one frame. The last one ends it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Payloads(Bytes);

impl Payloads {
    /// Takes the form back that [`Self::into_bytes`] gave.
    #[must_use]
    pub const fn from_bytes(bytes: Bytes) -> Self {
        Self(bytes)
    }

    /// All payloads, in one piece of memory.
    #[must_use]
    pub fn into_bytes(self) -> Bytes {
        self.0
    }

    /// The payloads, in the order in which they are sent.
    pub fn iter(&self) -> impl Iterator<Item = Bytes> + '_ {
        let mut at = 0;
        std::iter::from_fn(move || {
            let length = self.0.get(at..at + LENGTH_BYTES)?;
            let begin = at + LENGTH_BYTES;
            at = begin + usize::from(u16::from_be_bytes([length[0], length[1]]));
            (at <= self.0.len()).then(|| self.0.slice(begin..at))
        })
    }
}

/// Collects payloads.
#[derive(Debug)]
pub(super) struct Builder(BytesMut);

impl Builder {
    /// For payloads of about `bytes` in all.
    pub(super) fn with_capacity(bytes: usize) -> Self {
        // Each payload adds its length and up to two bytes of a fragment's header.
        Self(BytesMut::with_capacity(bytes + bytes / 256 + 64))
    }

    /// Adds the payload that consists of `parts`, of at most [`super::MAX_PAYLOAD_BYTES`].
    pub(super) fn add(&mut self, parts: &[&[u8]]) {
        let length: usize = parts.iter().map(|part| part.len()).sum();
        self.0.put_u16(u16::try_from(length).expect("a payload is bounded by the caller"));
        for part in parts {
            self.0.put_slice(part);
        }
    }

    /// What was added.
    pub(super) fn build(self) -> Payloads {
        Payloads(self.0.freeze())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn payloads_come_back_as_they_were() {
        let mut builder = Builder::with_capacity(8);
        builder.add(&[b"ab", b"", b"c"]);
        builder.add(&[b"de"]);
        let payloads = Payloads::from_bytes(builder.build().into_bytes());
        assert_eq!(payloads.iter().collect::<Vec<_>>(), [&b"abc"[..], b"de"]);
        assert_eq!(Payloads::default().iter().count(), 0);
        let cut = Payloads::from_bytes(Bytes::from_static(&[0, 1, b'a', 0, 9, b'b']));
        assert_eq!(cut.iter().collect::<Vec<_>>(), [&b"a"[..]]);
    }
}

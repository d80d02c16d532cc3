//! The counters of transport packets: is one missing, or sent twice? (ISO/IEC 13818-1 section 2.4.3.3.)
//!
//! ```text
//! unproven ── fits ×2 ──► trusted: what does not fit is missing
//!     │  ▲                   │ four in a row do not fit
//!     └──┼─ does not fit ──► ignored
//!        └── fits ×16 ───────┘
//! ```
//! Some writers leave the counter at 0 or count all streams together: then it says nothing.

use super::packet::Packet;

/// Packets in a row whose counters must fit before the counter is trusted at first, ...
const PROOFS: u32 = 2;
/// ... and after it was wrong.
const PROOFS_AGAIN: u32 = 16;
/// Packets in a row that do not fit after which it means nothing.
const MISFITS: u32 = 4;

/// What the counter says of a packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Continuity {
    /// The next, as far as anybody knows.
    Next,
    /// The same once more.
    Duplicate,
    /// Packets before it are missing.
    Gap,
}

/// Follows the counter of one stream.
#[derive(Debug, Default)]
pub(super) struct Counter {
    last: Option<u8>,
    last_payload: Vec<u8>,
    fits: u32,
    misfits: u32,
    trust: Trust,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Trust {
    #[default]
    Unproven,
    Trusted,
    Ignored,
}

impl Counter {
    /// Takes the next packet with a payload.
    pub(super) fn take(&mut self, packet: &Packet<'_>, payload: &[u8]) -> Continuity {
        let last = self.last.replace(packet.counter);
        let is_same = last == Some(packet.counter) && self.last_payload == payload;
        if is_same && self.trust != Trust::Ignored {
            return Continuity::Duplicate;
        }
        self.last_payload.clear();
        self.last_payload.extend_from_slice(payload);
        let Some(last) = last.filter(|_| !packet.is_discontinuity) else { return Continuity::Next };
        if (last + 1) & 0x0f == packet.counter {
            self.fits += 1;
            self.misfits = 0;
            let needed = if self.trust == Trust::Ignored { PROOFS_AGAIN } else { PROOFS };
            if self.fits >= needed {
                self.trust = Trust::Trusted;
            }
            return Continuity::Next;
        }
        self.fits = 0;
        self.misfits += 1;
        if self.trust != Trust::Trusted || self.misfits >= MISFITS {
            self.trust = Trust::Ignored;
            return Continuity::Next;
        }
        Continuity::Gap
    }

    /// The next packet has no known predecessor.
    pub(super) const fn restart(&mut self) {
        self.last = None;
    }

    /// Whether it says nothing.
    pub(super) fn is_ignored(&self) -> bool {
        self.trust == Trust::Ignored
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gaps_are_noticed_and_counters_that_do_not_count_ignored() {
        let ok = |count: usize| vec![Continuity::Next; count];
        let table: [(&str, Vec<u8>, Vec<Continuity>); 7] = [
            ("good", (0..40).map(|number| number & 15).collect(), ok(40)),
            ("always 0", vec![0; 40], ok(40)),
            ("two at a time", (0..40).map(|number| (number * 2) & 15).collect(), ok(40)),
            ("down", (0..40).map(|number| 15 - (number & 15)).collect(), ok(40)),
            ("a gap", vec![0, 1, 2, 3, 7, 8, 9], [&ok(4)[..], &[Continuity::Gap], &ok(2)].concat()),
            (
                "two gaps, one soon after the other",
                vec![0, 1, 2, 3, 7, 8, 1, 2],
                [&ok(4)[..], &[Continuity::Gap], &ok(1), &[Continuity::Gap], &ok(1)].concat(),
            ),
            (
                "good, then always 0",
                [&[0, 1, 2, 3][..], &[0; 6]].concat(),
                [&ok(4)[..], &[Continuity::Gap; 3], &ok(3)].concat(),
            ),
        ];
        for (name, counters, expected) in table {
            let mut counter = Counter::default();
            let seen = (0u8..).zip(counters).map(|(number, count)| {
                let packet = Packet {
                    pid: 256,
                    begins_unit: false,
                    counter: count,
                    is_scrambled: false,
                    is_discontinuity: false,
                    has_stuffing: false,
                    payload: None,
                };
                counter.take(&packet, &[number])
            });
            assert_eq!(seen.collect::<Vec<_>>(), expected, "{name}");
        }
    }
}

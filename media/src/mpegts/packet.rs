//! Bytes to transport packets (ISO/IEC 13818-1 sections 2.4.3.2 to 2.4.3.5).
//!
//! ```text
//! 47 │ error:1 begins:1 priority:1 PID:13 │ scrambled:2 adaptation:1 payload:1 counter:4 │ [adaptation] payload
//! ```
//! In step means that every 188th byte is 47. Some put 4 bytes of time in front of each packet (AVCHD, Blu-ray) or 16 for
//! error correction behind it (DVB): then it is every 192nd or 204th. Out of step, three of them a packet apart are looked
//! for.

use super::{PACKET_BYTES, PACKET_DISTANCES, SYNC};

/// Packets in a row that must begin where they should before they are believed.
const PROOFS: usize = 3;
/// Bytes of the adaptation field's flags for: PCR, original PCR, splice countdown.
const FIXED_FIELDS: [(u8, usize); 3] = [(0x10, 6), (0x08, 6), (0x04, 1)];
/// Flags of fields that have their own length: private data, extension.
const FIELDS_WITH_LENGTH: [u8; 2] = [0x02, 0x01];

/// A packet, taken apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Packet<'a> {
    pub(super) pid: u16,
    /// payload_unit_start_indicator: a section or a PES packet begins here.
    pub(super) begins_unit: bool,
    pub(super) counter: u8,
    pub(super) is_scrambled: bool,
    /// The counter may jump here.
    pub(super) is_discontinuity: bool,
    /// There are bytes in the adaptation field that only fill.
    pub(super) has_stuffing: bool,
    /// `None` when the packet has none, which does not count.
    pub(super) payload: Option<&'a [u8]>,
}

impl<'a> Packet<'a> {
    /// Takes a packet apart; `None` for one that the way here has damaged, or whose payload cannot be found.
    pub(super) fn read(bytes: &'a [u8; PACKET_BYTES]) -> Option<Self> {
        let [_, high, low, control, ref rest @ ..] = *bytes;
        let is_damaged = high & 0x80 != 0;
        let adaptation_bytes = if control & 0x20 == 0 { 0 } else { 1 + usize::from(rest[0]) };
        let has_payload = control & 0x10 != 0;
        if is_damaged || (has_payload && adaptation_bytes > rest.len()) {
            return None;
        }
        let (adaptation, payload) = rest.split_at(adaptation_bytes.min(rest.len()));
        Some(Self {
            pid: u16::from(high & 0x1f) << 8 | u16::from(low),
            begins_unit: high & 0x40 != 0,
            counter: control & 0x0f,
            is_scrambled: control & 0xc0 != 0,
            is_discontinuity: adaptation.get(1).is_some_and(|flags| flags & 0x80 != 0),
            has_stuffing: has_stuffing(adaptation),
            payload: has_payload.then_some(payload),
        })
    }
}

/// Whether an adaptation field, with its length in front, is longer than its flags need.
fn has_stuffing(field: &[u8]) -> bool {
    let [_length, fields @ ..] = field else { return false };
    // Without flags its length alone fills a byte.
    let Some(flags) = fields.first() else { return true };
    let fixed: usize =
        FIXED_FIELDS.iter().filter(|(flag, _)| flags & flag != 0).map(|(_, bytes)| bytes).sum();
    let mut used = 1 + fixed;
    for flag in FIELDS_WITH_LENGTH {
        if flags & flag != 0 {
            used += 1 + fields.get(used).map_or(0, |length| usize::from(*length));
        }
    }
    fields.len() > used
}

/// Cuts a byte stream into packets.
#[derive(Debug, Default)]
pub(super) struct PacketReader {
    buffer: Vec<u8>,
    /// Position in the stream of the first byte of the buffer.
    position: u64,
    /// From the first byte of a packet to that of the next, while packets are where they should be.
    distance: Option<usize>,
    /// Bytes between two packets that are still to come.
    gap: usize,
}

/// What a [`PacketReader`] gives.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Cut<'a> {
    /// The next packet.
    Packet(&'a [u8; PACKET_BYTES]),
    /// The packet at this position does not begin as it should.
    OutOfStep(u64),
}

impl PacketReader {
    pub(super) fn push(&mut self, bytes: &[u8], mut give: impl FnMut(Cut<'_>)) {
        self.buffer.extend_from_slice(bytes);
        let mut at = 0;
        loop {
            let passed = self.gap.min(self.buffer.len() - at);
            at += passed;
            self.gap -= passed;
            if self.gap > 0 {
                break;
            }
            let distance = match self.distance {
                Some(distance) => distance,
                None => match in_step(&self.buffer[at..]) {
                    Ok((from, distance)) => {
                        at += from;
                        *self.distance.insert(distance)
                    }
                    Err(passed) => {
                        at += passed;
                        break;
                    }
                },
            };
            let rest = &self.buffer[at..];
            if rest.first().is_some_and(|sync| *sync != SYNC) {
                self.distance = None;
                give(Cut::OutOfStep(self.position + at as u64));
                continue;
            }
            let Some(packet) = rest.first_chunk() else { break };
            give(Cut::Packet(packet));
            at += PACKET_BYTES;
            self.gap = distance - PACKET_BYTES;
        }
        self.buffer.drain(..at);
        self.position += at as u64;
    }
}

/// Where packets begin in `bytes`, and how far apart; or how many bytes cannot begin one.
fn in_step(bytes: &[u8]) -> Result<(usize, usize), usize> {
    for at in 0..bytes.len() {
        for distance in PACKET_DISTANCES {
            match begins_packets(&bytes[at..], distance) {
                Some(true) => return Ok((at, distance)),
                Some(false) => {}
                None => return Err(at),
            }
        }
    }
    Err(bytes.len())
}

/// Whether three packets this far apart begin at the front of `bytes`; `None` while more must come to tell.
pub(crate) fn begins_packets(bytes: &[u8], distance: usize) -> Option<bool> {
    for packet in 0..PROOFS {
        if *bytes.get(packet * distance)? != SYNC {
            return Some(false);
        }
    }
    Some(true)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stuffing() {
        let table: [(&str, &[u8], bool); 7] = [
            ("no field", &[], false),
            ("length alone", &[0], true),
            ("flags alone", &[1, 0x40], false),
            ("clock", &[7, 0x10, 0, 0, 0, 0, 0x7e, 0], false),
            ("clock and a byte", &[8, 0x10, 0, 0, 0, 0, 0x7e, 0, 0xff], true),
            ("private data", &[4, 0x02, 2, 7, 7], false),
            ("private data and a byte", &[5, 0x02, 2, 7, 7, 0xff], true),
        ];
        for (name, field, expected) in table {
            assert_eq!(has_stuffing(field), expected, "{name}");
        }
    }

    #[test]
    fn packets_are_found_again_wherever_the_stream_is_cut() {
        for distance in PACKET_DISTANCES {
            let packet = |mark: u8| {
                let mut packet = vec![mark; distance];
                packet[0] = SYNC;
                packet
            };
            let mut stream = vec![9, SYNC, 9, 9];
            (0..4).for_each(|mark| stream.extend(packet(mark)));
            stream.extend_from_slice(&[9; 50]);
            (4..8).for_each(|mark| stream.extend(packet(mark)));
            let read = |pieces: &[&[u8]]| {
                let mut reader = PacketReader::default();
                let mut seen = Vec::new();
                for piece in pieces {
                    reader.push(piece, |cut| {
                        seen.push(match cut {
                            Cut::Packet(packet) => Ok(packet[1]),
                            Cut::OutOfStep(position) => Err(position),
                        });
                    });
                }
                seen
            };
            let lost = Err(4 + 4 * distance as u64);
            let expected = [Ok(0), Ok(1), Ok(2), Ok(3), lost, Ok(4), Ok(5), Ok(6), Ok(7)];
            for at in 0..=stream.len() {
                let (front, back) = stream.split_at(at);
                assert_eq!(read(&[front, back]), expected, "{distance} cut at {at}");
            }
            let single: Vec<&[u8]> = stream.chunks(1).collect();
            assert_eq!(read(&single), expected, "{distance}");
        }
    }
}

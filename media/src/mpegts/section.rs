//! The reading side of the tables: payloads to sections, sections to PIDs (ISO/IEC 13818-1 section 2.4.4).
//!
//! ```text
//! payload   pointer │ rest of a section │ section │ section … │ ff ff     a section may go on in the next packet
//! ```
//! One whose checksum is wrong is passed over: it comes again. Some writers leave the checksum out: while none was right, one
//! that is wrong counts if it is the first, or came twice in a row.

use super::crc::crc;

/// Longest section of these tables (section 2.4.4.1).
const MAX_SECTION_BYTES: usize = 1024;
/// table_id, length, number, version, section numbers.
const HEADER_BYTES: usize = 8;
const CRC_BYTES: usize = 4;
/// What fills up a packet behind the last section.
const NO_TABLE: u8 = 0xff;

/// Puts the sections of one PID together.
#[derive(Clone, Debug, Default)]
pub(super) struct SectionReader {
    section: Vec<u8>,
    is_begun: bool,
    /// A checksum was right.
    is_checked: bool,
    /// The last section whose checksum was wrong, while none was right.
    unchecked: Vec<u8>,
}

impl SectionReader {
    /// Takes the payload of the next packet and gives the sections that are complete and believed.
    pub(super) fn push(&mut self, payload: &[u8], begins_unit: bool, mut give: impl FnMut(&[u8])) {
        if !begins_unit {
            self.take(payload, &mut give);
            return;
        }
        let Some((&pointer, payload)) = payload.split_first() else { return };
        let Some((rest, begin)) = payload.split_at_checked(usize::from(pointer)) else { return };
        self.take(rest, &mut give);
        self.section.clear();
        self.is_begun = true;
        self.take(begin, &mut give);
    }

    fn take(&mut self, bytes: &[u8], give: &mut impl FnMut(&[u8])) {
        if !self.is_begun {
            return;
        }
        self.section.extend_from_slice(bytes);
        while let Some(&[table, high, low]) = self.section.first_chunk() {
            let length = 3 + (usize::from(high & 0x0f) << 8 | usize::from(low));
            if table == NO_TABLE || length > MAX_SECTION_BYTES {
                self.is_begun = false;
                self.section.clear();
                return;
            }
            if self.section.len() < length {
                return;
            }
            let section = &self.section[..length];
            if length >= HEADER_BYTES + CRC_BYTES {
                let is_right = crc(section) == 0;
                self.is_checked |= is_right;
                let is_repeated = self.unchecked.is_empty() || self.unchecked == section;
                if is_right || (!self.is_checked && is_repeated) {
                    give(section);
                }
                self.unchecked.clear();
                if !self.is_checked {
                    self.unchecked.extend_from_slice(section);
                }
            }
            self.section.drain(..length);
        }
    }
}

/// PIDs of the program maps that a program association section names; `None` for another section.
pub(super) fn program_maps(section: &[u8]) -> Option<impl Iterator<Item = u16> + '_> {
    let body = body(section, 0)?;
    let (programs, _) = body.as_chunks::<4>();
    let maps = programs.iter().filter(|[high, low, ..]| (*high, *low) != (0, 0));
    Some(maps.map(|[_, _, high, low]| u16::from(high & 0x1f) << 8 | u16::from(*low)))
}

/// A stream of a program.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Stream {
    pub(super) stream_type: u8,
    pub(super) pid: u16,
    /// Its descriptors say that it is H.264, whatever its type is.
    pub(super) is_described_as_h264: bool,
}

/// The streams that a program map section names; `None` for another section.
pub(super) fn streams(section: &[u8]) -> Option<Vec<Stream>> {
    let mut rest = body(section, 2)?;
    let descriptors = length(rest.get(2..4)?);
    rest = rest.get(4 + descriptors..)?;
    let mut streams = Vec::new();
    while let [stream_type, high, low, lengths @ ..] = rest {
        let behind = 2 + length(lengths.get(..2)?);
        streams.push(Stream {
            stream_type: *stream_type,
            pid: u16::from(high & 0x1f) << 8 | u16::from(*low),
            is_described_as_h264: is_described_as_h264(lengths.get(2..behind)?),
        });
        rest = &lengths[behind..];
    }
    Some(streams)
}

/// Whether there is an AVC video descriptor, or a registration as H.264 (sections 2.6.64 and 2.6.8).
fn is_described_as_h264(mut descriptors: &[u8]) -> bool {
    const REGISTRATION: u8 = 5;
    const AVC_VIDEO: u8 = 40;
    while let [tag, length, rest @ ..] = descriptors {
        let Some((body, rest)) = rest.split_at_checked(usize::from(*length)) else { return false };
        let is_registered =
            || [b"H264", b"h264", b"AVC1", b"avc1"].iter().any(|name| body.starts_with(*name));
        if *tag == AVC_VIDEO || (*tag == REGISTRATION && is_registered()) {
            return true;
        }
        descriptors = rest;
    }
    false
}

/// What stands between header and checksum of a section that is in force.
fn body(section: &[u8], table_id: u8) -> Option<&[u8]> {
    let is_current = section.get(5)? & 1 == 1;
    let body = section.get(HEADER_BYTES..section.len() - CRC_BYTES)?;
    (section[0] == table_id && is_current).then_some(body)
}

/// A length of 12 bits below four reserved ones.
fn length(bytes: &[u8]) -> usize {
    bytes.iter().fold(0, |value, byte| value << 8 | usize::from(*byte)) & 0x0fff
}

#[cfg(test)]
mod tests {
    use super::{
        super::psi::{pat_section, pmt_section},
        *,
    };

    #[test]
    fn what_we_write_is_read() {
        let maps = |section: &[u8]| program_maps(section).map(Iterator::collect::<Vec<_>>);
        assert_eq!(maps(&pat_section(0x1234)), Some(vec![0x1234]));
        let video = Stream { stream_type: 0x1b, pid: 0x101, is_described_as_h264: false };
        assert_eq!(streams(&pmt_section(0x1b, 0x101)), Some(vec![video]));
        assert_eq!(streams(&pat_section(0x1234)), None);
        assert_eq!(maps(&pmt_section(0x1b, 0x101)), None);
    }

    /// Payloads of packets, and whether a section begins in each.
    type Payloads = Vec<(Vec<u8>, bool)>;

    #[test]
    fn sections_are_put_together_and_checked() {
        let section = pmt_section(0x1b, 0x101);
        let mut wrong = section.clone();
        wrong[9] ^= 1;
        let table: [(&str, Payloads, usize); 6] = [
            ("one", vec![([&[0], &section[..], &[0xff; 9]].concat(), true)], 1),
            ("two in a packet", vec![([&[0], &section[..], &section].concat(), true)], 2),
            (
                "in two packets",
                vec![([&[0], &section[..7]].concat(), true), (section[7..].to_vec(), false)],
                1,
            ),
            (
                "behind the rest of another",
                vec![
                    ([&[0], &section[..7]].concat(), true),
                    ([&[14], &section[7..], &section].concat(), true),
                ],
                2,
            ),
            ("wrong checksum", vec![([&[0], &section[..], &wrong].concat(), true)], 1),
            ("joined in the middle", vec![(section[7..].to_vec(), false)], 0),
        ];
        for (name, packets, expected) in table {
            let mut reader = SectionReader::default();
            let mut found = 0;
            for (payload, begins) in packets {
                reader.push(&payload, begins, |read| {
                    assert_eq!(read, section, "{name}");
                    found += 1;
                });
            }
            assert_eq!(found, expected, "{name}");
        }
    }

    type Sections = Vec<Vec<u8>>;

    #[test]
    fn sections_without_checksums_count_while_none_was_right() {
        let right = pmt_section(0x1b, 0x101);
        let without = |pid: u16| {
            let mut section = pmt_section(0x1b, pid);
            let end = section.len() - CRC_BYTES;
            section[end..].fill(0);
            section
        };
        // Whether each section counts.
        let table: [(&str, Sections, &[bool]); 4] = [
            ("the same", vec![without(1), without(1)], &[true, true]),
            ("changed", vec![without(1), without(2), without(2)], &[true, false, true]),
            (
                "changed by damage",
                vec![without(1), without(2), without(1), without(1)],
                &[true, false, false, true],
            ),
            ("right before", vec![right, without(1), without(1)], &[true, false, false]),
        ];
        for (name, sections, expected) in table {
            let mut reader = SectionReader::default();
            let counts = sections.iter().map(|section| {
                let mut counts = false;
                reader.push(&[&[0], &section[..]].concat(), true, |_| counts = true);
                counts
            });
            assert_eq!(counts.collect::<Vec<_>>(), expected, "{name}");
        }
    }

    #[test]
    fn descriptors_that_say_h264() {
        let table: [(&str, &[u8], bool); 6] = [
            ("none", &[], false),
            ("AVC video", &[40, 4, 100, 0, 10, 0x3f], true),
            ("registered", &[5, 4, b'H', b'2', b'6', b'4'], true),
            ("registered as other", &[5, 4, b'H', b'E', b'V', b'C'], false),
            ("behind another", &[10, 2, 9, 9, 40, 0], true),
            ("cut off", &[40, 4, 100], false),
        ];
        for (name, descriptors, expected) in table {
            assert_eq!(is_described_as_h264(descriptors), expected, "{name}");
        }
    }
}

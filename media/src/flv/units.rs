//! The H.264 in a video tag: its decoder configuration and its NAL units, however the writer has put them.
//!
//! ```text
//! avcC, or 00 00 01 SPS 00 00 01 PPS
//! [length │ NAL unit] … [zeros or rubbish], or 00 00 01 NAL unit 00 00 01 NAL unit …
//! ```
//! Lengths count where they lead exactly to the end. Start codes are tried next: `00 00 00 01` is also the length 1.

use bytes::{Buf, Bytes};

use crate::h264::{
    annexb::Splitter,
    avcc::parameter_sets,
    nal::{NalError, NalUnit, NalUnitType},
};

/// Sizes of a length that are tried where no configuration has said one, the likeliest first.
const LENGTH_BYTES: [usize; 4] = [4, 2, 1, 3];

/// What a decoder must know.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Configuration {
    /// Parameter sets; none when they come in band.
    pub(super) sets: Vec<NalUnit>,
    /// Bytes of the length in front of each NAL unit; `None` where start codes stand instead.
    pub(super) length_bytes: Option<usize>,
}

/// NAL units of a tag.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Units {
    /// Those that can be read, in their order.
    pub(super) found: Vec<NalUnit>,
    /// Why the first of the others cannot be.
    pub(super) malformed: Option<NalError>,
    /// Bytes behind the last NAL unit that belong to none. Zeros do not count.
    pub(super) rubbish: usize,
}

/// The decoder configuration: an `avcC`, even one without sets, or parameter sets behind start codes.
pub(super) fn configuration(body: &Bytes) -> Option<Configuration> {
    if begins_with_start_code(body) {
        return Some(Configuration { sets: split(body).found, length_bytes: None });
    }
    let (1, length_bytes) = (*body.first()?, usize::from(body.get(4)? & 3) + 1) else { return None };
    let (sps, pps) = parameter_sets(body);
    let sets = sps.into_iter().chain(pps).filter_map(|unit| NalUnit::new(body.slice_ref(unit)).ok());
    Some(Configuration { sets: sets.collect(), length_bytes: Some(length_bytes) })
}

/// The NAL units of a tag's body; `None` when a slice among them is cut off.
pub(super) fn units(body: &Bytes, length_bytes: Option<usize>) -> Option<Units> {
    let sizes = length_bytes.as_ref().map_or(&LENGTH_BYTES[..], std::slice::from_ref);
    let exact = |size: &usize| by_lengths(body, *size).filter(|units| units.rubbish == 0);
    if let Some(units) = sizes.iter().find_map(exact) {
        Some(units)
    } else if begins_with_start_code(body) {
        Some(split(body))
    } else {
        by_lengths(body, sizes[0])
    }
}

fn begins_with_start_code(body: &[u8]) -> bool {
    body.starts_with(&[0, 0, 1]) || body.starts_with(&[0, 0, 0, 1])
}

fn split(body: &[u8]) -> Units {
    let mut units = Units::default();
    let mut splitter = Splitter::new();
    let mut bytes = Vec::new();
    splitter.push(body, |unit| bytes.extend(unit.ok()));
    bytes.extend(splitter.end().and_then(Result::ok));
    bytes.into_iter().for_each(|unit| units.push(unit.bytes));
    units
}

/// NAL units behind lengths of `length_bytes`; `None` when a slice is longer than what is left.
fn by_lengths(body: &Bytes, length_bytes: usize) -> Option<Units> {
    let mut units = Units::default();
    let mut rest = body.clone();
    while rest.has_remaining() {
        let before = rest.clone();
        let length = rest.try_get_uint(length_bytes).ok().and_then(|length| usize::try_from(length).ok());
        let Some(unit) = length.filter(|length| *length <= rest.len()).map(|length| rest.split_to(length))
        else {
            if is_slice(&rest) && length.is_some() {
                return None;
            }
            units.rubbish = before.iter().rposition(|byte| *byte != 0).map_or(0, |last| last + 1);
            break;
        };
        // Zeros at its end are no part of it.
        let content = unit.iter().rposition(|byte| *byte != 0).map_or(0, |last| last + 1);
        if content > 0 {
            units.push(unit.slice(..content));
        }
    }
    // What is found in rubbish is no picture.
    if units.rubbish > 0 && !units.found.iter().any(|unit| unit.unit_type().has_slice_header()) {
        return None;
    }
    Some(units)
}

/// Whether `bytes` begin as a slice does, with more than its header.
fn is_slice(bytes: &[u8]) -> bool {
    let [header, _, ..] = bytes else { return false };
    header & 0x80 == 0 && NalUnitType::from_header(*header).has_slice_header()
}

impl Units {
    fn push(&mut self, bytes: Bytes) {
        match NalUnit::new(bytes) {
            Ok(unit) => self.found.push(unit),
            Err(error) => self.malformed = self.malformed.or(Some(error)),
        }
    }
}

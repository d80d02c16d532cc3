//! Whether a message is what the camera sent.
//!
//! The first copy of an access unit is taken apart and its digest compared with the one in its stamp; it is kept, and
//! the copies for other viewers are compared with it byte by byte, which costs next to nothing.

use std::collections::VecDeque;

use super::viewer::Wire;
use crate::stamp::{Stamp, annexb_units, digest, length_prefixed_units};

/// Access units whose first copy is kept.
const KEPT: usize = 128;
const SPS: u8 = 7;
const PPS: u8 = 8;
const IDR: u8 = 5;
const SEI: u8 = 6;

/// One access unit in a message.
#[derive(Clone, Copy, Debug)]
pub(super) struct Found {
    pub(super) stamp: Stamp,
    /// Decodable by itself, with its parameter sets.
    pub(super) key: bool,
}

/// What has been seen of the camera's stream.
pub(super) struct Content {
    wire: Wire,
    kept: VecDeque<(Found, Vec<u8>)>,
    damaged: u64,
    newest: Option<u64>,
}

impl Content {
    pub(super) const fn new(wire: Wire) -> Self {
        Self { wire, kept: VecDeque::new(), damaged: 0, newest: None }
    }

    pub(super) const fn wire(&self) -> Wire {
        self.wire
    }

    pub(super) const fn damaged(&self) -> u64 {
        self.damaged
    }

    pub(super) const fn newest(&self) -> Option<u64> {
        self.newest
    }

    /// Gives the access units of a binary message that are as the camera sent them; counts the others.
    pub(super) fn check(&mut self, message: &[u8], mut give: impl FnMut(Found)) {
        match self.wire {
            Wire::H264 => self.check_unit(message, message, &mut give),
            Wire::Live => match message.get(1) {
                Some(header) if message[0] == 1 && message.len() > usize::from(*header) => {
                    self.check_unit(message, &message[usize::from(*header)..], &mut give);
                }
                _ => {}
            },
            Wire::Mp4 => self.check_fragment(message, &mut give),
        }
    }

    fn check_unit(&mut self, message: &[u8], unit: &[u8], give: &mut impl FnMut(Found)) {
        let Some(stamp) = Stamp::find(unit) else {
            self.damaged += 1;
            return;
        };
        if let Some((found, first)) = self.kept.iter().rev().find(|(found, _)| found.stamp == stamp) {
            // A server may put moments of the viewer's own into its header, never into the unit.
            if first.as_slice() == unit {
                give(*found);
            } else {
                self.damaged += 1;
            }
            return;
        }
        debug_assert!(message.len() >= unit.len());
        let found = units_of(&annexb_units(unit)).filter(|found| found.stamp == stamp);
        self.take(found, unit, give);
    }

    fn check_fragment(&mut self, message: &[u8], give: &mut impl FnMut(Found)) {
        if message.get(4..8) != Some(b"moof") {
            return;
        }
        if let Some((found, _)) = self.kept.iter().rev().find(|(_, first)| first.as_slice() == message) {
            give(*found);
            return;
        }
        let Some(units) = media_data(message).and_then(length_prefixed_units) else {
            self.damaged += 1;
            return;
        };
        let begins: Vec<usize> =
            (0..units.len()).filter(|at| Stamp::of_unit(units[*at]).is_some()).chain([units.len()]).collect();
        for pair in begins.windows(2) {
            // What stands in front of the stamp is parameter sets, which MP4 keeps elsewhere.
            let unit = &units[pair[0]..pair[1]];
            let end =
                unit.iter().rposition(|unit| !matches!(unit[0] & 31, SPS | PPS)).map_or(0, |last| last + 1);
            let found = units_of(&unit[..end]);
            let whole = if begins.len() == 2 { message } else { &[] };
            self.take(found, whole, give);
        }
    }

    fn take(&mut self, found: Option<Found>, bytes: &[u8], give: &mut impl FnMut(Found)) {
        let Some(found) = found else {
            self.damaged += 1;
            return;
        };
        if !bytes.is_empty() {
            if self.kept.len() == KEPT {
                self.kept.pop_front();
            }
            self.kept.push_back((found, bytes.to_vec()));
        }
        self.newest = self.newest.max(Some(found.stamp.sequence));
        give(found);
    }
}

/// The stamp of an access unit and whether it is a keyframe, if its content is what the stamp says.
fn units_of(units: &[&[u8]]) -> Option<Found> {
    let at = units.iter().position(|unit| Stamp::of_unit(unit).is_some())?;
    let stamp = Stamp::of_unit(units[at])?;
    if digest(units[at + 1..].iter().copied()) != stamp.digest {
        return None;
    }
    let has = |kind: u8| units.iter().any(|unit| unit.first().is_some_and(|header| header & 31 == kind));
    let sets_are_here = at == 0 || (has(SPS) && has(PPS));
    let slices = units[at + 1..].iter().filter(|unit| unit.first().is_some_and(|header| header & 31 != SEI));
    (slices.count() > 0).then_some(Found { stamp, key: has(IDR) && sets_are_here })
}

/// The content of a fragment's `mdat` box, behind its `moof`.
fn media_data(fragment: &[u8]) -> Option<&[u8]> {
    let moof = u32::from_be_bytes(*fragment.first_chunk()?) as usize;
    let mdat = fragment.get(moof..)?;
    let size = u32::from_be_bytes(*mdat.first_chunk()?) as usize;
    if mdat.get(4..8)? != b"mdat" {
        return None;
    }
    mdat.get(8..size)
}

//! A transport stream to access units.
//!
//! ```text
//! PES packets ─► Splitter ─► Assembler ─► access unit, with the times of the PES packet it began in
//!         └────► PesEnds: is the picture complete where its PES packet ends?
//! ```
//! NAL units and access units may begin and end anywhere in PES packets: the first bytes of the next access unit end one.
//! Where PES packets have held one each, the end of a PES packet does, which comes a frame earlier. Not so in interlaced
//! streams, whose fields may come in a PES packet each.

use std::collections::VecDeque;

use super::{
    event::{FrameBoundary, StreamStats, StreamTrouble, UnitEvent},
    pes_ends::PesEnds,
};
use crate::{
    container_clock::Times,
    h264::{
        access_unit::{AccessUnit, AccessUnitError, Assembler, opens_access_unit},
        annexb::{AnnexBError, SplitUnit, Splitter},
        nal::NalUnit,
    },
    mpegts::{Demuxer, MpegTsError, TsEvent},
    time::Moment,
};

/// Bytes of a PES packet's payload that tell whether an access unit begins there.
const HEAD_BYTES: usize = 8;
/// Most marks that are remembered.
const MAX_MARKS: usize = 4096;
/// Bytes of a start code.
const START_CODE_BYTES: u64 = 3;

/// Finds the access units of the H.264 in a transport stream.
#[derive(Debug, Default)]
pub(super) struct TsUnits {
    demuxer: Demuxer,
    units: Units,
    bytes: u64,
}

impl TsUnits {
    /// A stream at its beginning.
    pub(super) fn new() -> Self {
        Self::default()
    }

    /// Takes the next bytes, which came at `received_at`, and appends what they complete to `found`.
    pub(super) fn push(&mut self, bytes: &[u8], received_at: Moment, found: &mut Vec<UnitEvent>) {
        self.bytes += bytes.len() as u64;
        let Self { demuxer, units, .. } = self;
        demuxer.push(bytes, received_at, &mut |event| units.take(event, found));
    }

    /// The input ends.
    pub(super) fn end(&mut self, found: &mut Vec<UnitEvent>) {
        let Self { demuxer, units, .. } = self;
        demuxer.end(&mut |event| units.take(event, found));
    }

    /// Counters of bytes and NAL units since the beginning.
    pub(super) fn stats(&self) -> StreamStats {
        StreamStats { bytes: self.bytes, nal_units: self.units.nal_units, ..StreamStats::default() }
    }
}

/// PES packets to access units.
#[derive(Debug, Default)]
struct Units {
    splitter: Splitter,
    assembler: Assembler,
    marks: Marks,
    ends: PesEnds,
    /// The front of the open PES packet, until it is known whether an access unit begins there.
    head: Option<Vec<u8>>,
    /// Nothing has come of it but its header.
    is_at_start: bool,
    /// What came last of the open PES packet was taken for its end.
    was_ended: bool,
    /// A picture has begun since the stream did, or since something was lost: slices belong to one that is whole.
    has_begun: bool,
    nal_units: u64,
}

impl Units {
    fn take(&mut self, event: TsEvent<'_>, found: &mut Vec<UnitEvent>) {
        match event {
            TsEvent::Start(times) => {
                if self.head.take().is_some_and(|head| !head.is_empty()) {
                    self.ends.begins(false);
                }
                self.ends.start();
                self.head = Some(Vec::new());
                self.is_at_start = true;
                self.marks.pes_packet(self.splitter.position(), times);
            }
            TsEvent::Payload { bytes, is_stuffed, received_at } => {
                let is_first = std::mem::take(&mut self.is_at_start);
                if !bytes.is_empty() {
                    self.payload(bytes, is_first, received_at, found);
                }
                if self.ends.stuffing_ends_picture(is_stuffed) {
                    self.complete(FrameBoundary::Stuffing, found);
                }
            }
            TsEvent::LengthReached(bytes) => {
                if self.ends.length_ends_picture(bytes) {
                    self.complete(FrameBoundary::PesLength, found);
                }
            }
            TsEvent::Trouble(error) => found.push(UnitEvent::Trouble(error.into())),
            TsEvent::Lost => self.lose(found),
            TsEvent::End => self.end(found),
        }
    }

    /// The next bytes of the open PES packet, or the first of it.
    fn payload(&mut self, bytes: &[u8], is_first: bool, received_at: Moment, found: &mut Vec<UnitEvent>) {
        if !is_first {
            self.ends.goes_on();
        }
        let begins = self.begins_with_access_unit(bytes);
        if let Some(begins) = begins {
            self.ends.begins(begins);
        }
        if begins == Some(true) {
            if is_first {
                self.complete(FrameBoundary::NextPusi, found);
            }
            self.was_ended = false;
        }
        // Once more is known of a PES packet than its first bytes.
        if self.head.is_none() && std::mem::take(&mut self.was_ended) {
            found.push(UnitEvent::Trouble(MpegTsError::PictureGoesOn.into()));
            self.lose(found);
        }
        self.marks.arrival(self.splitter.position(), received_at);
        let mut split = Vec::new();
        self.splitter.push(bytes, |unit| split.push(unit));
        for unit in split {
            self.unit(unit, FrameBoundary::NextStartCode, found);
        }
        let Self { splitter, assembler, marks, .. } = self;
        assembler.peek(splitter.pending(), &mut |unit| {
            found.push(marks.event(unit, FrameBoundary::NextStartCode));
        });
    }

    /// Whether the open PES packet, of which `bytes` have come, begins with an access unit: known once.
    fn begins_with_access_unit(&mut self, bytes: &[u8]) -> Option<bool> {
        let head = self.head.as_mut()?;
        let room = HEAD_BYTES - head.len();
        head.extend_from_slice(&bytes[..bytes.len().min(room)]);
        let begins = opens_access_unit(without_zeros(head));
        let is_known = begins || head.len() == HEAD_BYTES;
        is_known.then(|| self.head = None).map(|()| begins)
    }

    /// One result of the splitter.
    fn unit(
        &mut self,
        split: Result<SplitUnit, AnnexBError>,
        boundary: FrameBoundary,
        found: &mut Vec<UnitEvent>,
    ) {
        let Self { assembler, marks, has_begun, .. } = self;
        let mut give = |unit| found.push(marks.event(unit, boundary));
        match split.map(|unit| (NalUnit::new(unit.bytes), unit.offset)) {
            Ok((Ok(unit), offset)) => {
                self.nal_units += 1;
                let has_slice = unit.unit_type().has_slice_header();
                *has_begun |= has_slice && unit.is_first_slice();
                if !has_slice || *has_begun {
                    // The label by which its marks are found.
                    let begins_at = offset.saturating_sub(START_CODE_BYTES);
                    assembler.push(unit, Moment::from_micros(begins_at), &mut give);
                }
            }
            Ok((Err(error), offset)) => {
                found.push(UnitEvent::Trouble(StreamTrouble::Nal { error, offset }));
            }
            Err(error) => {
                // What was lost may have begun a picture.
                assembler.complete(&mut give);
                found.push(UnitEvent::Trouble(error.into()));
            }
        }
    }

    /// The end of a PES packet, or the beginning of the next, ends the picture.
    fn complete(&mut self, boundary: FrameBoundary, found: &mut Vec<UnitEvent>) {
        // Two fields may make one frame, and only the next picture tells.
        if self.assembler.may_have_fields() {
            return;
        }
        if let Some(split) = self.splitter.complete() {
            self.unit(split, FrameBoundary::NextStartCode, found);
        }
        let Self { assembler, marks, .. } = self;
        assembler.complete(&mut |unit| found.push(marks.event(unit, boundary)));
        self.was_ended = true;
    }

    /// Something is missing: what is open has a hole.
    fn lose(&mut self, found: &mut Vec<UnitEvent>) {
        let _with_a_hole = self.splitter.end();
        self.assembler = Assembler::new();
        self.head = None;
        self.was_ended = false;
        self.has_begun = false;
        found.push(UnitEvent::Lost);
    }

    fn end(&mut self, found: &mut Vec<UnitEvent>) {
        if let Some(split) = self.splitter.end() {
            self.unit(split, FrameBoundary::NextStartCode, found);
        }
        let Self { assembler, marks, .. } = self;
        assembler.end(&mut |unit| found.push(marks.event(unit, FrameBoundary::NextPusi)));
        *self = Self { nal_units: self.nal_units, ..Self::default() };
    }
}

/// `head` with no more zeros in front of its start code than belong to it.
fn without_zeros(head: &[u8]) -> &[u8] {
    let zeros = head.iter().take_while(|byte| **byte == 0).count();
    &head[zeros.saturating_sub(START_CODE_BYTES as usize)..]
}

/// What is known of places in the stream of all payloads: PES packets that begin there, and when their bytes came.
#[derive(Debug, Default)]
struct Marks {
    /// The times stay until an access unit has begun in the PES packet.
    pes_packets: VecDeque<(u64, Option<Times>)>,
    arrivals: VecDeque<(u64, Moment)>,
}

impl Marks {
    /// A PES packet begins here.
    fn pes_packet(&mut self, at: u64, times: Option<Times>) {
        put(&mut self.pes_packets, at, times);
    }

    /// The next bytes, which begin here, came at this moment.
    fn arrival(&mut self, at: u64, received_at: Moment) {
        if self.arrivals.back().is_none_or(|(_, last)| *last != received_at) {
            put(&mut self.arrivals, at, received_at);
        }
    }

    /// What an assembler gives, with its times and the moment when its first byte came. It is labelled with its place
    /// instead of that moment; no later one begins before it.
    fn event(&mut self, given: Result<AccessUnit, AccessUnitError>, boundary: FrameBoundary) -> UnitEvent {
        let mut times = None;
        let given = given.map(|unit| {
            let begins_at = unit.received_at().as_micros();
            let pes_packet = at(&mut self.pes_packets, begins_at).filter(|(from, _)| *from <= begins_at);
            times = pes_packet.and_then(|(_, times)| times.take());
            let received_at = at(&mut self.arrivals, begins_at).map(|(_, received_at)| *received_at);
            unit.with_received_at(received_at.unwrap_or_default())
        });
        UnitEvent::new(given, times, boundary)
    }
}

/// Remembers one more; the oldest give way.
fn put<T>(marks: &mut VecDeque<(u64, T)>, at: u64, mark: T) {
    if marks.len() == MAX_MARKS {
        marks.pop_front();
    }
    marks.push_back((at, mark));
}

/// The last mark that is not behind `place`, or the first there is. Those before are forgotten.
fn at<T>(marks: &mut VecDeque<(u64, T)>, place: u64) -> Option<&mut (u64, T)> {
    while marks.get(1).is_some_and(|(next, _)| *next <= place) {
        marks.pop_front();
    }
    marks.front_mut()
}

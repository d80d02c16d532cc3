//! The demuxer: transport packets to the PES packets of the H.264 stream among them.
//!
//! ```text
//! packets ─┬─ tables ──► Tables: which PID has H.264
//!          └─ that PID ─► Counter: is one missing? ─► header of the PES packet ─► Start, Payload … LengthReached
//! ```
//! Payloads are given as they come: what they are is found out behind this. What is missing by the counters, out of step or
//! damaged is said. What comes out does not depend on how the bytes were cut.

use super::{
    TIME_MASK,
    continuity::{Continuity, Counter},
    error::{MpegTsError, OtherStream},
    packet::{Cut, Packet, PacketReader},
    pes::{Header, PesHeader},
    tables::Tables,
};
use crate::{container_clock::Times, time::Moment};

/// What comes out of a transport stream.
#[derive(Debug)]
pub enum TsEvent<'a> {
    /// A PES packet of the video begins, with these times.
    Start(Option<Times>),
    /// The next bytes of it.
    Payload {
        /// What one transport packet has.
        bytes: &'a [u8],
        /// The PES packet says no length, and the transport packet has stuffing, which only the last one needs.
        is_stuffed: bool,
        /// When the transport packet came.
        received_at: Moment,
    },
    /// All bytes have come that the length of the PES packet says; it said so many.
    LengthReached(usize),
    /// Something was left out.
    Trouble(MpegTsError),
    /// A PES packet or a part of one is missing.
    Lost,
    /// The stream ends, or another begins.
    End,
}

/// Takes a transport stream apart.
#[derive(Debug, Default)]
pub struct Demuxer {
    packets: PacketReader,
    tables: Tables,
    video: Video,
    last_dts: Option<i64>,
}

impl Demuxer {
    /// Takes the next bytes, which came at `received_at`, and gives what they complete.
    pub fn push(&mut self, bytes: &[u8], received_at: Moment, give: &mut impl FnMut(TsEvent<'_>)) {
        let Self { packets, tables, video, last_dts } = self;
        packets.push(bytes, |cut| {
            let mut out = Out { last_dts: &mut *last_dts, give: &mut *give };
            let Cut::Packet(packet) = cut else {
                if let Cut::OutOfStep(offset) = cut {
                    out.trouble(MpegTsError::OutOfStep { offset });
                    video.lose(&mut out);
                }
                return;
            };
            let Some(packet) = Packet::read(packet) else {
                return video.damaged(packet, tables.video_pid(), &mut out);
            };
            if Some(packet.pid) != tables.video_pid()
                && tables.packet(&packet, |other| out.trouble(MpegTsError::OtherVideo(other)))
            {
                video.end(&mut out);
                (out.give)(TsEvent::Lost);
            }
            if Some(packet.pid) == tables.video_pid() {
                video.packet(&packet, received_at, &mut out);
            }
        });
    }

    /// The input ends.
    pub fn end(&mut self, give: &mut impl FnMut(TsEvent<'_>)) {
        let mut out = Out { last_dts: &mut self.last_dts, give };
        self.video.end(&mut out);
    }
}

/// Where events go, with their times on the way.
struct Out<'a, G> {
    last_dts: &'a mut Option<i64>,
    give: &'a mut G,
}

impl<G: FnMut(TsEvent<'_>)> Out<'_, G> {
    fn trouble(&mut self, error: MpegTsError) {
        (self.give)(TsEvent::Trouble(error));
    }

    fn start(&mut self, header: &PesHeader) {
        let times = header.pts.zip(header.dts).map(|(pts, dts)| {
            // 33 bits wrap after a day; what is nearest to the last is meant.
            let dts = self.last_dts.map_or(dts, |last| last + nearest(dts - last));
            *self.last_dts = Some(dts);
            Times { pts: dts + nearest(pts - dts), dts }
        });
        (self.give)(TsEvent::Start(times));
    }
}

/// The number nearest to 0 that is `difference` in its low 33 bits.
const fn nearest(difference: i64) -> i64 {
    let bits = difference & TIME_MASK;
    if bits > TIME_MASK / 2 { bits - TIME_MASK - 1 } else { bits }
}

/// Takes the PES packets of the video apart.
#[derive(Debug, Default)]
struct Video {
    open: Option<Open>,
    counter: Counter,
    /// The PES packet before the open one was shorter than its length.
    was_cut_off: bool,
    /// Scrambled packets are said once.
    is_scrambled: bool,
}

/// A PES packet that has begun.
#[derive(Debug)]
struct Open {
    /// What has come of its header; empty behind it.
    header: Vec<u8>,
    is_in_payload: bool,
    /// What it says of its payload, and what of that has not come.
    length: Option<(usize, usize)>,
}

impl Video {
    fn packet<G: FnMut(TsEvent<'_>)>(
        &mut self,
        packet: &Packet<'_>,
        received_at: Moment,
        out: &mut Out<'_, G>,
    ) {
        let Some(payload) = packet.payload else { return };
        match self.counter.take(packet, payload) {
            Continuity::Next => {}
            Continuity::Duplicate => return,
            Continuity::Gap => {
                out.trouble(MpegTsError::Missing);
                self.lost(out);
            }
        }
        if packet.begins_unit {
            // Some set the bits of scrambling in clear packets.
            if packet.is_scrambled && !matches!(Header::read(payload), Header::Stream(_)) {
                return self.scrambled(out);
            }
            // Lengths are wrong in some streams; where counters say nothing, one that is wrong once does.
            let is_cut_off = self.is_cut_off();
            let was_cut_off = std::mem::replace(&mut self.was_cut_off, is_cut_off);
            if is_cut_off && !was_cut_off && self.counter.is_ignored() {
                out.trouble(MpegTsError::Missing);
                self.lost(out);
            }
            self.open = Some(Open { header: Vec::new(), is_in_payload: false, length: None });
        } else if self.open.is_none() && packet.is_scrambled {
            return self.scrambled(out);
        }
        let Some(open) = &mut self.open else { return };
        if open.is_in_payload {
            return open.payload(payload, packet.has_stuffing, received_at, out);
        }
        open.header.extend_from_slice(payload);
        match Header::read(&open.header) {
            Header::Incomplete => {}
            Header::Wrong => {
                out.trouble(MpegTsError::NotPes);
                self.lost(out);
            }
            Header::Other => self.open = None,
            Header::Stream(header) => {
                let front = std::mem::take(&mut open.header);
                let payload = &front[header.bytes..];
                if header.is_scrambled && !payload.starts_with(&[0, 0]) {
                    return self.scrambled(out);
                }
                self.is_scrambled = false;
                open.is_in_payload = true;
                open.length = header.payload_bytes.map(|bytes| (bytes, bytes));
                out.start(&header);
                open.payload(payload, packet.has_stuffing, received_at, out);
            }
        }
    }

    fn scrambled<G: FnMut(TsEvent<'_>)>(&mut self, out: &mut Out<'_, G>) {
        self.open = None;
        if !std::mem::replace(&mut self.is_scrambled, true) {
            out.trouble(MpegTsError::OtherVideo(OtherStream::Scrambled));
            (out.give)(TsEvent::Lost);
        }
    }

    /// Whether the open PES packet says that more of it is to come.
    fn is_cut_off(&self) -> bool {
        let left = self.open.as_ref().and_then(|open| open.length).map_or(0, |(_, left)| left);
        left > 0
    }

    /// A packet that cannot be read; of which stream is not certain, but likely.
    fn damaged<G: FnMut(TsEvent<'_>)>(&mut self, packet: &[u8], video: Option<u16>, out: &mut Out<'_, G>) {
        let pid = u16::from(packet[1] & 0x1f) << 8 | u16::from(packet[2]);
        if Some(pid) == video {
            out.trouble(MpegTsError::Missing);
            self.lose(out);
        }
    }

    /// Packets are missing, nobody knows how many.
    fn lose<G: FnMut(TsEvent<'_>)>(&mut self, out: &mut Out<'_, G>) {
        self.counter.restart();
        self.lost(out);
    }

    /// Something is missing: the open PES packet has a hole.
    fn lost<G: FnMut(TsEvent<'_>)>(&mut self, out: &mut Out<'_, G>) {
        self.open = None;
        (out.give)(TsEvent::Lost);
    }

    /// Nothing more of this stream comes.
    fn end<G: FnMut(TsEvent<'_>)>(&mut self, out: &mut Out<'_, G>) {
        if self.is_cut_off() && !self.was_cut_off {
            (out.give)(TsEvent::Lost);
        }
        (out.give)(TsEvent::End);
        *self = Self::default();
    }
}

impl Open {
    fn payload<G: FnMut(TsEvent<'_>)>(
        &mut self,
        bytes: &[u8],
        has_stuffing: bool,
        received_at: Moment,
        out: &mut Out<'_, G>,
    ) {
        let is_stuffed = has_stuffing && self.length.is_none();
        (out.give)(TsEvent::Payload { bytes, is_stuffed, received_at });
        if let Some((length, left)) = &mut self.length
            && *left > 0
        {
            *left = left.saturating_sub(bytes.len());
            if *left == 0 {
                (out.give)(TsEvent::LengthReached(*length));
            }
        }
    }
}

//! The demuxer: transport packets to the PES packets of the H.264 stream among them.
//!
//! ```text
//! packets ─┬─ PID 0 ────► PAT ─► PIDs of program maps
//!          ├─ those ────► PMT ─► PID of the first H.264 stream
//!          └─ that one ─► PES packets: whole by their length, by stuffing, or when the next begins
//! ```
//! A PES packet that says no length has ended when a packet has stuffing: only the last one needs it. Used after
//! [`PROOFS`] PES packets in a row for which it was right; once wrong, not for [`DISTRUST`] of them.
//! What is missing by the counters, out of step or damaged is said; a PES packet with a hole is not given.
//! What comes out does not depend on how the bytes were cut.

use super::{
    PAT_PID, TIME_MASK,
    packet::{Cut, Packet, PacketReader},
    pes::{Pes, PesBuffer},
    section::{SectionReader, program_maps, streams},
};
use crate::{container_clock::Times, h264::access_unit::MAX_ACCESS_UNIT_BYTES, time::Moment};

/// PES packets in a row for which stuffing must have been right.
const PROOFS: u32 = 8;
/// PES packets for which stuffing means nothing after it was wrong: a minute at 30 frames a second.
const DISTRUST: u32 = 1_800;
/// Programs whose maps are read; the first with H.264 is played.
const MAX_PROGRAMS: usize = 16;
/// stream_type of H.264 (table 2-34).
const H264_TYPE: u8 = 0x1b;
/// Of other video: MPEG-1, MPEG-2, MPEG-4 part 2, H.265.
const VIDEO_TYPES: [u8; 4] = [0x01, 0x02, 0x10, 0x24];

/// What is wrong with a transport stream; what can be played of it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MpegTsError {
    /// A packet does not begin where it should.
    #[error("no transport packet at byte {offset}; the next one is looked for")]
    OutOfStep {
        /// Position in the stream.
        offset: u64,
    },
    /// Packets of the video are missing, or were damaged on their way.
    #[error("transport packets of the video are missing")]
    Missing,
    /// A unit of the video is not what it should be.
    #[error("the transport stream has video that is no PES packet, or scrambled")]
    NotPes,
    /// A unit of the video does not end.
    #[error("a PES packet of more than {MAX_ACCESS_UNIT_BYTES} bytes is too large")]
    TooLarge,
    /// There is no H.264 in it.
    #[error("the transport stream holds no H.264 but {0}; only H.264 is played")]
    OtherVideo(OtherStream),
}

/// What a transport stream holds instead of H.264.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OtherStream(pub u8);

impl std::fmt::Display for OtherStream {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.0 {
            0x01 | 0x02 => out.write_str("MPEG-1 or MPEG-2 video (ffmpeg: add `-c:v libx264`)"),
            0x10 => out.write_str("MPEG-4 part 2 video"),
            0x24 => out.write_str("H.265 (HEVC) video"),
            0x03 | 0x04 | 0x0f | 0x11 | 0x81 => out.write_str("sound"),
            other => write!(out, "a stream of type {other:#04x}"),
        }
    }
}

/// What said that a PES packet is whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PesEnd {
    /// Its length.
    Length,
    /// Stuffing, which stands in its last transport packet.
    Stuffing,
    /// The first transport packet of the next one, or the end of the input.
    NextStart,
}

/// What comes out of a transport stream.
#[derive(Debug)]
pub enum TsEvent {
    /// A PES packet of the video, its times, and what said that it is whole.
    Pes(Pes, Option<Times>, PesEnd),
    /// Something was left out.
    Trouble(MpegTsError),
    /// A PES packet or more was lost.
    Lost,
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
    pub fn push(&mut self, bytes: &[u8], received_at: Moment, give: &mut impl FnMut(TsEvent)) {
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
            if Some(packet.pid) == tables.video_pid() {
                video.packet(&packet, received_at, &mut out);
            } else if tables.packet(&packet, &mut out) {
                video.lose(&mut out);
                *video = Video::default();
            }
        });
    }

    /// The input ends: gives the last PES packet, if nothing says that it is cut off.
    pub fn end(&mut self, give: &mut impl FnMut(TsEvent)) {
        let mut out = Out { last_dts: &mut self.last_dts, give };
        if self.video.open.as_ref().is_some_and(|open| open.is_whole().is_none()) {
            self.video.finish(PesEnd::NextStart, &mut out);
        }
        self.video = Video::default();
    }
}

/// Where events go, with their times on the way.
struct Out<'a, G> {
    last_dts: &'a mut Option<i64>,
    give: &'a mut G,
}

impl<G: FnMut(TsEvent)> Out<'_, G> {
    fn trouble(&mut self, error: MpegTsError) {
        (self.give)(TsEvent::Trouble(error));
    }

    fn pes(&mut self, pes: Pes, end: PesEnd) {
        let times = pes.pts.zip(pes.dts).map(|(pts, dts)| {
            // 33 bits wrap after a day; what is nearest to the last is meant.
            let dts = self.last_dts.map_or(dts, |last| last + nearest(dts - last));
            *self.last_dts = Some(dts);
            Times { pts: dts + nearest(pts - dts), dts }
        });
        (self.give)(TsEvent::Pes(pes, times, end));
    }
}

/// The number nearest to 0 that is `difference` in its low 33 bits.
const fn nearest(difference: i64) -> i64 {
    let bits = difference & TIME_MASK;
    if bits > TIME_MASK / 2 { bits - TIME_MASK - 1 } else { bits }
}

/// Which PID has the video.
#[derive(Debug, Default)]
struct Tables {
    pat: SectionReader,
    maps: Vec<(u16, SectionReader)>,
    /// PIDs of the map and of the video in use.
    video: Option<(u16, u16)>,
    /// Said once.
    other: Option<u8>,
}

impl Tables {
    fn video_pid(&self) -> Option<u16> {
        self.video.map(|(_, pid)| pid)
    }

    /// Takes a packet that is none of the video; whether the video is another now.
    fn packet<G: FnMut(TsEvent)>(&mut self, packet: &Packet<'_>, out: &mut Out<'_, G>) -> bool {
        let Some(payload) = packet.payload.filter(|_| !packet.is_scrambled) else { return false };
        let before = self.video;
        let Self { pat, maps, video, other } = self;
        if packet.pid == PAT_PID {
            pat.push(payload, packet.begins_unit, |section| {
                let Some(pids) = program_maps(section) else { return };
                let pids: Vec<u16> = pids.take(MAX_PROGRAMS).collect();
                maps.retain(|(pid, _)| pids.contains(pid));
                for pid in pids {
                    if !maps.iter().any(|(known, _)| *known == pid) {
                        maps.push((pid, SectionReader::default()));
                    }
                }
                *video = video.filter(|(map, _)| maps.iter().any(|(pid, _)| pid == map));
            });
        } else if let Some((map, reader)) = maps.iter_mut().find(|(pid, _)| *pid == packet.pid) {
            reader.push(payload, packet.begins_unit, |section| {
                let Some(streams) = streams(section) else { return };
                let h264 = streams.iter().find(|(stream_type, _)| *stream_type == H264_TYPE);
                match (h264, &video) {
                    (Some((_, pid)), None) => *video = Some((*map, *pid)),
                    (Some((_, pid)), Some((known, _))) if known == map => *video = Some((*map, *pid)),
                    (None, Some((known, _))) if known == map => *video = None,
                    _ => {}
                }
                let types = || streams.iter().map(|(stream_type, _)| *stream_type);
                let stream_type =
                    types().find(|stream_type| VIDEO_TYPES.contains(stream_type)).or(types().next());
                if video.is_none() && stream_type.is_some() && stream_type != *other {
                    *other = stream_type;
                    out.trouble(MpegTsError::OtherVideo(OtherStream(stream_type.unwrap_or(0))));
                }
            });
        }
        before.is_some() && before != self.video
    }
}

/// Puts the PES packets of the video together.
#[derive(Debug, Default)]
struct Video {
    open: Option<PesBuffer>,
    /// Counter and payload of the last packet.
    counter: Option<u8>,
    last_payload: Vec<u8>,
    /// The last packet had stuffing, and what it belongs to has no length.
    is_stuffed: bool,
    /// Stuffing has ended the last PES packet before the next began.
    said: bool,
    /// PES packets in a row for which stuffing was right.
    proofs: u32,
    distrust: u32,
}

impl Video {
    fn packet<G: FnMut(TsEvent)>(&mut self, packet: &Packet<'_>, received_at: Moment, out: &mut Out<'_, G>) {
        let Some(payload) = packet.payload else { return };
        let last = self.counter.replace(packet.counter);
        if last == Some(packet.counter) && self.last_payload == payload {
            // A packet may be sent twice (section 2.4.3.3).
            return;
        }
        let is_next = last.is_none_or(|last| (last + 1) & 0x0f == packet.counter);
        self.last_payload.clear();
        self.last_payload.extend_from_slice(payload);
        if !is_next && !packet.is_discontinuity {
            out.trouble(MpegTsError::Missing);
            self.lose(out);
            self.counter = Some(packet.counter);
        }
        if packet.is_scrambled {
            out.trouble(MpegTsError::NotPes);
            return self.lose(out);
        }
        if packet.begins_unit {
            self.learn();
            self.finish(PesEnd::NextStart, out);
            self.open = Some(PesBuffer::new(payload, received_at));
        } else if let Some(open) = &mut self.open {
            if self.is_stuffed {
                self.proofs = 0;
            }
            open.extend(payload);
        } else {
            if std::mem::take(&mut self.said) {
                self.proofs = 0;
                self.distrust = DISTRUST;
                out.trouble(MpegTsError::Missing);
                (out.give)(TsEvent::Lost);
            }
            return;
        }
        let Some(open) = &self.open else { return };
        let is_whole = open.is_whole();
        self.is_stuffed = packet.has_stuffing && is_whole.is_none();
        if open.len() > MAX_ACCESS_UNIT_BYTES {
            out.trouble(MpegTsError::TooLarge);
            self.lose(out);
        } else if is_whole == Some(true) {
            self.finish(PesEnd::Length, out);
        } else if self.is_stuffed && self.proofs >= PROOFS && self.distrust == 0 {
            self.finish(PesEnd::Stuffing, out);
            self.said = true;
        }
    }

    /// The next PES packet begins: was stuffing right about the last?
    const fn learn(&mut self) {
        self.said = false;
        self.distrust = self.distrust.saturating_sub(1);
        if self.is_stuffed {
            self.proofs = self.proofs.saturating_add(1);
        }
        self.is_stuffed = false;
    }

    fn finish<G: FnMut(TsEvent)>(&mut self, end: PesEnd, out: &mut Out<'_, G>) {
        let Some(open) = self.open.take() else { return };
        if open.is_whole() == Some(false) {
            out.trouble(MpegTsError::Missing);
            return (out.give)(TsEvent::Lost);
        }
        if let Some(pes) = open.finish() {
            out.pes(pes, end);
        } else {
            out.trouble(MpegTsError::NotPes);
            (out.give)(TsEvent::Lost);
        }
    }

    /// A packet that cannot be read; of which stream is not certain, but likely.
    fn damaged<G: FnMut(TsEvent)>(&mut self, packet: &[u8], video: Option<u16>, out: &mut Out<'_, G>) {
        let pid = u16::from(packet[1] & 0x1f) << 8 | u16::from(packet[2]);
        if Some(pid) == video {
            out.trouble(MpegTsError::Missing);
            self.lose(out);
        }
    }

    /// Something is missing: the open PES packet has a hole.
    fn lose<G: FnMut(TsEvent)>(&mut self, out: &mut Out<'_, G>) {
        self.open = None;
        self.counter = None;
        self.is_stuffed = false;
        self.said = false;
        (out.give)(TsEvent::Lost);
    }
}

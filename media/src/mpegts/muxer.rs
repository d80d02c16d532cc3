//! The muxer: frames to transport stream packets (ISO/IEC 13818-1 sections 2.4.3.2 to 2.4.3.7).
//!
//! ```text
//! keyframe: PAT │ PMT │ video, AF(PCR) PES header  payload… │ video payload… │ video AF(stuffing) payload
//! others:               video, AF(PCR) PES header  payload… │ …
//!
//! let mut muxer = Muxer::new(VideoStream::H264);       one viewer: counters go on from frame to frame
//! let bytes = muxer.mux(&frame);                       whole packets of 188 bytes, one PES packet a frame
//!
//! Muxer::shared(VideoStream::Mpeg1).mux(&frame)        the same bytes for all viewers, for players that count nothing
//! ```
//! The continuity counters of a stream count its packets, so they differ from viewer to viewer: each joined
//! elsewhere or skipped something else. Two ways out: a `Muxer` a viewer, which costs it one copy of each frame and
//! gives a stream without a flaw; or packets that all share, whose counters begin at 0 with every frame and say so
//! by the discontinuity indicator.
//!
//! A viewer's first frame must be a keyframe. A demuxer always sees the end of a frame at once: `PES_packet_length` is set when it fits in its 16 bits; else it is 0,
//! as video may, and the last packet, never the first, has stuffing. The PCR is the decode time, so that a player
//! adds no delay of its own account. H.264 gets the access unit delimiter that section 2.14.1 asks for.

use bytes::{Buf, BufMut, Bytes, BytesMut};

use super::{
    PACKET_BYTES, PAT_PID, SYNC, TIME_MASK, VIDEO_STREAM_ID,
    psi::{pat_section, pmt_section},
};
use crate::{
    frame::{Frame, Role},
    time::Timestamp,
};

/// PID of the program map table; the one that ffmpeg uses.
const PMT_PID: u16 = 0x1000;
/// PID of the video.
const VIDEO_PID: u16 = 0x100;
/// Bytes of a packet behind its header.
const PACKET_PAYLOAD_BYTES: usize = PACKET_BYTES - 4;
/// The adaptation field with a clock reference: its length, flags, and 48 bits.
const PCR_FIELD_BYTES: usize = 8;
/// Most that `PES_packet_length` can say.
const MAX_PES_LENGTH: usize = 0xffff;
/// An access unit delimiter that allows all slice types.
const AUD: [u8; 6] = [0, 0, 0, 1, 0x09, 0xf0];
/// Type of the delimiter's NAL unit.
const AUD_TYPE: u8 = 9;

const DISCONTINUITY: u8 = 0x80;
const RANDOM_ACCESS: u8 = 0x40;
const HAS_PCR: u8 = 0x10;

/// What the video of a stream is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum VideoStream {
    /// H.264; frames are access units in Annex B form.
    H264,
    /// MPEG-1 video; frames are pictures, a keyframe with its sequence header in front.
    Mpeg1,
}

impl VideoStream {
    /// Its stream_type in the program map (table 2-34).
    const fn stream_type(self) -> u8 {
        match self {
            Self::H264 => 0x1b,
            Self::Mpeg1 => 0x01,
        }
    }

    /// What stands in front of the payload of `frame`.
    fn prefix(self, frame: &Frame) -> &'static [u8] {
        let begins = |unit: &[u8]| unit.first().is_some_and(|header| header & 0x1f == AUD_TYPE);
        match self {
            Self::H264 if !frame.nal_units().next().is_some_and(begins) => &AUD,
            Self::H264 | Self::Mpeg1 => &[],
        }
    }
}

/// Makes the packets of one stream.
#[derive(Clone, Debug)]
pub struct Muxer {
    stream: VideoStream,
    pat: Section,
    pmt: Section,
    video_counter: u8,
    /// The counters do not go on from the frame before.
    is_shared: bool,
}

impl Muxer {
    /// The muxer of one viewer, before the first frame.
    #[must_use]
    pub fn new(stream: VideoStream) -> Self {
        Self {
            stream,
            pat: Section::new(PAT_PID, &pat_section(PMT_PID)),
            pmt: Section::new(PMT_PID, &pmt_section(stream.stream_type(), VIDEO_PID)),
            video_counter: 0,
            is_shared: false,
        }
    }

    /// A muxer for one frame, whose packets all viewers get.
    #[must_use]
    pub fn shared(stream: VideoStream) -> Self {
        Self { is_shared: true, ..Self::new(stream) }
    }

    /// The packets of `frame`; a keyframe has the tables in front. A viewer's first frame is a keyframe.
    #[must_use]
    pub fn mux(&mut self, frame: &Frame) -> Bytes {
        let prefix = self.stream.prefix(frame);
        let is_key = frame.role == Role::Key;
        let payload_bytes = prefix.len() + frame.payload.len();
        let header = PesHeader::new(frame, payload_bytes);
        // In full packets, so that nothing is allocated twice.
        let most = header.bytes().len() + payload_bytes + PCR_FIELD_BYTES;
        let mut out = BytesMut::with_capacity((most / PACKET_PAYLOAD_BYTES + 4) * PACKET_BYTES);
        if is_key {
            self.pat.put(&mut out);
            self.pmt.put(&mut out);
        }
        let mut rest = header.bytes().chain(prefix).chain(&frame.payload[..]);
        let mut adaptation = Adaptation {
            flags: HAS_PCR
                | if is_key { RANDOM_ACCESS } else { 0 }
                | if self.is_shared { DISCONTINUITY } else { 0 },
            pcr: Some(ticks_90k(frame.dts)),
            stuffing: 0,
        };
        if header.is_unbounded {
            // The last packet must not be full.
            let behind_first = rest.remaining() + PCR_FIELD_BYTES - PACKET_PAYLOAD_BYTES;
            adaptation.stuffing = usize::from(behind_first.is_multiple_of(PACKET_PAYLOAD_BYTES));
        }
        let mut begins_unit = true;
        while rest.has_remaining() {
            put_header(&mut out, VIDEO_PID, begins_unit, self.video_counter);
            self.video_counter = (self.video_counter + 1) & 0x0f;
            let length = adaptation.put(&mut out, rest.remaining());
            out.put((&mut rest).take(length));
            begins_unit = false;
            adaptation = Adaptation::default();
        }
        out.freeze()
    }
}

/// The header of a PES packet (section 2.4.3.6).
struct PesHeader {
    bytes: [u8; 19],
    length: usize,
    is_unbounded: bool,
}

impl PesHeader {
    fn new(frame: &Frame, payload_bytes: usize) -> Self {
        let (pts, dts) = (ticks_90k(frame.pts), ticks_90k(frame.dts));
        let times = if pts == dts { 5 } else { 10 };
        let pes_length = 3 + times + payload_bytes;
        let is_unbounded = pes_length > MAX_PES_LENGTH;
        let stated = if is_unbounded { 0 } else { u16::try_from(pes_length).unwrap_or(0) };
        let mut bytes = [0; 19];
        let mut out = &mut bytes[..];
        out.put_slice(&[0, 0, 1, VIDEO_STREAM_ID]);
        out.put_u16(stated);
        let data_is_aligned = 0x84;
        out.put_u8(data_is_aligned);
        if pts == dts {
            out.put_slice(&[0x80, 5]);
            put_time(&mut out, 2, pts);
        } else {
            out.put_slice(&[0xc0, 10]);
            put_time(&mut out, 3, pts);
            put_time(&mut out, 1, dts);
        }
        Self { bytes, length: 9 + times, is_unbounded }
    }

    fn bytes(&self) -> &[u8] {
        &self.bytes[..self.length]
    }
}

/// 33 bits between marker bits, behind four that say which time it is.
fn put_time(out: &mut impl BufMut, kind: u8, time: u64) {
    // Each mask leaves the bits that fit.
    out.put_u8(kind << 4 | ((time >> 29) & 0x0e) as u8 | 1);
    out.put_u16(((time >> 14) & 0xfffe) as u16 | 1);
    out.put_u16(((time << 1) & 0xfffe) as u16 | 1);
}

/// A time as 33 bits of 90 kHz.
fn ticks_90k(time: Timestamp) -> u64 {
    let ticks = i128::from(time.ticks) * 90_000 / i128::from(time.timebase.ticks_per_second());
    // The mask keeps it positive.
    (ticks & i128::from(TIME_MASK)) as u64
}

/// What stands between a packet's header and its payload (section 2.4.3.4).
#[derive(Debug, Default)]
struct Adaptation {
    flags: u8,
    pcr: Option<u64>,
    stuffing: usize,
}

impl Adaptation {
    /// Writes itself, as long as `payload_bytes` need it to be; gives how many of them fit.
    fn put(&self, out: &mut BytesMut, payload_bytes: usize) -> usize {
        let least = if self.pcr.is_some() { PCR_FIELD_BYTES + self.stuffing } else { 0 };
        let payload = payload_bytes.min(PACKET_PAYLOAD_BYTES - least);
        let bytes = PACKET_PAYLOAD_BYTES - payload;
        if bytes == 0 {
            return payload;
        }
        let control = out.len() - 1;
        out[control] |= 0x20;
        // At most 183.
        out.put_u8((bytes - 1) as u8);
        if bytes > 1 {
            out.put_u8(self.flags);
            if let Some(pcr) = self.pcr {
                let (reserved_bits, extension) = (0x3f << 9, 0);
                out.put_uint(pcr << 15 | reserved_bits | extension, 6);
            }
            let written = if self.pcr.is_some() { PCR_FIELD_BYTES } else { 2 };
            out.put_bytes(0xff, bytes - written);
        }
        payload
    }
}

/// The four bytes in front of a packet with payload.
fn put_header(out: &mut BytesMut, pid: u16, begins_unit: bool, counter: u8) {
    out.put_u8(SYNC);
    out.put_u16(u16::from(begins_unit) << 14 | pid);
    out.put_u8(0x10 | counter);
}

/// A packet that holds one section of a table.
#[derive(Clone, Debug)]
struct Section {
    packet: [u8; PACKET_BYTES],
    counter: u8,
}

impl Section {
    fn new(pid: u16, section: &[u8]) -> Self {
        let mut out = BytesMut::with_capacity(PACKET_BYTES);
        put_header(&mut out, pid, true, 0);
        let pointer_field = 0;
        out.put_u8(pointer_field);
        out.put_slice(section);
        let mut packet = [0xff; PACKET_BYTES];
        packet[..out.len()].copy_from_slice(&out);
        Self { packet, counter: 0 }
    }

    fn put(&mut self, out: &mut BytesMut) {
        self.packet[3] = 0x10 | self.counter;
        self.counter = (self.counter + 1) & 0x0f;
        out.put_slice(&self.packet);
    }
}

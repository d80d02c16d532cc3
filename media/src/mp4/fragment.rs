//! A fragment: one frame, or a group of them, as `moof` and `mdat`.
//!
//! ```text
//! moof  100 bytes for one frame (104 with an offset)  ISO/IEC 14496-12 section 8.8.4
//! ├─ mfhd  sequence + 1                               8.8.5
//! └─ traf                                             8.8.6
//!    ├─ tfhd  track 1, default-base-is-moof           8.8.7
//!    ├─ tfdt  version 1: dts                          8.8.12
//!    └─ trun  version 1: a sample a frame, its        8.8.8
//!             duration, size, flags [, pts - dts]
//! mdat  8 bytes, then the samples                     8.1.1
//!       [32-bit length | NAL unit] …                  ISO/IEC 14496-15 section 5.3.2
//! ```
//! This runs for every frame, so it is written straight into the caller's buffer: all box sizes are
//! known beforehand and nothing is allocated. The samples leave out what MP4 carries elsewhere or has
//! no use for: parameter sets of keyframes (they are in `avcC`), access unit delimiters and filler.
//! Everything else stays bit for bit, SEI included.
//!
//! Times are in the video timebase, which is the timescale of the init segment. A track begins at
//! time 0 or later; a DTS before it would be written as 0.

use bytes::{BufMut, Bytes};

use super::{SOUND_TRACK_ID, VIDEO_TRACK_ID};
use crate::{
    frame::{Frame, Role},
    time::Timebase,
};

const BOX_HEADER: u32 = 8;
const FULL_BOX_HEADER: u32 = 12;
const MFHD: u32 = FULL_BOX_HEADER + 4;
const TFHD: u32 = FULL_BOX_HEADER + 4;
const TFDT: u32 = FULL_BOX_HEADER + 8;
const TRUN: u32 = FULL_BOX_HEADER + 8;
const TRUN_SAMPLE: u32 = 12;
const TRUN_SAMPLE_OFFSET: u32 = 4;
const LENGTH_PREFIX: u32 = 4;

/// Where the number of a fragment is: behind the headers of `moof` and `mfhd`.
pub(super) const SEQUENCE_AT: usize = (BOX_HEADER + FULL_BOX_HEADER) as usize;
/// Bytes up to the end of `tfdt`, whose last 8 are the decode time.
pub(super) const HEAD_BYTES: usize = (BOX_HEADER + MFHD + BOX_HEADER + TFHD + TFDT) as usize;
pub(super) const DECODE_TIME_AT: usize = HEAD_BYTES - 8;

/// Bytes in front of the payload of a fragment with one packet of sound.
pub(super) const SOUND_HEADERS_BYTES: usize = HEAD_BYTES + (TRUN + TRUN_SAMPLE + BOX_HEADER) as usize;

const VERSION_1: u32 = 1 << 24;
const DEFAULT_BASE_IS_MOOF: u32 = 0x02_0000;
const TRUN_DATA_OFFSET: u32 = 0x001;
const TRUN_DURATION: u32 = 0x100;
const TRUN_SIZE: u32 = 0x200;
const TRUN_FLAGS: u32 = 0x400;
const TRUN_COMPOSITION_OFFSET: u32 = 0x800;

const DEPENDS_ON_OTHERS: u32 = 1 << 24;
const DEPENDS_ON_NONE: u32 = 2 << 24;
const IS_DEPENDED_ON: u32 = 1 << 22;
const IS_DISPOSABLE: u32 = 2 << 22;
const IS_NON_SYNC: u32 = 1 << 16;

const NAL_SPS: u8 = 7;
const NAL_PPS: u8 = 8;
const NAL_AUD: u8 = 9;
const NAL_FILLER: u8 = 12;

/// A frame with its place in the timeline of its fragment.
#[derive(Clone, Copy)]
pub(super) struct Sample<'a> {
    pub(super) frame: &'a Frame,
    /// Ticks to the next sample's decode time.
    pub(super) duration: u32,
    /// `pts - dts` in ticks.
    pub(super) offset: i32,
    /// Whether the parameter sets of a keyframe are in it.
    pub(super) has_sets: bool,
}

impl<'a> Sample<'a> {
    /// With the frame's own times.
    fn of(frame: &'a Frame) -> Self {
        Self { frame, duration: frame.duration, offset: composition_offset(frame), has_sets: false }
    }
}

/// Sizes of the parts of one fragment, in bytes.
struct Layout {
    has_offsets: bool,
    trun: u32,
    traf: u32,
    moof: u32,
    samples: u32,
}

impl Layout {
    fn of<'a>(samples: impl Iterator<Item = Sample<'a>> + Clone) -> Self {
        let has_offsets = samples.clone().any(|sample| sample.offset != 0);
        let a_sample = TRUN_SAMPLE + if has_offsets { TRUN_SAMPLE_OFFSET } else { 0 };
        let trun = TRUN + samples.clone().map(|_| a_sample).sum::<u32>();
        let traf = BOX_HEADER + TFHD + TFDT + trun;
        let samples = samples.map(sample_bytes).sum();
        Self { has_offsets, trun, traf, moof: BOX_HEADER + MFHD + traf, samples }
    }

    const fn total(&self) -> u32 {
        self.moof + BOX_HEADER + self.samples
    }
}

/// The fragment of `frame`: `moof` and `mdat`.
#[must_use]
pub fn fragment(frame: &Frame) -> Bytes {
    group_fragment(std::iter::once(frame))
}

/// The fragment of `frame` with its parameter sets, for a track whose configuration may change.
#[must_use]
pub fn fragment_with_sets(frame: &Frame) -> Bytes {
    fragment_of(std::iter::once(Sample { has_sets: true, ..Sample::of(frame) }), frame.dts.ticks)
}

/// One fragment of several frames: in decode order, each beginning where the one before it ends. Nothing for no
/// frame.
#[must_use]
pub fn group_fragment<'a>(frames: impl Iterator<Item = &'a Frame> + Clone) -> Bytes {
    let begins = frames.clone().next().map_or(0, |first| first.dts.ticks);
    fragment_of(frames.map(Sample::of), begins)
}

/// The fragment of `samples`, whose decode times begin at `begins`. Nothing for no sample.
pub(super) fn fragment_of<'a>(samples: impl Iterator<Item = Sample<'a>> + Clone, begins: i64) -> Bytes {
    let layout = Layout::of(samples.clone());
    let mut out = Vec::with_capacity(layout.total() as usize);
    put_fragment(&mut out, samples, begins, &layout);
    out.into()
}

/// Appends the fragment of `frame` to `out`, behind whatever header the caller has put there.
pub fn fragment_into(out: &mut impl BufMut, frame: &Frame) {
    let samples = std::iter::once(Sample::of(frame));
    put_fragment(out, samples.clone(), frame.dts.ticks, &Layout::of(samples));
}

/// Exact size of the fragment of `frame` in bytes.
#[must_use]
pub fn fragment_len(frame: &Frame) -> usize {
    Layout::of(std::iter::once(Sample::of(frame))).total() as usize
}

fn put_fragment<'a>(
    out: &mut impl BufMut,
    samples: impl Iterator<Item = Sample<'a>> + Clone,
    begins: i64,
    layout: &Layout,
) {
    let Some(Sample { frame: first, .. }) = samples.clone().next() else { return };
    debug_assert_eq!(first.dts.timebase, Timebase::VIDEO, "the init segment says 90 kHz");
    put_head(
        out,
        (layout.moof, layout.traf),
        first.sequence,
        VIDEO_TRACK_ID,
        u64::try_from(begins).unwrap_or(0),
    );
    put_trun(out, samples.clone(), layout);
    put_box(out, BOX_HEADER + layout.samples, b"mdat");
    for unit in samples.flat_map(sample_units) {
        out.put_u32(unit_bytes(unit));
        out.put_slice(unit);
    }
}

/// What stands before the samples: boxes `moof` and `traf` of these sizes.
fn put_head(out: &mut impl BufMut, (moof, traf): (u32, u32), sequence: u64, track: u32, begins: u64) {
    put_box(out, moof, b"moof");
    put_full_box(out, MFHD, b"mfhd", 0);
    // Counts from 1 and wraps with its 32 bits.
    out.put_u32((sequence as u32).wrapping_add(1));
    put_box(out, traf, b"traf");
    put_full_box(out, TFHD, b"tfhd", DEFAULT_BASE_IS_MOOF);
    out.put_u32(track);
    put_full_box(out, TFDT, b"tfdt", VERSION_1);
    out.put_u64(begins);
}

/// The fragment of one packet of sound, whose payload is the sample as it is. Times are in the timescale of its track.
pub(super) fn put_sound_fragment(out: &mut impl BufMut, packet: &Frame, begins: u64, duration: u32) {
    let size = u32::try_from(packet.payload.len()).expect("a packet of sound is short");
    let trun = TRUN + TRUN_SAMPLE;
    let traf = BOX_HEADER + TFHD + TFDT + trun;
    let moof = BOX_HEADER + MFHD + traf;
    put_head(out, (moof, traf), packet.sequence, SOUND_TRACK_ID, begins);
    let flags = TRUN_DATA_OFFSET | TRUN_DURATION | TRUN_SIZE | TRUN_FLAGS;
    put_full_box(out, trun, b"trun", VERSION_1 | flags);
    for word in [1, moof + BOX_HEADER, duration, size, sample_flags(Role::Key)] {
        out.put_u32(word);
    }
    put_box(out, BOX_HEADER + size, b"mdat");
    out.put_slice(&packet.payload);
}

fn put_trun<'a>(out: &mut impl BufMut, samples: impl Iterator<Item = Sample<'a>> + Clone, layout: &Layout) {
    let offset_flag = if layout.has_offsets { TRUN_COMPOSITION_OFFSET } else { 0 };
    let flags = TRUN_DATA_OFFSET | TRUN_DURATION | TRUN_SIZE | TRUN_FLAGS | offset_flag;
    put_full_box(out, layout.trun, b"trun", VERSION_1 | flags);
    out.put_u32(samples.clone().map(|_| 1_u32).sum());
    out.put_u32(layout.moof + BOX_HEADER);
    for sample in samples {
        out.put_u32(sample.duration);
        out.put_u32(sample_bytes(sample));
        out.put_u32(sample_flags(sample.frame.role));
        if layout.has_offsets {
            out.put_i32(sample.offset);
        }
    }
}

fn put_box(out: &mut impl BufMut, size: u32, kind: &[u8; 4]) {
    out.put_u32(size);
    out.put_slice(kind);
}

fn put_full_box(out: &mut impl BufMut, size: u32, kind: &[u8; 4], version_and_flags: u32) {
    put_box(out, size, kind);
    out.put_u32(version_and_flags);
}

/// Dependencies of a sample (8.8.3.1): on others, of others, and whether a player may begin at it.
const fn sample_flags(role: Role) -> u32 {
    match role {
        Role::Key => DEPENDS_ON_NONE | IS_DEPENDED_ON,
        Role::Reference => DEPENDS_ON_OTHERS | IS_DEPENDED_ON | IS_NON_SYNC,
        Role::Disposable => DEPENDS_ON_OTHERS | IS_DISPOSABLE | IS_NON_SYNC,
    }
}

fn composition_offset(frame: &Frame) -> i32 {
    offset_between(frame.pts.ticks, frame.dts.ticks)
}

/// `pts - dts`. It spans a few frames; what would not fit its 32 bits is cut off there.
pub(super) fn offset_between(pts: i64, dts: i64) -> i32 {
    let ticks = pts.saturating_sub(dts);
    i32::try_from(ticks).unwrap_or(if ticks < 0 { i32::MIN } else { i32::MAX })
}

fn sample_units(Sample { frame, has_sets, .. }: Sample<'_>) -> impl Iterator<Item = &[u8]> {
    let has_sets = has_sets || frame.role != Role::Key;
    frame.nal_units().filter(move |unit| match unit.first().map(|header| header & 0x1F) {
        None | Some(NAL_AUD | NAL_FILLER) => false,
        Some(NAL_SPS | NAL_PPS) => has_sets,
        Some(_) => true,
    })
}

fn sample_bytes(sample: Sample<'_>) -> u32 {
    sample_units(sample).map(|unit| LENGTH_PREFIX + unit_bytes(unit)).sum()
}

fn unit_bytes(unit: &[u8]) -> u32 {
    u32::try_from(unit.len()).expect("the ranges of a frame's units are 32 bits wide")
}

//! A fragment: one frame as `moof` and `mdat`.
//!
//! ```text
//! moof  100 bytes (104 with a composition offset)     ISO/IEC 14496-12 section 8.8.4
//! ├─ mfhd  sequence + 1                               8.8.5
//! └─ traf                                             8.8.6
//!    ├─ tfhd  track 1, default-base-is-moof           8.8.7
//!    ├─ tfdt  version 1: dts                          8.8.12
//!    └─ trun  version 1: one sample, its duration,    8.8.8
//!             size, flags [, pts - dts]
//! mdat  8 bytes, then the sample                      8.1.1
//!       [32-bit length | NAL unit] …                  ISO/IEC 14496-15 section 5.3.2
//! ```
//! This runs for every frame, so it is written straight into the caller's buffer: all box sizes are
//! known beforehand and nothing is allocated. The sample leaves out what MP4 carries elsewhere or has
//! no use for: parameter sets of keyframes (they are in `avcC`), access unit delimiters and filler.
//! Everything else stays bit for bit, SEI included.
//!
//! Times are in the video timebase, which is the timescale of the init segment. A track begins at
//! time 0 or later; a DTS before it would be written as 0.

use bytes::{BufMut, Bytes};

use super::VIDEO_TRACK_ID;
use crate::{
    frame::{Frame, Role},
    time::Timebase,
};

const BOX_HEADER: u32 = 8;
const FULL_BOX_HEADER: u32 = 12;
const MFHD: u32 = FULL_BOX_HEADER + 4;
const TFHD: u32 = FULL_BOX_HEADER + 4;
const TFDT: u32 = FULL_BOX_HEADER + 8;
const TRUN: u32 = FULL_BOX_HEADER + 20;
const LENGTH_PREFIX: u32 = 4;

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

/// Sizes of the parts of one fragment, in bytes.
struct Layout {
    composition_offset: i32,
    trun: u32,
    traf: u32,
    moof: u32,
    sample: u32,
}

impl Layout {
    fn of(frame: &Frame) -> Self {
        let composition_offset = composition_offset(frame);
        let trun = TRUN + if composition_offset == 0 { 0 } else { 4 };
        let traf = BOX_HEADER + TFHD + TFDT + trun;
        let sample = sample_units(frame)
            .map(|unit| LENGTH_PREFIX + unit_bytes(unit))
            .sum();
        Self {
            composition_offset,
            trun,
            traf,
            moof: BOX_HEADER + MFHD + traf,
            sample,
        }
    }

    const fn total(&self) -> u32 {
        self.moof + BOX_HEADER + self.sample
    }
}

/// The fragment of `frame`: `moof` and `mdat`.
#[must_use]
pub fn fragment(frame: &Frame) -> Bytes {
    let layout = Layout::of(frame);
    let mut out = Vec::with_capacity(layout.total() as usize);
    put_fragment(&mut out, frame, &layout);
    out.into()
}

/// Appends the fragment of `frame` to `out`, behind whatever header the caller has put there.
pub fn fragment_into(out: &mut impl BufMut, frame: &Frame) {
    put_fragment(out, frame, &Layout::of(frame));
}

/// Exact size of the fragment of `frame` in bytes.
#[must_use]
pub fn fragment_len(frame: &Frame) -> usize {
    Layout::of(frame).total() as usize
}

fn put_fragment(out: &mut impl BufMut, frame: &Frame, layout: &Layout) {
    debug_assert_eq!(
        frame.dts.timebase,
        Timebase::VIDEO,
        "the init segment says 90 kHz"
    );
    put_box(out, layout.moof, b"moof");
    put_full_box(out, MFHD, b"mfhd", 0);
    // Counts from 1 and wraps with its 32 bits.
    out.put_u32((frame.sequence as u32).wrapping_add(1));
    put_box(out, layout.traf, b"traf");
    put_full_box(out, TFHD, b"tfhd", DEFAULT_BASE_IS_MOOF);
    out.put_u32(VIDEO_TRACK_ID);
    put_full_box(out, TFDT, b"tfdt", VERSION_1);
    out.put_u64(u64::try_from(frame.dts.ticks).unwrap_or(0));
    put_trun(out, frame, layout);
    put_box(out, BOX_HEADER + layout.sample, b"mdat");
    for unit in sample_units(frame) {
        out.put_u32(unit_bytes(unit));
        out.put_slice(unit);
    }
}

fn put_trun(out: &mut impl BufMut, frame: &Frame, layout: &Layout) {
    let offset_flag = if layout.composition_offset == 0 {
        0
    } else {
        TRUN_COMPOSITION_OFFSET
    };
    let flags = TRUN_DATA_OFFSET | TRUN_DURATION | TRUN_SIZE | TRUN_FLAGS | offset_flag;
    put_full_box(out, layout.trun, b"trun", VERSION_1 | flags);
    out.put_u32(1);
    out.put_u32(layout.moof + BOX_HEADER);
    out.put_u32(frame.duration);
    out.put_u32(layout.sample);
    out.put_u32(sample_flags(frame.role));
    if layout.composition_offset != 0 {
        out.put_i32(layout.composition_offset);
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

/// `pts - dts` in ticks. It spans a few frames; what would not fit its 32 bits is cut off there.
fn composition_offset(frame: &Frame) -> i32 {
    let ticks = frame.pts.ticks.saturating_sub(frame.dts.ticks);
    i32::try_from(ticks).unwrap_or(if ticks < 0 { i32::MIN } else { i32::MAX })
}

fn sample_units(frame: &Frame) -> impl Iterator<Item = &[u8]> {
    let role = frame.role;
    frame
        .nal_units()
        .filter(move |unit| match unit.first().map(|header| header & 0x1F) {
            None | Some(NAL_AUD | NAL_FILLER) => false,
            Some(NAL_SPS | NAL_PPS) => role != Role::Key,
            Some(_) => true,
        })
}

fn unit_bytes(unit: &[u8]) -> u32 {
    u32::try_from(unit.len()).expect("the ranges of a frame's units are 32 bits wide")
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use mp4_atom::{Decode, Mdat, Moof};

    use super::*;
    use crate::{
        codec::CodecConfig,
        time::{Moment, Timestamp},
    };

    const SPS: &[u8] = &[0x67, 0x42, 0xC0, 0x1F];
    const PPS: &[u8] = &[0x68, 0xCE];
    const SEI: &[u8] = &[0x06, 0x05, 0x01, 0xFF, 0x80];
    const AUD: &[u8] = &[0x09, 0x10];
    const FILLER: &[u8] = &[0x0C, 0xFF, 0x80];
    const IDR: &[u8] = &[0x65, 0x88, 0x84];
    const SLICE: &[u8] = &[0x41, 0x9A];

    fn frame(role: Role, sequence: u64, pts: i64, dts: i64, units: &[&[u8]]) -> Frame {
        let mut payload = Vec::new();
        let mut ranges = Vec::new();
        for unit in units {
            payload.extend_from_slice(&[0, 0, 0, 1]);
            let start = payload.len() as u32;
            payload.extend_from_slice(unit);
            ranges.push(start..payload.len() as u32);
        }
        Frame {
            sequence,
            role,
            pts: Timestamp::video(pts),
            dts: Timestamp::video(dts),
            duration: 3_000,
            captured_at: None,
            received_at: Moment::default(),
            ready_at: Moment::default(),
            payload: payload.into(),
            units: ranges.into(),
            config: Arc::new(CodecConfig {
                codec: "avc1.42c01f".into(),
                width: 16,
                height: 16,
                reorder_depth: 0,
                description: Bytes::new(),
            }),
        }
    }

    fn prefixed(units: &[&[u8]]) -> Vec<u8> {
        units
            .iter()
            .flat_map(|unit| [&(unit.len() as u32).to_be_bytes(), *unit].concat())
            .collect()
    }

    struct Case {
        name: &'static str,
        frame: Frame,
        sequence: u32,
        flags: u32,
        composition_offset: Option<i64>,
        sample: &'static [&'static [u8]],
    }

    #[test]
    fn what_is_read_back_is_what_was_written() {
        const KEY: u32 = 0x0240_0000;
        const REFERENCE: u32 = 0x0141_0000;
        const DISPOSABLE: u32 = 0x0181_0000;
        let case = |name, frame, (sequence, flags, composition_offset), sample| Case {
            name,
            frame,
            sequence,
            flags,
            composition_offset,
            sample,
        };
        let key = |sequence, units| frame(Role::Key, sequence, 0, 0, units);
        let wide = i64::from(u32::MAX) + 7;
        let table = [
            case(
                "key",
                key(0, &[AUD, SPS, PPS, SEI, IDR]),
                (1, KEY, None),
                &[SEI, IDR],
            ),
            case("two slices", key(1, &[IDR, IDR]), (2, KEY, None), &[IDR, IDR]),
            case("wraps", key(u64::from(u32::MAX), &[IDR]), (0, KEY, None), &[IDR]),
            case(
                "reference",
                frame(Role::Reference, 8, 9_000, 3_000, &[SLICE]),
                (9, REFERENCE, Some(6_000)),
                &[SLICE],
            ),
            case(
                "shown before it is decoded",
                frame(Role::Reference, 9, 0, 3_000, &[SLICE]),
                (10, REFERENCE, Some(-3_000)),
                &[SLICE],
            ),
            case(
                "disposable, beyond 32 bits of time",
                frame(Role::Disposable, 9, wide, wide, &[SLICE, FILLER]),
                (10, DISPOSABLE, None),
                &[SLICE],
            ),
            case(
                "new PPS in between",
                frame(Role::Reference, 1, 0, 0, &[PPS, SLICE]),
                (2, REFERENCE, None),
                &[PPS, SLICE],
            ),
            case(
                "nothing left",
                frame(Role::Reference, 1, 0, 0, &[AUD, &[]]),
                (2, REFERENCE, None),
                &[],
            ),
        ];
        for case in table {
            check(&case);
        }
    }

    fn check(case: &Case) {
        let name = case.name;
        let bytes = fragment(&case.frame);
        let mut rest = &bytes[..];
        let moof = Moof::decode(&mut rest).expect(name);
        let data_at = bytes.len() - rest.len() + BOX_HEADER as usize;
        let mdat = Mdat::decode(&mut rest).expect(name);
        assert!(rest.is_empty(), "{name}");
        let traf = &moof.traf[0];
        assert_eq!(moof.mfhd.sequence_number, case.sequence, "{name}");
        assert_eq!(
            (traf.tfhd.track_id, traf.tfhd.default_base_is_moof),
            (VIDEO_TRACK_ID, true),
            "{name}"
        );
        let dts = traf.tfdt.as_ref().map(|tfdt| tfdt.base_media_decode_time);
        assert_eq!(dts, u64::try_from(case.frame.dts.ticks).ok(), "{name}");
        assert_eq!(traf.trun[0].data_offset, i32::try_from(data_at).ok(), "{name}");
        let entry = traf.trun[0].samples.get(0).expect(name);
        assert_eq!(
            (entry.duration, entry.flags),
            (Some(3_000), Some(case.flags)),
            "{name}"
        );
        assert_eq!(entry.cts, case.composition_offset, "{name}");
        assert_eq!(entry.size, u32::try_from(mdat.data.len()).ok(), "{name}");
        assert_eq!(mdat.data, prefixed(case.sample), "{name}");
    }

    #[test]
    fn the_size_is_known_beforehand() {
        for frame in [
            frame(Role::Key, 0, 0, 0, &[AUD, SPS, PPS, SEI, IDR]),
            frame(Role::Reference, 1, 9_000, 3_000, &[SLICE]),
        ] {
            assert_eq!(fragment(&frame).len(), fragment_len(&frame));
        }
        assert_eq!(
            fragment_len(&frame(Role::Reference, 1, 0, 0, &[SLICE])),
            108 + 4 + SLICE.len()
        );
    }

    #[test]
    fn a_header_may_stand_in_front() {
        let frame = frame(Role::Key, 0, 0, 0, &[SPS, PPS, IDR]);
        let mut out = vec![0x82, 0x7E];
        fragment_into(&mut out, &frame);
        assert_eq!(out, [&[0x82, 0x7E], &fragment(&frame)[..]].concat());
    }

    #[test]
    fn a_time_before_the_track_begins_is_written_as_zero() {
        let bytes = fragment(&frame(Role::Key, 0, 0, -3_000, &[IDR]));
        let moof = Moof::decode(&mut &bytes[..]).expect("moof");
        assert_eq!(
            moof.traf[0].tfdt.as_ref().map(|tfdt| tfdt.base_media_decode_time),
            Some(0)
        );
    }
}

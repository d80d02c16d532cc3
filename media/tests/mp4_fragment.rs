//! Fragments read back with the parser of mp4-atom, which did not write them.

use lenscast_media::{
    fixtures::keyframe,
    frame::{Frame, Role},
    mp4::{BodyTimeline, VIDEO_TRACK_ID, fragment, fragment_into, fragment_len, fragment_with_sets},
    time::Timestamp,
};
use mp4_atom::{Decode, Mdat, Moof};

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
        payload: payload.into(),
        units: ranges.into(),
        ..keyframe()
    }
}

fn prefixed(units: &[&[u8]]) -> Vec<u8> {
    units.iter().flat_map(|unit| [&(unit.len() as u32).to_be_bytes(), *unit].concat()).collect()
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
        case("key", key(0, &[AUD, SPS, PPS, SEI, IDR]), (1, KEY, None), &[SEI, IDR]),
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
        case("nothing left", frame(Role::Reference, 1, 0, 0, &[AUD, &[]]), (2, REFERENCE, None), &[]),
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
    let data_at = bytes.len() - rest.len() + 8;
    let mdat = Mdat::decode(&mut rest).expect(name);
    assert!(rest.is_empty(), "{name}");
    let traf = &moof.traf[0];
    assert_eq!(moof.mfhd.sequence_number, case.sequence, "{name}");
    assert_eq!((traf.tfhd.track_id, traf.tfhd.default_base_is_moof), (VIDEO_TRACK_ID, true), "{name}");
    let dts = traf.tfdt.as_ref().map(|tfdt| tfdt.base_media_decode_time);
    assert_eq!(dts, u64::try_from(case.frame.dts.ticks).ok(), "{name}");
    assert_eq!(traf.trun[0].data_offset, i32::try_from(data_at).ok(), "{name}");
    let entry = traf.trun[0].samples.get(0).expect(name);
    assert_eq!((entry.duration, entry.flags), (Some(3_000), Some(case.flags)), "{name}");
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
    assert_eq!(fragment_len(&frame(Role::Reference, 1, 0, 0, &[SLICE])), 108 + 4 + SLICE.len());
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
    assert_eq!(moof.traf[0].tfdt.as_ref().map(|tfdt| tfdt.base_media_decode_time), Some(0));
}

#[test]
fn a_body_numbers_and_times_its_fragments_for_itself() {
    let hour = 3_600 * 90_000;
    let mut body = BodyTimeline::default();
    for (at, role) in [Role::Key, Role::Reference, Role::Disposable].into_iter().enumerate() {
        let dts = hour + 3_000 * at as i64;
        let shared =
            fragment_with_sets(&frame(role, 108_000 + at as u64, dts + 3_000, dts, &[SPS, PPS, IDR]));
        let placed = body.place(&shared).concat();
        let (read, original) = [&placed[..], &shared].map(|bytes| Moof::decode(&mut &bytes[..])).into();
        let (mut read, original) = (read.expect("a moof"), original.expect("a moof"));
        assert_eq!(read.mfhd.sequence_number, at as u32 + 1);
        let time = read.traf[0].tfdt.as_mut().map(|tfdt| &mut tfdt.base_media_decode_time);
        let time = time.expect("its own");
        assert_eq!(*time, 3_000 * at as u64);
        *time = dts as u64;
        read.mfhd.sequence_number = 108_001 + at as u32;
        assert_eq!(read, original, "nothing else is changed");
        assert_eq!(placed.len(), shared.len());
    }
}

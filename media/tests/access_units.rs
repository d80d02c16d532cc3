//! Where an access unit ends (H.264 section 7.4.1.2.3), and what a frame made of it holds.

use std::sync::Arc;

use bytes::Bytes;
use lenscast_media::{
    arrival_clock::Stamp,
    frame::Role,
    h264::{
        access_unit::{
            AccessUnit, AccessUnitError, Assembler, MAX_ACCESS_UNIT_BYTES, MAX_ACCESS_UNIT_UNITS, join,
        },
        framer::{Framer, FramerError},
        nal::{NalError, NalUnit},
    },
    time::{Moment, Timestamp},
};

const SPS: &[u8] = &[0x67, 0x42, 0xc0, 0x1f, 0xda, 0x05, 0x07, 0xe8];
const PPS: &[u8] = &[0x68, 0xce, 0x3c, 0x80];
const SEI: &[u8] = &[0x06, 0x05, 0x01, 0x80];
const AUD: &[u8] = &[0x09, 0xf0];
const FILLER: &[u8] = &[0x0c, 0xff, 0x80];
const END: &[u8] = &[0x0a];
/// Slices with first_mb_in_slice 0, and one with 3.
const IDR: &[u8] = &[0x65, 0x88, 0x84, 1];
const IDR_MORE: &[u8] = &[0x65, 0x21, 0x84, 2];
const P: &[u8] = &[0x41, 0x9a, 0x24, 3];
const P_MORE: &[u8] = &[0x41, 0x26, 0x24, 4];
const B: &[u8] = &[0x01, 0x9e, 0x45, 5];
const PREFIX: &[u8] = &[0x6e, 0x40, 0x80];
const EXTENSION: &[u8] = &[0x74, 0x40, 0x80];

type Units<'a> = &'a [&'a [u8]];

fn nal(unit: &[u8]) -> NalUnit {
    NalUnit::new(Bytes::copy_from_slice(unit)).expect("a header byte without the forbidden bit")
}

fn assemble(units: &[&[u8]]) -> Vec<Vec<Vec<u8>>> {
    let mut all = Vec::new();
    let mut give = |access_unit: Result<AccessUnit, AccessUnitError>| {
        let units = access_unit.expect("small").units().iter().map(|unit| unit.bytes().to_vec()).collect();
        all.push(units);
    };
    let mut assembler = Assembler::new();
    for unit in units {
        assembler.push(nal(unit), Moment::default(), &mut give);
    }
    assembler.end(&mut give);
    all
}

#[test]
fn begin_and_end() {
    let table: [(&str, &[Units<'_>]); 14] = [
        ("one", &[&[SPS, PPS, IDR]]),
        ("several pictures", &[&[SPS, PPS, IDR], &[P], &[P], &[B]]),
        ("several slices", &[&[SPS, PPS, IDR, IDR_MORE, IDR_MORE], &[P, P_MORE], &[P, P_MORE]]),
        ("delimiters", &[&[AUD, SPS, PPS, IDR], &[AUD, P], &[AUD, P, P_MORE]]),
        ("SEI", &[&[SPS, PPS, SEI, IDR], &[SEI, SEI, P], &[SEI, P]]),
        ("PPS after a picture", &[&[SPS, PPS, IDR], &[PPS, P], &[PPS, SPS, P]]),
        ("sets alone belong to the next", &[&[SPS, PPS, SPS, PPS, IDR], &[P]]),
        ("filler belongs to the picture", &[&[SPS, PPS, IDR, FILLER], &[P, FILLER, FILLER], &[P]]),
        ("end of sequence", &[&[SPS, PPS, IDR, END], &[SPS, PPS, IDR]]),
        ("a lost first slice before an IDR picture", &[&[P, P_MORE], &[IDR_MORE, IDR_MORE], &[P]]),
        ("begins within a picture", &[&[P_MORE, P_MORE], &[P, P_MORE]]),
        (
            "prefix of each slice",
            &[&[PREFIX, IDR, PREFIX, IDR_MORE], &[PREFIX, P, PREFIX, P_MORE], &[PREFIX, P]],
        ),
        ("layers above the picture", &[&[PREFIX, IDR, EXTENSION], &[PREFIX, P, EXTENSION, EXTENSION]]),
        ("prefix and delimiter", &[&[IDR, EXTENSION], &[AUD, PREFIX, P], &[SEI, PREFIX, P]]),
    ];
    for (name, expected) in table {
        let units: Vec<&[u8]> = expected.concat();
        assert_eq!(assemble(&units), expected, "{name}");
    }
    assert_eq!(assemble(&[SPS, PPS, SEI]), Vec::<Vec<Vec<u8>>>::new(), "no picture");
}

#[test]
fn an_outside_signal() {
    let mut given = 0;
    let mut give = |_: Result<AccessUnit, AccessUnitError>| given += 1;
    let mut assembler = Assembler::new();
    assembler.complete(&mut give);
    assembler.push(nal(SPS), Moment::default(), &mut give);
    assembler.push(nal(PPS), Moment::default(), &mut give);
    assembler.complete(&mut give);
    assembler.push(nal(IDR), Moment::default(), &mut give);
    assembler.complete(&mut give);
    assembler.complete(&mut give);
    assert_eq!(given, 1);
}

#[test]
fn what_is_too_large_is_left_out_up_to_the_next() {
    for (name, unit, times) in [
        ("bytes", [IDR_MORE, &vec![7; MAX_ACCESS_UNIT_BYTES / 10][..]].concat(), 14),
        ("units", IDR_MORE.to_vec(), MAX_ACCESS_UNIT_UNITS + 10),
        ("SEI without end", SEI.to_vec(), MAX_ACCESS_UNIT_UNITS + 10),
    ] {
        let mut all = Vec::new();
        let mut give = |access_unit| all.push(access_unit);
        let mut assembler = Assembler::new();
        if name != "SEI without end" {
            assembler.push(nal(IDR), Moment::default(), &mut give);
        }
        for _ in 0..times {
            assembler.push(nal(&unit), Moment::default(), &mut give);
        }
        for unit in [SEI, P, P_MORE, P] {
            assembler.push(nal(unit), Moment::default(), &mut give);
        }
        assembler.end(&mut give);
        assert!(matches!(all[0], Err(AccessUnitError::TooLarge { .. })), "{name}");
        let lengths: Vec<usize> =
            all[1..].iter().map(|access_unit| access_unit.as_ref().expect(name).slices().count()).collect();
        assert_eq!(lengths, [2, 1], "{name}");
    }
}

/// Two frames of two fields each, then one lone field; POC type 0, main profile.
fn fields() -> Vec<Vec<u8>> {
    let sps = vec![0x67, 77, 0, 30, 0xf6, 0x42, 0x12, 0x60];
    let pps = vec![0x68, 0xf7, 0x1c, 0x80];
    let mut units = vec![sps, pps];
    let mut field = |header: u8, frame_num: u32, is_bottom: bool, lsb: u32| {
        let mut bits = String::from("1");
        bits.push_str(if header == 0x65 { "0001000" } else { "00110" });
        bits.push('1');
        bits.push_str(&format!("{frame_num:04b}1{}", u8::from(is_bottom)));
        if header == 0x65 {
            bits.push('1');
        }
        bits.push_str(&format!("{lsb:04b}1"));
        while bits.len() % 8 != 0 {
            bits.push('0');
        }
        let bytes =
            (0..bits.len() / 8).map(|at| u8::from_str_radix(&bits[8 * at..8 * at + 8], 2).expect("bits"));
        units.push([header].into_iter().chain(bytes).collect());
    };
    field(0x65, 0, false, 0);
    field(0x61, 0, true, 1);
    field(0x41, 1, false, 2);
    field(0x41, 1, true, 3);
    field(0x41, 2, false, 4);
    field(0x41, 3, false, 6);
    units
}

#[test]
fn two_fields_are_one_frame() {
    let units = fields();
    let sps = lenscast_media::h264::sps::Sps::parse(&units[0]).expect("good");
    assert!(!sps.frames_only);
    let counts = |units: &[Vec<u8>]| -> Vec<usize> {
        let units: Vec<&[u8]> = units.iter().map(|unit| &unit[..]).collect();
        assemble(&units).iter().map(Vec::len).collect()
    };
    assert_eq!(counts(&units), [4, 2, 1, 1]);
    // Delimiters between the fields change nothing.
    let mut with_delimiters = units[..2].to_vec();
    for field in &units[2..] {
        with_delimiters.extend([AUD.to_vec(), field.clone()]);
    }
    assert_eq!(counts(&with_delimiters), [6, 4, 2, 2]);
}

fn stamp(index: i64) -> Stamp {
    Stamp { dts: Timestamp::video(index * 3_000), duration: 3_000 }
}

fn frame(framer: &mut Framer, units: &[&[u8]]) -> Result<Option<lenscast_media::frame::Frame>, FramerError> {
    let bytes = join(units.iter().copied());
    framer.frame_from_annexb(
        &bytes,
        stamp(4),
        Some(Moment::from_micros(1)),
        Moment::from_micros(2),
        Moment::from_micros(3),
    )
}

#[test]
fn a_frame_of_an_encoder() {
    let mut framer = Framer::new();
    assert!(frame(&mut framer, &[P]).expect("well-formed").is_none(), "before the first keyframe");
    assert_eq!(framer.dropped_before_keyframe(), 1);
    let key = frame(&mut framer, &[SPS, PPS, IDR, IDR_MORE]).expect("well-formed").expect("a frame");
    assert_eq!((key.role, key.pts, key.dts, key.duration), (Role::Key, stamp(4).dts, stamp(4).dts, 3_000));
    assert_eq!(key.captured_at, Some(Moment::from_micros(1)));
    assert_eq!((key.received_at, key.ready_at), (Moment::from_micros(2), Moment::from_micros(3)));
    assert_eq!(key.payload, join([SPS, PPS, IDR, IDR_MORE]));
    assert_eq!(key.nal_units().collect::<Vec<_>>(), [SPS, PPS, IDR, IDR_MORE]);
    assert_eq!(frame(&mut framer, &[P]).expect("well-formed").expect("a frame").role, Role::Reference);
    assert_eq!(frame(&mut framer, &[B]).expect("well-formed").expect("a frame").role, Role::Disposable);
    let forbidden = frame(&mut framer, &[&[0xe1, 2]]).expect_err("forbidden bit");
    assert_eq!(forbidden, FramerError::AccessUnit(AccessUnitError::Nal(NalError::ForbiddenBit(0xe1))));
}

#[test]
fn missing_parameter_sets_are_put_in_front() {
    let second_pps: &[u8] = &[0x68, 0x53, 0x8f, 0x20];
    let table: [(&str, Units<'_>, Units<'_>); 6] = [
        ("all there", &[SPS, PPS, second_pps, IDR], &[SPS, PPS, second_pps, IDR]),
        ("none", &[IDR], &[SPS, PPS, second_pps, IDR]),
        ("after a delimiter", &[AUD, SEI, IDR], &[AUD, SPS, PPS, second_pps, SEI, IDR]),
        ("one PPS", &[SPS, PPS, SEI, IDR], &[SPS, second_pps, PPS, SEI, IDR]),
        ("SPS", &[PPS, second_pps, IDR], &[SPS, PPS, second_pps, IDR]),
        ("not in front of others", &[P], &[P]),
    ];
    for (name, came, expected) in table {
        let mut framer = Framer::new();
        frame(&mut framer, &[SPS, PPS, second_pps, IDR]).expect("well-formed").expect("a keyframe");
        let frame = frame(&mut framer, came).expect("well-formed").expect("a frame");
        assert_eq!(frame.nal_units().collect::<Vec<_>>(), expected, "{name}");
    }
}

#[test]
fn the_configuration_changes_at_keyframes_and_only_when_it_does() {
    let other_pps: &[u8] = &[0x68, 0xce, 0x3e, 0x80];
    let mut framer = Framer::new();
    let mut config =
        |units: &[&[u8]]| frame(&mut framer, units).expect("well-formed").expect("a frame").config;
    let first = config(&[SPS, PPS, IDR]);
    assert!(Arc::ptr_eq(&first, &config(&[P])));
    assert!(Arc::ptr_eq(&first, &config(&[SPS, PPS, IDR])), "the same sets");
    assert!(Arc::ptr_eq(&first, &config(&[other_pps, P])), "not before the keyframe");
    let second = config(&[IDR]);
    assert!(!Arc::ptr_eq(&first, &second) && first.description != second.description);
    assert!(Arc::ptr_eq(&second, &config(&[P])));
    assert!(!Arc::ptr_eq(&second, &config(&[SPS, PPS, IDR])), "and back");
}

#[test]
fn what_follows_a_keyframe_that_cannot_be_decoded_is_dropped() {
    let unknown_pps: &[u8] = &[0x65, 0x88, 0x10, 0x40];
    let mut framer = Framer::new();
    frame(&mut framer, &[SPS, PPS, IDR]).expect("well-formed").expect("a keyframe");
    let error = frame(&mut framer, &[unknown_pps]).expect_err("its PPS never came");
    assert!(matches!(error, FramerError::Keyframe(_)), "{error}");
    assert!(frame(&mut framer, &[P]).expect("well-formed").is_none());
    assert!(frame(&mut framer, &[IDR]).expect("well-formed").is_some());
    assert!(frame(&mut framer, &[P]).expect("well-formed").is_some());
    assert_eq!(framer.dropped_before_keyframe(), 2);
}

#[test]
fn the_first_slice_is_found_behind_what_stands_before_it() {
    let table: [(&str, &[u8], bool); 6] = [
        ("a first slice", &[0, 0, 0, 1, 0x65, 0x88], true),
        ("behind parameter sets", &[0, 0, 0, 1, 0x67, 1, 0, 0, 1, 0x68, 2, 0, 0, 1, 0x65, 0x88], true),
        ("a later slice", &[0, 0, 0, 1, 0x65, 0x48], false),
        ("a later slice, then another", &[0, 0, 0, 1, 0x65, 0x48, 0, 0, 1, 0x65, 0x88], false),
        ("no slice", &[0, 0, 0, 1, 0x67, 0x88], false),
        ("nothing", &[0, 0, 1], false),
    ];
    for (name, bytes, expected) in table {
        assert_eq!(lenscast_media::h264::access_unit::has_first_slice(bytes), expected, "{name}");
    }
}

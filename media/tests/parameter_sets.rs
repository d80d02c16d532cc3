//! Parameter sets of encoders and cameras, and damaged ones.

mod golden_streams;

use bytes::Bytes;
use golden_streams::{Golden, from_hexadecimal, naive_units};
use lenscast_media::{
    bits::BitError,
    h264::{
        nal::{NalUnit, NalUnitType},
        parameter_sets::ParameterSets,
        pps::Pps,
        slice_error::SliceError,
        slice_header::{SliceHeader, SliceType, Structure},
        sps::{MAX_PARAMETER_SET_BYTES, ParameterSetError, PocType, Sps},
    },
    pixels::{Colours, Matrix},
};

/// Writes bits, and makes a NAL unit of them.
#[derive(Default)]
struct Bits(Vec<bool>);

impl Bits {
    fn u(mut self, count: u32, value: u32) -> Self {
        self.0.extend((0..count).rev().map(|bit| value >> bit & 1 == 1));
        self
    }

    fn ue(self, value: u32) -> Self {
        let bits = 32 - (value + 1).leading_zeros();
        self.u(bits - 1, 0).u(bits, value + 1)
    }

    fn unit(self, header: u8) -> Vec<u8> {
        let mut bits = self.u(1, 1).0;
        bits.resize(bits.len().next_multiple_of(8), false);
        let mut out = vec![header];
        let mut zeros = 0;
        for byte in bits.chunks(8) {
            let byte = byte.iter().fold(0, |value, &bit| value << 1 | u8::from(bit));
            if zeros >= 2 && byte <= 3 {
                out.push(3);
                zeros = 0;
            }
            zeros = if byte == 0 { zeros + 1 } else { 0 };
            out.push(byte);
        }
        out
    }
}

/// A baseline SPS whose VUI says of colours what `signal` has: video_full_range_flag, colour description.
fn with_signal(signal: Option<(bool, Option<[u32; 3]>)>) -> Vec<u8> {
    let bits = Bits::default().u(8, 66).u(8, 0xc0).u(8, 31).ue(0).ue(0).ue(2).ue(1).u(1, 0);
    let bits = bits.ue(19).ue(14).u(1, 1).u(1, 1).u(1, 0).u(1, 1);
    // Sample aspect ratio of its own, overscan.
    let bits = bits.u(1, 1).u(8, 255).u(16, 4).u(16, 3).u(2, 0b11);
    let bits = match signal {
        None => bits.u(1, 0),
        Some((is_full_range, description)) => {
            let bits = bits.u(1, 1).u(3, 5).u(1, is_full_range.into());
            match description {
                None => bits.u(1, 0),
                Some(codes) => codes.into_iter().fold(bits.u(1, 1), |bits, code| bits.u(8, code)),
            }
        }
    };
    // No chroma location, timing of 25 frames a second, no HRD, no pic_struct, no reordering.
    bits.u(1, 0).u(1, 1).u(32, 1).u(32, 50).u(1, 1).u(4, 0).unit(0x67)
}

#[test]
fn colours() {
    let table = [
        ("nothing", None, (Matrix::Bt709, false)),
        ("limited range only", Some((false, None)), (Matrix::Bt709, false)),
        ("full range only", Some((true, None)), (Matrix::Bt601, true)),
        ("unspecified", Some((false, Some([2, 2, 2]))), (Matrix::Bt709, false)),
        ("unspecified, full range", Some((true, Some([2, 2, 2]))), (Matrix::Bt601, true)),
        ("BT.709", Some((false, Some([1, 1, 1]))), (Matrix::Bt709, false)),
        ("BT.709, full range", Some((true, Some([1, 1, 1]))), (Matrix::Bt709, true)),
        ("BT.470 BG", Some((false, Some([5, 5, 5]))), (Matrix::Bt601, false)),
        ("SMPTE 170M", Some((false, Some([6, 6, 6]))), (Matrix::Bt601, false)),
        ("SMPTE 170M, full range", Some((true, Some([6, 6, 6]))), (Matrix::Bt601, true)),
        ("FCC", Some((false, Some([4, 4, 4]))), (Matrix::Bt601, false)),
        ("SMPTE 240M", Some((false, Some([7, 7, 7]))), (Matrix::Bt709, false)),
        ("BT.2020", Some((false, Some([9, 14, 9]))), (Matrix::Bt2020, false)),
        ("the matrix alone counts", Some((false, Some([1, 1, 6]))), (Matrix::Bt601, false)),
        ("primaries of BT.601 say nothing of it", Some((false, Some([6, 6, 2]))), (Matrix::Bt709, false)),
        ("a code of tomorrow", Some((false, Some([1, 1, 99]))), (Matrix::Bt709, false)),
    ];
    for (name, signal, (matrix, is_full_range)) in table {
        let sps = Sps::parse(&with_signal(signal)).expect(name);
        assert_eq!(sps.colours(None), Colours { is_full_range, matrix }, "{name}");
        // A hint counts where no matrix is named, and nowhere else.
        let is_named = matches!(signal, Some((_, Some([_, _, 1 | 4..=7 | 9]))));
        for hint in [Matrix::Bt601, Matrix::Bt709] {
            let matrix = if is_named { matrix } else { hint };
            assert_eq!(sps.colours(Some(hint)), Colours { is_full_range, matrix }, "{name}, {hint:?}");
        }
        assert_eq!((sps.is_whole, sps.frame_period_90k()), (true, Some(3_600)), "{name}");
    }
    let without_vui = Sps::parse(&baseline(31, (20, 15), None)).expect("good");
    for (hint, matrix) in [(None, Matrix::Bt709), (Some(Matrix::Bt601), Matrix::Bt601)] {
        assert_eq!(without_vui.colours(hint), Colours { is_full_range: false, matrix });
    }
}

/// An SPS of a baseline stream, from the level on.
fn baseline(level: u32, macroblocks: (u32, u32), crop: Option<[u32; 4]>) -> Vec<u8> {
    let bits = Bits::default().u(8, 66).u(8, 0xc0).u(8, level).ue(0).ue(0).ue(2).ue(1).u(1, 0);
    let bits = bits.ue(macroblocks.0 - 1).ue(macroblocks.1 - 1).u(1, 1).u(1, 1);
    let bits = match crop {
        None => bits.u(1, 0),
        Some(sides) => sides.into_iter().fold(bits.u(1, 1), Bits::ue),
    };
    bits.u(1, 0).unit(0x67)
}

#[test]
fn cameras() {
    let table = [
        ("raspivid", "27640028ac2b402802dd00f1226a", "avc1.640028", (1280, 720), None),
        (
            "rpicam-vid",
            "2764002aac2b402802dd080000030008000004b7360001312c0003b9af7bdc03c489a8",
            "avc1.64002a",
            (1280, 720),
            Some(1_200),
        ),
    ];
    for (name, digits, codec, size, period) in table {
        let sps = Sps::parse(&from_hexadecimal(digits)).expect(name);
        assert_eq!(sps.codec_string(), codec, "{name}");
        assert_eq!((sps.width, sps.height), size, "{name}");
        assert_eq!(sps.frame_period_90k(), period, "{name}");
        assert_eq!((sps.reorder_depth(), sps.poc, sps.is_whole), (0, PocType::DecodeOrder, true), "{name}");
    }
}

#[test]
fn encoders() {
    for golden in Golden::all() {
        let units = naive_units(&golden.bytes);
        let find = |unit_type| *units.iter().find(|unit| unit[0] & 31 == unit_type).expect("each has one");
        let sps = Sps::parse(find(7)).expect("good");
        let pps = Pps::parse(find(8)).expect("good");
        assert!(sps.is_whole, "{}", golden.name);
        assert_eq!((sps.width, sps.height), (golden.width, golden.height), "{}", golden.name);
        let is_x264 = golden.name.starts_with("x264");
        assert_eq!(sps.frame_period_90k(), is_x264.then_some(3_000), "{}", golden.name);
        assert_eq!(sps.frames_only, !golden.name.contains("interlaced"), "{}", golden.name);
        assert_eq!(sps.bit_depth_luma, if golden.name == "x264-high10" { 10 } else { 8 }, "{}", golden.name);
        assert_eq!(
            sps.chroma_format_idc,
            if golden.name == "x264-high444" { 3 } else { 1 },
            "{}",
            golden.name
        );
        assert_eq!((pps.id, pps.sps_id, pps.is_whole), (0, 0, true), "{}", golden.name);
    }
}

#[test]
fn sizes() {
    let size = |width, height| Err(ParameterSetError::Size { width, height });
    let table = [
        ("smallest", (1, 1), None, Ok((16, 16))),
        ("largest", (512, 512), None, Ok((8192, 8192))),
        ("1080", (120, 68), Some([0, 0, 0, 4]), Ok((1920, 1080))),
        ("cropped on all sides", (20, 15), Some([1, 2, 3, 4]), Ok((314, 226))),
        ("cropped too far", (1, 1), Some([0, 1, 0, 0]), size(14, 16)),
        ("cropped away", (1, 1), Some([9, 9, 0, 0]), size(0, 16)),
        ("cropped beyond all numbers", (20, 15), Some([u32::MAX - 1, u32::MAX - 1, 0, 0]), size(0, 240)),
    ];
    for (name, macroblocks, crop, expected) in table {
        let sps = Sps::parse(&baseline(31, macroblocks, crop));
        assert_eq!(sps.map(|sps| (sps.width, sps.height)), expected, "{name}");
    }
    let wide = Sps::parse(&baseline(31, (513, 1), None));
    assert_eq!(wide, Err(ParameterSetError::Value(NalUnitType::Sps, "pic_width_in_mbs_minus1", 512)));
}

#[test]
fn reorder_depth_where_the_stream_does_not_say() {
    // Main profile with POC type 0 and no VUI: what the level lets decoders store (table A-1).
    let table = [
        ("1080 at 4.0", 40, (120, 68), 4),
        ("720 at 3.1", 31, (80, 45), 5),
        ("480 at 3.0", 30, (40, 30), 6),
        ("small", 40, (20, 15), 16),
        ("too large for its level", 10, (120, 68), 1),
        ("level 5.2", 52, (240, 135), 5),
    ];
    for (name, level, (width, height), depth) in table {
        let sps = |profile, constraints, poc_type| {
            let bits = Bits::default().u(8, profile).u(8, constraints).u(8, level).ue(0).ue(0).ue(poc_type);
            let bits = if poc_type == 0 { bits.ue(0) } else { bits };
            let bits = bits.ue(1).u(1, 0).ue(width - 1).ue(height - 1).u(1, 1).u(1, 1).u(1, 0).u(1, 0);
            Sps::parse(&bits.unit(0x67)).expect(name).reorder_depth()
        };
        assert_eq!(sps(77, 0, 0), depth, "{name}");
        assert_eq!(sps(77, 0, 2), 0, "{name}, in decode order");
        assert_eq!(sps(66, 0, 0), 0, "{name}, baseline");
    }
}

#[test]
fn damaged_ones_are_named() {
    let good = baseline(31, (20, 15), None);
    assert!(Sps::parse(&good).is_ok());
    for length in 0..good.len() - 1 {
        assert!(
            matches!(Sps::parse(&good[..length]), Err(ParameterSetError::Bits(NalUnitType::Sps, _))),
            "{length}"
        );
    }
    let long = [&good[..], &[0x55; MAX_PARAMETER_SET_BYTES]].concat();
    assert_eq!(Sps::parse(&long), Err(ParameterSetError::TooLong(NalUnitType::Sps, long.len())));
    assert_eq!(Pps::parse(&long), Err(ParameterSetError::TooLong(NalUnitType::Pps, long.len())));
    let head = || Bits::default().u(8, 66).u(8, 0).u(8, 31);
    let table = [
        ("seq_parameter_set_id", 32, head().ue(32)),
        ("log2_max_frame_num_minus4", 13, head().ue(0).ue(13)),
        ("pic_order_cnt_type", 3, head().ue(0).ue(0).ue(3)),
        ("log2_max_pic_order_cnt_lsb_minus4", 13, head().ue(0).ue(0).ue(0).ue(13)),
        ("num_ref_frames_in_pic_order_cnt_cycle", 256, head().ue(0).ue(0).ue(1).u(1, 0).ue(0).ue(0).ue(256)),
        ("max_num_ref_frames", 17, head().ue(0).ue(0).ue(2).ue(17)),
        ("chroma_format_idc", 4, Bits::default().u(8, 100).u(8, 0).u(8, 31).ue(0).ue(4)),
    ];
    for (field, value, bits) in table {
        let expected = ParameterSetError::Value(NalUnitType::Sps, field, value);
        assert_eq!(Sps::parse(&bits.unit(0x67)), Err(expected));
        assert_eq!(expected.to_string(), format!("Sps has {field} = {value}"));
    }
    let pps = Pps::parse(&Bits::default().ue(256).ue(0).u(2, 0).unit(0x68));
    assert_eq!(pps, Err(ParameterSetError::Value(NalUnitType::Pps, "pic_parameter_set_id", 256)));
    let pps = Pps::parse(&Bits::default().ue(1).ue(32).u(2, 0).unit(0x68));
    assert_eq!(pps, Err(ParameterSetError::Value(NalUnitType::Pps, "seq_parameter_set_id", 32)));
    assert_eq!(Pps::parse(&[0x68]), Err(ParameterSetError::Bits(NalUnitType::Pps, BitError::End(0))));
}

#[test]
fn whole_and_cut_pps() {
    let head = || Bits::default().ue(0).ue(0).u(2, 0);
    let tail = |bits: Bits| bits.ue(0).ue(0).u(3, 0).ue(0).ue(0).ue(0).u(3, 0);
    let lists = |bits: Bits, count: u32| (0..count).fold(bits.u(2, 3), |bits, _| bits.u(1, 1).ue(16)).ue(0);
    let table = [
        ("plain", tail(head().ue(0)), true),
        ("8x8 transform", tail(head().ue(0)).u(2, 2).ue(0), true),
        ("scaling lists", lists(tail(head().ue(0)), 8), true),
        ("scaling lists of 4:4:4", lists(tail(head().ue(0)), 12), true),
        ("scaling lists, one missing", lists(tail(head().ue(0)), 7), false),
        ("interleaved slice groups", tail(head().ue(1).ue(0).ue(3).ue(4)), true),
        ("rectangles of slice groups", tail(head().ue(1).ue(2).ue(3).ue(4)), true),
        ("changing slice groups", tail(head().ue(1).ue(3).u(1, 0).ue(4)), true),
        ("listed slice groups", tail(head().ue(2).ue(6).ue(2).u(6, 9)), true),
        ("too many slice groups", tail(head().ue(8).ue(1)), false),
        ("something behind", tail(head().ue(0)).u(2, 2).ue(0).u(9, 1), false),
    ];
    for (name, bits, is_whole) in table {
        let unit = bits.unit(0x68);
        assert_eq!(Pps::parse(&unit).map(|pps| pps.is_whole), Ok(is_whole), "{name}");
        let mut sets = ParameterSets::default();
        sets.keep(&nal(unit.clone())).expect("the first is kept");
        // Cut by a byte it has no stop bit, or another than it had.
        let cut = sets.keep(&nal(unit[..unit.len() - 1].to_vec()));
        if is_whole && cut.is_err() {
            assert_eq!(cut, Err(ParameterSetError::CutOff(NalUnitType::Pps)), "{name}");
            assert_eq!(sets.pps(0).expect("kept").1, &unit[..], "{name}");
        }
    }
}

fn nal(unit: Vec<u8>) -> NalUnit {
    NalUnit::new(Bytes::from(unit)).expect("a header byte without the forbidden bit")
}

#[test]
fn slice_headers() {
    let mut sets = ParameterSets::default();
    let idr = || nal(Bits::default().ue(0).ue(7).ue(0).u(4, 0).ue(5).unit(0x65));
    assert_eq!(SliceHeader::parse(&idr(), &sets), Err(SliceError::NoPps(0)));
    sets.keep(&nal(Bits::default().ue(0).ue(0).u(1, 0).u(1, 0).unit(0x68))).expect("good");
    assert_eq!(SliceHeader::parse(&idr(), &sets), Err(SliceError::NoSps(0)));
    sets.keep(&nal(baseline(31, (20, 15), None))).expect("good");
    let header = SliceHeader::parse(&idr(), &sets).expect("good");
    assert_eq!((header.first_macroblock, header.slice_type, header.frame_num), (0, SliceType::I, 0));
    assert_eq!((header.idr_pic_id, header.structure, header.is_reference), (Some(5), Structure::Frame, true));
    let later = nal(Bits::default().ue(150).ue(0).ue(0).u(4, 9).unit(0x01));
    let header = SliceHeader::parse(&later, &sets).expect("good");
    assert_eq!((header.first_macroblock, header.slice_type, header.frame_num), (150, SliceType::P, 9));
    assert_eq!((header.idr_pic_id, header.is_reference), (None, false));
    let sei = nal(vec![6, 1]);
    assert_eq!(SliceHeader::parse(&sei, &sets), Err(SliceError::NotASlice(NalUnitType::Sei)));
    assert!(matches!(SliceHeader::parse(&nal(vec![0x41]), &sets), Err(SliceError::Bits(BitError::End(0)))));
    let unknown = nal(Bits::default().ue(0).ue(0).ue(3).unit(0x41));
    assert_eq!(SliceHeader::parse(&unknown, &sets), Err(SliceError::NoPps(3)));
}

#[test]
fn picture_types_are_those_of_ffprobe() {
    for golden in Golden::all() {
        let mut sets = ParameterSets::default();
        for packet in &golden.packets {
            let expected = golden.picture_type(packet.pos);
            for unit in naive_units(golden.bytes_of(packet)) {
                let unit = nal(unit.to_vec());
                sets.keep(&unit).expect("good");
                let Ok(header) = SliceHeader::parse(&unit, &sets) else { continue };
                let letter = match header.slice_type {
                    SliceType::I => 'I',
                    SliceType::P => 'P',
                    SliceType::B => 'B',
                    SliceType::Switching => 'S',
                };
                assert_eq!(letter, expected, "{} at {}", golden.name, packet.pos);
            }
        }
    }
}

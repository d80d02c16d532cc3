//! What a decoder of the baseline profile cannot decode, told from records that ffmpeg made of x264's streams.

mod golden_streams;

use golden_streams::{Golden, from_hexadecimal};
use lenscast_media::h264::{
    avcc::parameter_sets,
    simple_decoder::{BeyondBaseline, beyond_baseline},
};

#[test]
fn each_tool_is_named() {
    // x264 -profile main (the last one: high) with all tools off but the named one.
    let table = [
        ("none", "0142c00bffe100186742c00bda0a11f970110000030001000003003c0f142aa001000468ce0fc8", None),
        (
            "CABAC",
            "014d400bffe10018674d400bda0a11f970110000030001000003003c0f142aa001000468ee0fc8",
            Some(BeyondBaseline::Cabac),
        ),
        (
            "weighted prediction",
            "014d400bffe10018674d400bda0a11f970110000030001000003003c0f142aa001000468cf0fc8",
            Some(BeyondBaseline::WeightedPrediction),
        ),
        (
            "B frames",
            "014d400bffe10018674d400beca1423f2e0220000003002000000781e28532c001000468ce0fc8",
            Some(BeyondBaseline::BFrames),
        ),
        (
            "high profile",
            "0164000bffe100196764000bacb41423f2e022000003000200000300781e28554001000468ce0fcbfdf8f800",
            Some(BeyondBaseline::HighProfile),
        ),
        ("nothing", "", None),
    ];
    for (name, record, expected) in table {
        let found = beyond_baseline(&from_hexadecimal(record));
        assert_eq!(found, expected, "{name}");
        if let Some(found) = found {
            assert_eq!(found.to_string(), name);
        }
    }
}

#[test]
fn baseline_streams_play_and_others_do_not() {
    for golden in Golden::all() {
        let plays = matches!(golden.name.as_str(), "openh264" | "x264-baseline");
        assert_eq!(beyond_baseline(&golden.avcc).is_none(), plays, "{}", golden.name);
    }
}

#[test]
fn the_sets_of_a_record_cut_anywhere_are_whole_or_not_there() {
    for golden in Golden::all() {
        let (sps, pps) = parameter_sets(&golden.avcc);
        assert_eq!((sps.len(), pps.len()), (1, 1), "{}", golden.name);
        assert_eq!((sps[0][0] & 31, pps[0][0] & 31), (7, 8), "{}", golden.name);
        for length in 0..golden.avcc.len() {
            let (cut_sps, cut_pps) = parameter_sets(&golden.avcc[..length]);
            assert!(cut_sps.is_empty() || cut_sps == sps, "{} at {length}", golden.name);
            assert!(cut_pps.is_empty() || cut_pps == pps, "{} at {length}", golden.name);
        }
    }
}

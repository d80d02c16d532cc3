//! Parameter sets: no panic, and what is read is within what is promised.
#![no_main]

use bytes::Bytes;
use lenscast_media::h264::{
    nal::{NalUnit, rbsp},
    parameter_sets::ParameterSets,
    pps::Pps,
    sps::Sps,
};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let _ = Pps::parse(data);
    let parsed = Sps::parse(data);
    if let Ok(sps) = &parsed {
        assert!((16..=8192).contains(&sps.width) && (16..=8192).contains(&sps.height));
        assert!(sps.width <= sps.width_macroblocks * 16 && sps.height <= sps.height_macroblocks * 16);
        assert!(sps.reorder_depth() <= 16);
        assert!(sps.frame_period_90k().is_none_or(|ticks| ticks > 0));
        assert_eq!(sps.codec_string().len(), "avc1.42c01f".len());
        assert!(sps.id <= 31 && (4..=16).contains(&sps.frame_num_bits));
        assert!((8..=14).contains(&sps.bit_depth_luma) && (8..=14).contains(&sps.bit_depth_chroma));
    }
    for limit in [0, 1, 7, 64, 10_000] {
        assert_eq!(rbsp(data, limit), plain_rbsp(data, limit));
    }
    let sps_header = 0x67;
    let unit = [&[sps_header], data.get(1..).unwrap_or_default()].concat();
    let mut sets = ParameterSets::default();
    let Ok(unit) = NalUnit::new(Bytes::from(unit)) else { return };
    assert_eq!(sets.keep(&unit).is_ok(), parsed.is_ok() || Sps::parse(unit.bytes()).is_ok());
});

fn plain_rbsp(unit: &[u8], limit: usize) -> Vec<u8> {
    let mut out = Vec::new();
    let mut zeros = 0;
    for &byte in unit.get(1..).unwrap_or_default() {
        if zeros >= 2 && byte == 3 {
            zeros = 0;
        } else {
            zeros = if byte == 0 { zeros + 1 } else { 0 };
            out.push(byte);
        }
    }
    out.truncate(limit);
    out
}

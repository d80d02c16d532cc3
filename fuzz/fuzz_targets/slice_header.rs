//! Slice headers with any parameter sets, and the order of display that follows from them.
#![no_main]

use bytes::Bytes;
use lenscast_media::h264::{
    display_order::DisplayOrder, nal::NalUnit, parameter_sets::ParameterSets, picture_order::PictureOrder,
    slice_header::SliceHeader,
};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let mut sets = ParameterSets::default();
    let mut order = PictureOrder::default();
    let mut display = DisplayOrder::default();
    let mut dts = 0;
    let mut shown = Vec::new();
    // Each unit is a length and as many bytes.
    let mut rest = data;
    while let [length, bytes @ ..] = rest {
        let (unit, others) = bytes.split_at(usize::from(*length).min(bytes.len()));
        rest = others;
        let Ok(unit) = NalUnit::new(Bytes::copy_from_slice(unit)) else { continue };
        let _ = sets.keep(&unit);
        let Ok(header) = SliceHeader::parse(&unit, &sets) else { continue };
        let (sps, _) = sets.sps(header.sps_id).expect("its header was read with it");
        display.set_depth(sps.reorder_depth());
        display.enter(Some(order.count(&header, sps)), header.idr_pic_id.is_some());
        dts += i64::from(*length);
        shown.push(display.assign(dts));
    }
    shown.sort_unstable();
    assert!(shown.windows(2).all(|pair| pair[0] < pair[1]), "two frames at the same time");
});

//! Presentation times of any counts and decode times: strictly rising in display order, never two the same.
#![no_main]

use lenscast_media::h264::display_order::DisplayOrder;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let [depth, period, data @ ..] = data else { return };
    if *depth >= 128 {
        as_an_encoder(*period, data);
        return;
    }
    let depth = u32::from(*depth % 18);
    let mut order = DisplayOrder::default();
    order.set_depth(depth);
    order.set_period(u32::from(*period) * 40);
    let mut dts = 0;
    let mut count = 0i64;
    let mut gop: Vec<(i64, i64)> = Vec::new();
    let mut before = i64::MIN;
    for picture in data.chunks_exact(2) {
        let is_idr = picture[0] == 0xff;
        // Steps from far back to far ahead, most of them short.
        let step = i64::from(picture[0]) - 100;
        count = if is_idr { 0 } else { count + if step.abs() > 80 { step * 1_000 } else { step / 4 } };
        dts += 1 + i64::from(picture[1]) * 40;
        order.enter(Some(count), is_idr);
        let _ = order.is_open();
        let pts = order.assign(dts);
        if is_idr {
            before = gop.iter().map(|(_, pts)| *pts).fold(before, i64::max);
            gop.clear();
        }
        assert!(pts > before, "not after the GOP before");
        assert!(gop.iter().all(|(_, other)| *other != pts), "two at the same time");
        if depth == 0 {
            assert_eq!(pts, dts);
        }
        gop.push((count, pts));
    }
});

/// Groups as encoders make them, of which pictures are lost: the order of display is that of the counts.
fn as_an_encoder(period: u8, data: &[u8]) {
    let mut order = DisplayOrder::default();
    order.set_depth(2);
    order.set_period(u32::from(period) * 40 + 1);
    let mut dts = 0;
    let mut base = 0;
    let mut all: Vec<(i64, i64, i64)> = Vec::new();
    let mut gop = 0;
    for group in data.chunks_exact(2) {
        let [shape, pace] = [group[0], group[1]];
        let is_idr = all.is_empty() || shape & 0xe0 == 0xe0;
        let between = i64::from(shape & 7);
        // The last picture of the group, then the middle one, then the others.
        let mut counts = vec![base + between + 1];
        if shape & 8 != 0 && between > 2 {
            counts.push(base + between / 2 + 1);
        }
        for count in base + 1..=base + between {
            if !counts.contains(&count) {
                counts.push(count);
            }
        }
        if is_idr {
            gop += 1;
            counts = vec![0];
        }
        base = counts[0];
        for (index, count) in counts.iter().enumerate() {
            let is_lost = index > 0 && shape & 16 != 0 && (i64::from(pace) + count) % 3 == 0;
            if is_lost {
                continue;
            }
            dts += 1 + i64::from(pace) * 20;
            order.enter(Some(2 * count), is_idr);
            all.push((gop, *count, order.assign(dts)));
        }
    }
    all.sort_unstable();
    assert!(all.windows(2).all(|pair| pair[0].2 < pair[1].2), "not in display order: {all:?}");
}

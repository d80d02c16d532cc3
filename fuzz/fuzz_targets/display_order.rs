//! Presentation times of any counts and decode times: strictly rising in display order, never two the same.
#![no_main]

use lenscast_media::h264::display_order::DisplayOrder;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let [depth, period, data @ ..] = data else { return };
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

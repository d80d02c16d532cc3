//! Viewers who come at any moment of the GOP: how soon they have something to decode, and how soon they are live.

use std::time::Duration;

use super::{Options, steady::bring_in};
use crate::{
    Outcome,
    camera::{FRAME_NS, Profile},
    observe::{Sorted, begins_inside, broken, ms},
    probe::{Probe, Request},
    report::Report,
    subject::{Feed, Kind},
    sys::clock,
};

const JOINS: u64 = 50;
const GOP_FRAMES: u64 = 60;
/// A join that has not led to a live picture by then counts with this.
const GIVE_UP: Duration = Duration::from_secs(3);
const WARM: Duration = Duration::from_millis(4500);

/// Runs it.
pub(super) fn run(options: &Options) -> Outcome<Report> {
    let mut report = Report::new("joins", "exec source, VGA, GOP 60, 50 joins spread over the GOP");
    let subject = options.start(Kind::Server, Profile::Vga, Feed::Exec)?;
    let mut probe = Probe::new(options.wire)?;
    bring_in(&mut probe, subject.address(), 1)?;
    probe.run_for(WARM)?;
    let (mut first, mut newest, mut broken_joins) = (Vec::new(), Vec::new(), 0);
    for join in 0..JOINS {
        // The golden ratio spreads any number of moments evenly over the GOP.
        let phase = (join as f64 * 0.618_034).fract();
        let into_gop = (phase * (GOP_FRAMES * FRAME_NS) as f64) as u64;
        let receipts = probe.viewer(0).receipts();
        let gop_ns = receipts.iter().rev().find(|receipt| receipt.key).map_or(0, |key| key.written_ns);
        let now_ns = clock::realtime_ns();
        let in_this_gop = gop_ns + into_gop;
        let at_ns = if in_this_gop > now_ns { in_this_gop } else { in_this_gop + GOP_FRAMES * FRAME_NS };
        probe.run_for(Duration::from_nanos(at_ns.saturating_sub(now_ns)))?;
        let known = probe.newest().unwrap_or(0);
        let joined = probe.open(subject.address(), Request::Whole)?;
        probe.run_while(GIVE_UP, |probe| {
            let last = probe.viewer(joined).receipts().last();
            last.is_none_or(|last| last.sequence < known)
        })?;
        let viewer = probe.viewer(joined);
        let since = |at: u64| ms(at.saturating_sub(viewer.opened_ns()));
        let gave_up = GIVE_UP.as_secs_f64() * 1e3;
        let decodable = viewer.receipts().iter().find(|receipt| receipt.key);
        let live = viewer.receipts().iter().find(|receipt| receipt.sequence >= known);
        first.push(decodable.map_or(gave_up, |receipt| since(receipt.kernel_ns)));
        newest.push(live.map_or(gave_up, |receipt| since(receipt.kernel_ns)));
        broken_joins += broken(viewer.receipts()) + u64::from(begins_inside(viewer.receipts()));
        probe.drop_viewer(joined);
    }
    let row = |values: &[f64]| {
        let sorted = Sorted::new(values.iter().copied());
        vec![
            ("p50 ms", sorted.median()),
            ("p90 ms", sorted.quantile(0.9)),
            ("max ms", sorted.max()),
            ("joins", sorted.count() as f64),
        ]
    };
    report.row("first decodable frame", row(&first));
    report.row("frame that was newest at connect", row(&newest));
    let first = Sorted::new(first.into_iter());
    report.at_most("first decodable frame, p50", 3.0, first.median(), "ms");
    report.at_most("first decodable frame, max", 30.0, first.max(), "ms");
    report.at_most("frame newest at connect, max", 50.0, Sorted::new(newest.into_iter()).max(), "ms");
    report.holds("pictures without their reference", "0", broken_joins.to_string(), broken_joins == 0);
    report.holds("frames damaged", "0", probe.damaged().to_string(), probe.damaged() == 0);
    Ok(report)
}

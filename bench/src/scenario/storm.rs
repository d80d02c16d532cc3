//! Many connections at once: all proper; silent ones; half handshakes. Who asks properly gets in, and frames stay on time.

use std::time::Duration;

use super::{Options, steady::bring_in};
use crate::{
    Outcome,
    camera::Profile,
    observe::{Sorted, Window, lost, ms},
    probe::{Probe, Request},
    report::{Report, progress},
    subject::{Feed, Kind},
    sys::clock,
};

const STANDING: usize = 10;
const WARM: Duration = Duration::from_millis(4500);
/// A connection is in when it has its first keyframe; one that never is counts with this.
const GIVE_UP: Duration = Duration::from_secs(5);
/// Time that rude connections have before the proper ones come.
const LEAD: Duration = Duration::from_millis(500);
/// The bar for who asks properly.
const IN_WITHIN_MS: f64 = 1000.0;
/// "On time" is taken as: 99 of 100 frames to those who were there before within one frame's interval.
const ON_TIME_MS: f64 = 33.3;

struct Storm {
    name: &'static str,
    rude: usize,
    request: Request,
    proper: usize,
}

const STORMS: [Storm; 3] = [
    Storm { name: "500 at once", rude: 0, request: Request::Whole, proper: 500 },
    Storm { name: "200 silent, then 20", rude: 200, request: Request::Silence, proper: 20 },
    Storm { name: "200 half handshakes, then 20", rude: 200, request: Request::Half, proper: 20 },
];

/// Runs all three, each with a server of its own.
pub(super) fn run(options: &Options) -> Outcome<Report> {
    let mut report = Report::new("storm", "exec source, VGA, 10 viewers who were there before");
    report.note("frames are taken to be on time when 99 of 100 come within one frame's interval");
    for storm in STORMS {
        progress(&format!("storm: {}", storm.name));
        brew(&mut report, options, &storm)?;
    }
    Ok(report)
}

fn brew(report: &mut Report, options: &Options, storm: &Storm) -> Outcome<()> {
    let subject = options.start(Kind::Server, Profile::Vga, Feed::Exec)?;
    let mut probe = Probe::new(options.wire)?;
    bring_in(&mut probe, subject.address(), STANDING)?;
    probe.run_for(WARM)?;
    let memory = subject.memory()?.rss_kib;
    let from_ns = clock::realtime_ns();
    for _ in 0..storm.rude {
        probe.open(subject.address(), storm.request)?;
    }
    if storm.rude > 0 {
        probe.run_for(LEAD)?;
    }
    let first = probe.viewers().len();
    for _ in 0..storm.proper {
        probe.open(subject.address(), Request::Whole)?;
    }
    probe.run_while(GIVE_UP, |probe| {
        probe.viewers()[first..].iter().any(|viewer| viewer.receipts().is_empty() && !viewer.is_closed())
    })?;
    probe.run_for(Duration::from_secs(2))?;
    let window = Window { from_ns, to_ns: clock::realtime_ns() - 500_000_000 };
    let grown = (subject.memory()?.rss_kib.saturating_sub(memory)) as f64 / 1024.0;

    let joins = probe.viewers()[first..].iter().map(|viewer| {
        let decodable = viewer.receipts().iter().find(|receipt| receipt.key);
        decodable.map_or(GIVE_UP.as_secs_f64() * 1e3, |receipt| {
            ms(receipt.kernel_ns.saturating_sub(viewer.opened_ns()))
        })
    });
    let joins = Sorted::new(joins);
    let standing = || probe.viewers()[..STANDING].iter().map(|viewer| viewer.receipts());
    let latencies = Sorted::of_ns(
        standing().flat_map(|receipts| window.of(receipts)).map(|receipt| receipt.latency_ns()),
    );
    let missing: u64 = window
        .sequences(standing())
        .map_or(u64::MAX, |sequences| standing().map(|receipts| lost(receipts, sequences)).sum());
    report.row(
        storm.name,
        vec![
            ("in after ms, p50", joins.median()),
            ("in after ms, max", joins.max()),
            ("standing p50 ms", latencies.median()),
            ("standing p99 ms", latencies.quantile(0.99)),
            ("standing max ms", latencies.max()),
            ("standing lost", missing as f64),
            ("server grew MiB", grown),
        ],
    );
    let bar = |what: &str| format!("{}: {what}", storm.name);
    report.at_most(&bar("the last is in"), IN_WITHIN_MS, joins.max(), "ms");
    report.at_most(&bar("p99 of who was there"), ON_TIME_MS, latencies.quantile(0.99), "ms");
    report.holds(&bar("frames lost"), "0", missing.to_string(), missing == 0);
    Ok(())
}

//! One flood of each kind beside ten good viewers: they lose nothing, stay on time, and memory goes back.
//!
//! ```text
//! ten viewers ─► calm ─► flood, on a thread ─► it stops ─► memory is back within 20 s
//! ```

use std::{
    sync::atomic::{AtomicBool, Ordering},
    time::Duration,
};

use super::{Options, steady::bring_in};
use crate::{
    Outcome,
    camera::Profile,
    flood::Flood,
    observe::{Sorted, Window, lost},
    probe::Probe,
    report::{Report, progress},
    subject::{Feed, Kind, Subject},
    sys::clock,
};

const VIEWERS: usize = 10;
const WARM: Duration = Duration::from_millis(4500);
/// The last access units of a window may arrive for so long after it.
const STRAGGLERS: Duration = Duration::from_millis(400);
/// Bars.
const P99_MS: f64 = 10.0;
const GROWTH_MIB: f64 = 10.0;
/// When even calm viewers are later than this, the machine is busy with something else.
const CALM_P99_MS: f64 = 5.0;
/// The server gives memory back each 5 s, and drops silent connections after 10 s.
const BACK_WITHIN: Duration = Duration::from_secs(20);
const LOOK_EVERY: Duration = Duration::from_millis(250);

/// Runs all floods, each with a server of its own.
pub(super) fn run(options: &Options) -> Outcome<Report> {
    let mut report = Report::new("attack", "exec source, VGA, 10 viewers beside one flood after the other");
    let is_wanted = |flood: &Flood| options.flood.is_none_or(|only| only == *flood);
    for flood in Flood::ALL.into_iter().filter(is_wanted) {
        progress(&format!("attack: {}", flood.name()));
        attack(&mut report, options, flood)?;
    }
    Ok(report)
}

/// What ten viewers met in a time.
struct Met {
    p50_ms: f64,
    p99_ms: f64,
    max_ms: f64,
    lost: u64,
}

fn attack(report: &mut Report, options: &Options, flood: Flood) -> Outcome<()> {
    let subject = options.start(Kind::Server, Profile::Vga, Feed::Exec)?;
    let mut probe = Probe::new(options.wire)?;
    bring_in(&mut probe, subject.address(), VIEWERS)?;
    probe.run_for(WARM)?;
    probe.forget_receipts();
    let length = Duration::from_secs(options.seconds);
    let calm = measure(&mut probe, |probe| Ok(probe.run_for(length)?))?;
    let before = rss_mib(&subject)?;

    let (mut peak, mut connections) = (before, 0);
    let during = measure(&mut probe, |probe| {
        let stop = AtomicBool::new(false);
        std::thread::scope(|scope| {
            let flooding = scope.spawn(|| flood.run(subject.address(), &stop));
            let watched = watch(probe, &subject, length, &mut peak);
            stop.store(true, Ordering::Relaxed);
            connections = flooding.join().map_err(|_| "the flood has failed")?;
            watched
        })
    })?;
    let mut after = rss_mib(&subject)?;
    let ends = clock::monotonic_ns() + BACK_WITHIN.as_nanos() as u64;
    while after - before > GROWTH_MIB && clock::monotonic_ns() < ends {
        probe.run_for(LOOK_EVERY)?;
        after = rss_mib(&subject)?;
    }

    let name = flood.name();
    report.row(
        name,
        vec![
            ("connections", connections as f64),
            ("calm p99 ms", calm.p99_ms),
            ("p50 ms", during.p50_ms),
            ("p99 ms", during.p99_ms),
            ("max ms", during.max_ms),
            ("lost", (calm.lost + during.lost) as f64),
            ("MiB before", before),
            ("MiB at most", peak),
            ("MiB after", after),
        ],
    );
    if calm.p99_ms > CALM_P99_MS {
        report.make_disturbed(format!("p99 was {:.1} ms before {name}", calm.p99_ms));
    }
    report.time_at_most(&format!("{name}: p99"), P99_MS, during.p99_ms);
    let lost = calm.lost + during.lost;
    report.holds(&format!("{name}: frames lost"), "0", lost.to_string(), lost == 0);
    let closed = probe.viewers().iter().filter(|viewer| viewer.is_closed()).count();
    report.holds(&format!("{name}: viewers closed"), "0", closed.to_string(), closed == 0);
    report.at_most(&format!("{name}: memory kept"), GROWTH_MIB, after - before, "MiB");
    Ok(())
}

/// Serves the viewers for `length`, and looks at the server's memory.
fn watch(probe: &mut Probe, subject: &Subject, length: Duration, peak: &mut f64) -> Outcome<()> {
    let ends = clock::monotonic_ns() + length.as_nanos() as u64;
    while clock::monotonic_ns() < ends {
        probe.run_for(LOOK_EVERY)?;
        *peak = peak.max(rss_mib(subject)?);
    }
    Ok(())
}

fn rss_mib(subject: &Subject) -> Outcome<f64> {
    Ok(subject.memory()?.rss_kib as f64 / 1024.0)
}

/// What the viewers meet while `part` runs.
fn measure(probe: &mut Probe, part: impl FnOnce(&mut Probe) -> Outcome<()>) -> Outcome<Met> {
    let from_ns = clock::realtime_ns();
    part(probe)?;
    let window = Window { from_ns, to_ns: clock::realtime_ns() };
    probe.run_for(STRAGGLERS)?;
    let receipts = || probe.viewers()[..VIEWERS].iter().map(|viewer| viewer.receipts());
    let sequences = window.sequences(receipts()).ok_or("no access unit came in the time of measurement")?;
    let latencies = Sorted::of_ns(
        receipts().flat_map(|receipts| window.of(receipts)).map(|receipt| receipt.latency_ns()),
    );
    Ok(Met {
        p50_ms: latencies.median(),
        p99_ms: latencies.quantile(0.99),
        max_ms: latencies.max(),
        lost: receipts().map(|receipts| lost(receipts, sequences)).sum(),
    })
}

//! One viewer of ten stops reading, for a while or for ever: the others and the server must not notice.
//!
//! ```text
//! before ─► pause one ─► during ─► it reads again ─► after
//! ```
//! In a network namespace of its own whose loopback has an MTU of 1500, so that the kernel's buffers count as they do
//! on a network.

use std::time::Duration;

use super::{Options, steady::bring_in};
use crate::{
    Outcome,
    camera::Profile,
    observe::{Sorted, Window, broken, lost, ms},
    probe::{Probe, Receipt, Request},
    report::{Report, progress},
    subject::{Feed, Kind, Subject},
    sys::{clock, network::Namespace},
};

const VIEWERS: usize = 10;
const MTU: u16 = 1500;
const WARM: Duration = Duration::from_millis(4500);
/// Two GOPs.
const AFTER: Duration = Duration::from_secs(4);
/// What is live.
const LIVE_MS: f64 = 300.0;
/// One GOP.
const GOP_MS: f64 = 2000.0;
const LOOK_EVERY: Duration = Duration::from_millis(250);

/// How long one viewer does not read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Pause {
    FiveSeconds,
    ForEver,
}

impl Pause {
    const fn time(self) -> Duration {
        match self {
            Self::FiveSeconds => Duration::from_secs(5),
            // The kernels hold some seconds of video, then the server has 10 s to let go.
            Self::ForEver => Duration::from_secs(40),
        }
    }
}

/// Runs it.
pub(super) fn run(options: &Options, name: &'static str, pause: Pause) -> Outcome<Report> {
    let about = match pause {
        Pause::FiveSeconds => "1080p, MTU 1500, one viewer of ten stops reading for 5 s",
        Pause::ForEver => "1080p, MTU 1500, one viewer of ten never reads again",
    };
    let mut report = Report::new(name, about);
    let namespace = Namespace::new(Some(MTU)).map_err(|error| format!("a network namespace: {error}"))?;
    namespace.inside(|| {
        let subject = options.start(Kind::Server, Profile::FullHd, Feed::Exec)?;
        measure(&mut report, options, &subject, pause)
    })?;
    Ok(report)
}

fn measure(report: &mut Report, options: &Options, subject: &Subject, pause: Pause) -> Outcome<()> {
    let mut probe = Probe::new(options.wire)?;
    bring_in(&mut probe, subject.address(), VIEWERS)?;
    probe.run_for(WARM)?;
    probe.forget_receipts();
    let before = measure_for(&mut probe, Duration::from_secs(options.seconds))?;
    let memory = subject.memory()?.rss_kib;
    let mut peak = memory;

    let slow = VIEWERS - 1;
    progress("one viewer stops reading");
    probe.pause(slow);
    let paused_ns = clock::realtime_ns();
    let mut let_go_s = f64::NAN;
    while clock::realtime_ns() - paused_ns < pause.time().as_nanos() as u64 && let_go_s.is_nan() {
        probe.run_for(LOOK_EVERY)?;
        peak = peak.max(subject.memory()?.rss_kib);
        if pause == Pause::ForEver && subject.viewers()? < VIEWERS {
            let_go_s = (clock::realtime_ns() - paused_ns) as f64 / 1e9;
        }
    }
    let during = Window { from_ns: paused_ns, to_ns: clock::realtime_ns() };
    probe.resume(slow);
    let after = measure_for(&mut probe, AFTER)?;
    probe.run_for(LOOK_EVERY)?;
    peak = peak.max(subject.memory()?.rss_kib);

    let row = |window| others(&probe, slow, window);
    let mut figures = |name: &str, (p50, p99, max, missing): (f64, f64, f64, u64)| {
        report.row(name, vec![("p50 ms", p50), ("p99 ms", p99), ("max ms", max), ("lost", missing as f64)]);
    };
    let (calm, stressed, again) = (row(before), row(during), row(after));
    figures("nine others, before", calm);
    figures("nine others, during", stressed);
    figures("nine others, after", again);

    let viewer = probe.viewer(slow);
    let resumed_ns = during.to_ns;
    let (live_again_ms, oldest_ms) = catching_up(viewer.receipts(), resumed_ns);
    let growth = (peak - memory) as f64 / 1024.0;
    report.row(
        "the slow one, reading again",
        vec![
            ("live again after ms", live_again_ms),
            ("oldest picture ms", oldest_ms),
            ("pictures without reference", broken(viewer.receipts()) as f64),
            ("server grew MiB", growth),
        ],
    );

    let missing = calm.3 + stressed.3 + again.3;
    report.holds("frames the nine others lost", "0", missing.to_string(), missing == 0);
    report.at_most("p99 of the nine others, over before", 1.0, stressed.1 - calm.1, "ms");
    report.at_most("memory growth", 2.0, growth, "MiB");
    report.holds("frames damaged", "0", probe.damaged().to_string(), probe.damaged() == 0);
    match pause {
        Pause::FiveSeconds => {
            report.at_most("live (under 300 ms) after reading again", GOP_MS, live_again_ms, "ms");
            let gaps = broken(viewer.receipts());
            report.holds("its pictures without their reference", "0", gaps.to_string(), gaps == 0);
        }
        Pause::ForEver => {
            report.at_most("the server lets go of it after", pause.time().as_secs_f64(), let_go_s, "s");
            let newcomer = probe.open(subject.address(), Request::Whole)?;
            let came = probe.run_while(AFTER, |probe| probe.viewer(newcomer).receipts().is_empty())?;
            report.holds("a newcomer is let in", "yes", if came { "yes" } else { "no" }, came);
        }
    }
    Ok(())
}

/// Median, 99th percentile and largest latency of the viewers below number `slow` in `window`, and the frames they lost.
fn others(probe: &Probe, slow: usize, window: Window) -> (f64, f64, f64, u64) {
    let others = || probe.viewers()[..slow].iter().map(|viewer| viewer.receipts());
    let latencies =
        Sorted::of_ns(others().flat_map(|receipts| window.of(receipts)).map(|receipt| receipt.latency_ns()));
    let missing: u64 = window
        .sequences(others())
        .map_or(0, |sequences| others().map(|receipts| lost(receipts, sequences)).sum());
    (latencies.median(), latencies.quantile(0.99), latencies.max(), missing)
}

/// When the viewer of `receipts` was live again after `resumed_ns`, and the age of the oldest picture that it got then;
/// both in milliseconds.
fn catching_up(receipts: &[Receipt], resumed_ns: u64) -> (f64, f64) {
    let late: Vec<_> = receipts.iter().filter(|receipt| receipt.read_ns >= resumed_ns).collect();
    let caught_up = late.iter().rev().find(|receipt| ms(receipt.read_latency_ns()) >= LIVE_MS);
    let live_again_ms = match late.last() {
        Some(last) if ms(last.read_latency_ns()) < LIVE_MS => {
            caught_up.map_or(0.0, |last| ms(last.read_ns - resumed_ns))
        }
        _ => f64::NAN,
    };
    (live_again_ms, late.iter().map(|receipt| ms(receipt.read_latency_ns())).fold(0.0, f64::max))
}

fn measure_for(probe: &mut Probe, time: Duration) -> Outcome<Window> {
    let from_ns = clock::realtime_ns();
    probe.run_for(time)?;
    Ok(Window { from_ns, to_ns: clock::realtime_ns() })
}

//! One round of steady watching: start, fill the cache, bring in the viewers, measure.

use std::{net::SocketAddr, time::Duration};

use super::Options;
use crate::{
    Outcome,
    camera::Profile,
    observe::{Sorted, Window, begins_inside, broken, lost},
    probe::{Probe, Request, ViewerState},
    subject::{Feed, Kind},
    sys::{clock, process},
};

/// Two GOPs fill the server's cache, and a source proves how its units end in the first 60.
const WARM: Duration = Duration::from_millis(4500);
/// After the last viewer has come.
const SETTLE: Duration = Duration::from_secs(1);
/// The last access units of a window may arrive for so long after it.
const STRAGGLERS: Duration = Duration::from_millis(400);
/// Connections begun at once, where the way in is not what is measured.
const AT_ONCE: usize = 50;
const COMES_WITHIN: Duration = Duration::from_secs(20);

/// What to watch.
#[derive(Clone, Copy, Debug)]
pub(super) struct Plan {
    pub(super) profile: Profile,
    pub(super) feed: Feed,
    pub(super) viewers: usize,
    pub(super) warm: bool,
}

/// What a round found. Latencies in ms from just before the camera's write to the viewer's kernel.
#[derive(Clone, Copy, Debug)]
pub(super) struct Steady {
    pub(super) p50_ms: f64,
    pub(super) p99_ms: f64,
    pub(super) max_ms: f64,
    pub(super) lost: u64,
    pub(super) broken: u64,
    pub(super) damaged: u64,
    pub(super) cpu_us: f64,
    pub(super) cpu_share: f64,
    pub(super) rss_mib: f64,
    pub(super) kib_per_viewer: f64,
    pub(super) others: f64,
    pub(super) kernel_times: bool,
    pub(super) has_rank: bool,
}

impl Steady {
    pub(super) fn figures(&self) -> Vec<(&'static str, f64)> {
        vec![
            ("p50 ms", self.p50_ms),
            ("p99 ms", self.p99_ms),
            ("max ms", self.max_ms),
            ("lost", self.lost as f64),
            ("broken", self.broken as f64),
            ("damaged", self.damaged as f64),
            ("CPU us/viewer/frame", self.cpu_us),
            ("CPU % of a core", self.cpu_share * 100.0),
            ("RSS MiB", self.rss_mib),
            ("KiB/viewer", self.kib_per_viewer),
            ("others % of machine", self.others * 100.0),
        ]
    }
}

/// Watches `kind` once.
pub(super) fn watch(options: &Options, kind: Kind, plan: Plan) -> Outcome<Steady> {
    let subject = options.start(kind, plan.profile, plan.feed)?;
    let (address, tls) = subject.viewers_address()?;
    let mut probe = Probe::new(options.wire)?.with_tls(tls);
    bring_in(&mut probe, address, 1)?;
    if plan.warm {
        probe.run_for(WARM)?;
    }
    let before = subject.memory()?;
    bring_in(&mut probe, address, plan.viewers - 1)?;
    probe.run_for(SETTLE)?;
    let early_broken: u64 = match kind {
        Kind::Reference => 0,
        Kind::Server => {
            let receipts = probe.viewers().iter().map(|viewer| viewer.receipts());
            receipts.map(|receipts| broken(receipts) + u64::from(begins_inside(receipts))).sum()
        }
    };
    probe.forget_receipts();

    let length = Duration::from_secs(options.seconds);
    let (cpu, own_cpu) = (subject.cpu_ns()?, clock::cpu_ns(std::process::id())?);
    let machine = process::machine_time();
    let from_ns = clock::realtime_ns();
    probe.run_for(length)?;
    let window = Window { from_ns, to_ns: clock::realtime_ns() };
    let cpu = subject.cpu_ns()? - cpu;
    let own_cpu = clock::cpu_ns(std::process::id())? - own_cpu;
    let busy = process::machine_time().busy_since(machine);
    let after = subject.memory()?;
    probe.run_for(STRAGGLERS)?;

    let receipts = || probe.viewers().iter().map(|viewer| viewer.receipts());
    let sequences = window.sequences(receipts()).ok_or("no access unit came in the time of measurement")?;
    let frames = sequences.1 - sequences.0 + 1;
    let latencies = Sorted::of_ns(
        receipts().flat_map(|receipts| window.of(receipts)).map(|receipt| receipt.latency_ns()),
    );
    let gaps: u64 = receipts().map(broken).sum();
    let cpus = std::thread::available_parallelism().map_or(1.0, |cpus| usize::from(cpus) as f64);
    let ours = (cpu + own_cpu) as f64 / (window.to_ns - window.from_ns) as f64 / cpus;
    Ok(Steady {
        p50_ms: latencies.median(),
        p99_ms: latencies.quantile(0.99),
        max_ms: latencies.max(),
        lost: receipts().map(|receipts| lost(receipts, sequences)).sum(),
        broken: early_broken + gaps,
        damaged: probe.damaged(),
        cpu_us: cpu as f64 / 1e3 / frames as f64 / plan.viewers as f64,
        cpu_share: cpu as f64 / (window.to_ns - window.from_ns) as f64,
        rss_mib: after.rss_kib as f64 / 1024.0,
        kib_per_viewer: match plan.viewers {
            1 => 0.0,
            viewers => (after.rss_kib as f64 - before.rss_kib as f64) / (viewers - 1) as f64,
        },
        others: (busy - ours).max(0.0),
        kernel_times: probe.has_kernel_times(),
        has_rank: subject.has_rank(),
    })
}

/// Opens `count` more viewers, some at a time, and waits until each has got something.
pub(super) fn bring_in(probe: &mut Probe, address: SocketAddr, count: usize) -> Outcome<()> {
    let mut left = count;
    while left > 0 {
        let first = probe.viewers().len();
        let some = left.min(AT_ONCE);
        for _ in 0..some {
            probe.open(address, Request::Whole)?;
        }
        left -= some;
        let came = probe.run_while(COMES_WITHIN, |probe| {
            probe.viewers()[first..].iter().any(|viewer| viewer.receipts().is_empty() && !viewer.is_closed())
        })?;
        let closed = probe.viewers()[first..].iter().find(|viewer| viewer.is_closed());
        if let Some(ViewerState::Closed { code, why }) = closed.map(crate::probe::Viewer::state) {
            return Err(format!("a viewer was closed at its start: {code:?} {why}").into());
        }
        if !came {
            return Err("viewers got nothing within 20 s".into());
        }
    }
    Ok(())
}

//! Steady watching in turns: reference, server, reference, server …; latency and cost against the floor.

use std::time::{Duration, Instant};

use super::{
    Options,
    steady::{Plan, Steady, watch},
};
use crate::{
    Outcome,
    camera::Profile,
    observe::Sorted,
    report::{Report, progress},
    subject::{Feed, Kind},
    sys::process,
};

/// A reference that costs more than this a viewer and frame, in µs, says that the machine was busy with something else.
const REFERENCE_COST_US: f64 = 6.0;
/// Other work that took more than this part of the machine in most rounds makes times that are too long void.
const BUSY: f64 = 0.25;
/// Before each round the machine has so long to become quiet.
const QUIET_WITHIN: Duration = Duration::from_secs(20);
/// How long it is looked at.
const LOOK: Duration = Duration::from_millis(500);

/// All rounds of a comparison.
struct Rounds {
    report: Report,
    reference: Vec<Steady>,
    server: Vec<Steady>,
}

impl Rounds {
    fn run(options: &Options, name: &'static str, about: &str, plan: Plan) -> Outcome<Self> {
        let mut rounds = Self { report: Report::new(name, about), reference: Vec::new(), server: Vec::new() };
        for round in 1..=options.rounds {
            for kind in options.kinds() {
                progress(&format!("{name}: round {round} of {}, {}", options.rounds, kind.name()));
                if plan.warm {
                    wait_for_quiet();
                }
                let steady = watch(options, kind, plan)?;
                rounds.report.row(format!("{} {round}", kind.name()), steady.figures());
                rounds.remark(&steady);
                match kind {
                    Kind::Reference => rounds.reference.push(steady),
                    Kind::Server => rounds.server.push(steady),
                }
            }
        }
        rounds.report.median_row("reference");
        rounds.report.median_row("server");
        // With few viewers the cost is that of the frame, which nobody shares.
        let cost = rounds.median(Kind::Reference, |steady| steady.cpu_us);
        if plan.viewers >= 100 && cost > REFERENCE_COST_US {
            rounds
                .report
                .make_void(format!("it cost {cost:.1} us a viewer and frame, over {REFERENCE_COST_US} us"));
        }
        let all = || rounds.reference.iter().chain(&rounds.server).map(|steady| steady.others);
        if all().filter(|others| *others > BUSY).count() * 2 > all().count() {
            let share = Sorted::new(all()).median() * 100.0;
            rounds.report.make_disturbed(format!("other work took {share:.0} % of the machine"));
        }
        Ok(rounds)
    }

    fn remark(&mut self, steady: &Steady) {
        if !steady.kernel_times {
            self.report.note("receive times are those of the read, not the kernel's");
        }
        if !steady.has_rank {
            self.report.note("the programs ran with the rank of all others (a higher one needs more rights)");
        }
    }

    fn of(&self, kind: Kind) -> &[Steady] {
        match kind {
            Kind::Reference => &self.reference,
            Kind::Server => &self.server,
        }
    }

    fn median(&self, kind: Kind, figure: impl Fn(&Steady) -> f64) -> f64 {
        Sorted::new(self.of(kind).iter().map(figure)).median()
    }

    /// Median over the rounds of something made of both.
    fn median_of_both(&self, figure: impl Fn(&Steady, &Steady) -> f64) -> f64 {
        let pairs = self.reference.iter().zip(&self.server);
        Sorted::new(pairs.map(|(reference, server)| figure(reference, server))).median()
    }

    fn is_complete(&self) -> bool {
        !self.reference.is_empty() && !self.server.is_empty()
    }

    /// Bars that any stream has to pass.
    fn nothing_is_wrong(mut self) -> Report {
        for (what, count) in [
            ("frames lost", self.server.iter().map(|steady| steady.lost).sum::<u64>()),
            ("frames damaged", self.server.iter().map(|steady| steady.damaged).sum()),
            ("pictures without their reference", self.server.iter().map(|steady| steady.broken).sum()),
        ] {
            if !self.server.is_empty() {
                self.report.holds(what, "0", count.to_string(), count == 0);
            }
        }
        self.report
    }

    fn near_reference(&mut self) {
        if !self.is_complete() {
            return;
        }
        let p50 = self.median_of_both(|reference, server| server.p50_ms - reference.p50_ms);
        self.report.time_to_reference("p50 over reference", 0.3, p50, "ms");
        let p99 = self.median_of_both(|reference, server| server.p99_ms - 1.3 * reference.p99_ms);
        self.report.time_to_reference("p99 over 1.3 x reference", 1.0, p99, "ms");
    }
}

/// Waits until little else runs on the machine, but not for ever.
fn wait_for_quiet() {
    let begun = Instant::now();
    while begun.elapsed() < QUIET_WITHIN {
        let before = process::machine_time();
        std::thread::sleep(LOOK);
        if process::machine_time().busy_since(before) < BUSY / 2.0 {
            return;
        }
    }
}

fn plan(profile: Profile, feed: Feed, viewers: usize) -> Plan {
    Plan { profile, feed, viewers, warm: true }
}

/// Tiny pictures, one viewer, without warming up.
pub(super) fn smoke(options: &Options) -> Outcome<Report> {
    let plan = Plan { warm: false, ..plan(Profile::Tiny, Feed::Exec, 1) };
    Ok(Rounds::run(options, "smoke", "tiny pictures, 1 viewer", plan)?.nothing_is_wrong())
}

/// The camera run by the server, VGA, one viewer.
pub(super) fn latency_vga_1(options: &Options) -> Outcome<Report> {
    let plan = plan(Profile::Vga, Feed::Exec, 1);
    let mut rounds = Rounds::run(options, "latency-vga-1", "exec source, VGA 1.5 Mbit/s, 1 viewer", plan)?;
    if !rounds.server.is_empty() {
        let p50 = rounds.median(Kind::Server, |steady| steady.p50_ms);
        rounds.report.time_at_most("p50", 0.5, p50);
        let p99 = rounds.median(Kind::Server, |steady| steady.p99_ms);
        rounds.report.time_at_most("p99", 2.0, p99);
    }
    Ok(rounds.nothing_is_wrong())
}

/// The camera run by the server, 1080p, one viewer.
pub(super) fn latency_1080p_1(options: &Options) -> Outcome<Report> {
    let plan = plan(Profile::FullHd, Feed::Exec, 1);
    let mut rounds = Rounds::run(options, "latency-1080p-1", "exec source, 1080p 5 Mbit/s, 1 viewer", plan)?;
    rounds.near_reference();
    Ok(rounds.nothing_is_wrong())
}

/// The camera run by the server, VGA, a hundred viewers.
pub(super) fn latency_vga_100(options: &Options) -> Outcome<Report> {
    let plan = plan(Profile::Vga, Feed::Exec, 100);
    let mut rounds =
        Rounds::run(options, "latency-vga-100", "exec source, VGA 1.5 Mbit/s, 100 viewers", plan)?;
    rounds.near_reference();
    Ok(rounds.nothing_is_wrong())
}

/// The camera on standard input.
pub(super) fn latency_stdin(options: &Options) -> Outcome<Report> {
    through(options, "latency-stdin", "camera on standard input, VGA, 1 viewer", Feed::Stdin)
}

/// The camera over TCP.
pub(super) fn latency_tcp(options: &Options) -> Outcome<Report> {
    through(options, "latency-tcp", "camera over TCP, VGA, 1 viewer", Feed::Tcp)
}

fn through(options: &Options, name: &'static str, about: &str, feed: Feed) -> Outcome<Report> {
    let options = Options { only: Some(options.only.unwrap_or(Kind::Server)), ..options.clone() };
    let mut rounds = Rounds::run(&options, name, about, plan(Profile::Vga, feed, 1))?;
    let p50 = rounds.median(Kind::Server, |steady| steady.p50_ms);
    if !rounds.server.is_empty() {
        rounds.report.time_at_most("p50", 3.0, p50);
    }
    Ok(rounds.nothing_is_wrong())
}

/// Many viewers of small frames: what a viewer costs.
pub(super) fn fanout(options: &Options, name: &'static str, viewers: usize) -> Outcome<Report> {
    let about = format!("exec source, 8,100 bytes a frame, {viewers} viewers");
    let mut rounds = Rounds::run(options, name, &about, plan(Profile::Even, Feed::Exec, viewers))?;
    if rounds.is_complete() {
        let allowed = if viewers < 500 { 1.4 } else { 1.25 };
        let cost = rounds.median_of_both(|reference, server| server.cpu_us / reference.cpu_us);
        rounds.report.cost_to_reference("CPU a viewer and frame, of the reference's", allowed, cost);
    }
    if rounds.is_complete() && viewers >= 1000 {
        let p99 = rounds.median_of_both(|reference, server| server.p99_ms / reference.p99_ms);
        rounds.report.time_to_reference("p99, of the reference's", 2.0, p99, "x");
    }
    if viewers >= 1000 && !rounds.server.is_empty() {
        let memory = rounds.median(Kind::Server, |steady| steady.kib_per_viewer);
        rounds.report.at_most("memory a viewer", 64.0, memory, "KiB");
    }
    Ok(rounds.nothing_is_wrong())
}

//! One viewer behind an emulated link that gets bad for a while and good again.
//!
//! ```text
//! good ─► bad, 5 or 20 s ─► good: live again after how long?     a round for each of some moments of the GOP
//! ```

use std::time::Duration;

use super::{
    Options,
    player::{Player, Shown},
};
use crate::{
    Outcome,
    camera::Profile,
    link::{Conditions, Flow, Link, SERVER},
    observe::{Sorted, ms},
    probe::Probe,
    report::{Report, progress},
    subject::{Feed, Kind, Setup, Subject},
    sys::clock,
};

const WARM: Duration = Duration::from_millis(4500);
/// 60 frames at 30 a second.
const GOP: Duration = Duration::from_secs(2);
const GOOD_BEFORE: Duration = Duration::from_secs(4);
const GOOD_AFTER: Duration = Duration::from_secs(8);
/// What is live.
const LIVE_MS: f64 = 300.0;
/// The bar for the latency on a bad link: 500 ms and one GOP.
const BAD_MS: f64 = 2500.0;

/// Eight times the bit rate of the stream, 10 ms there and back, 64 KiB of queue.
const GOOD: Conditions = Conditions {
    bits_per_second: 40_000_000,
    queue_bytes: 64 << 10,
    delay_ns: 5_000_000,
    loss: 0.0,
    flow: Flow::Open,
};
/// 40 ms there and back.
const FAR: Conditions = Conditions { delay_ns: 20_000_000, ..GOOD };

/// How the link gets bad.
pub(super) struct Trouble {
    name: &'static str,
    about: &'static str,
    good: Conditions,
    bad: Conditions,
    bad_for: Duration,
    bars: Bars,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Bars {
    /// Something comes through: bounded during, live within 1 s after.
    Bounded,
    /// Nothing does: live within 0.4 s of the first byte after.
    Back,
}

/// Half the bit rate of the stream.
pub(super) const HALF: Trouble = Trouble {
    name: "link-half",
    about: "1080p 5 Mbit/s, for 20 s over 2.5 Mbit/s",
    good: GOOD,
    bad: Conditions { bits_per_second: 2_500_000, ..GOOD },
    bad_for: Duration::from_secs(20),
    bars: Bars::Bounded,
};

/// Loss.
pub(super) const LOSS: Trouble = Trouble {
    name: "link-loss",
    about: "1080p 5 Mbit/s, 40 ms there and back, for 20 s 2 % of packets lost, cubic",
    good: FAR,
    bad: Conditions { loss: 0.02, ..FAR },
    bad_for: Duration::from_secs(20),
    bars: Bars::Bounded,
};

/// Standstill: nothing is lost but what the queue does not hold.
pub(super) const STOP: Trouble = Trouble {
    name: "link-stop",
    about: "1080p 5 Mbit/s, nothing moves for 5 s",
    good: GOOD,
    bad: Conditions { flow: Flow::Stopped, ..GOOD },
    bad_for: Duration::from_secs(5),
    bars: Bars::Back,
};

/// Darkness: all is lost.
pub(super) const BLACK: Trouble = Trouble {
    name: "link-black",
    about: "1080p 5 Mbit/s, everything is lost for 5 s",
    good: GOOD,
    bad: Conditions { flow: Flow::Black, ..GOOD },
    bad_for: Duration::from_secs(5),
    bars: Bars::Back,
};

/// Runs it, each round with the trouble at another moment of the GOP; the bars are for the worst.
pub(super) fn run(options: &Options, trouble: &Trouble) -> Outcome<Report> {
    let mut report = Report::new(trouble.name, trouble.about);
    report.note("the viewer opens a fresh connection after 0.5 s of silence, and another every 0.3 s until one speaks");
    report.note("when pictures come over 0.5 s late it lets a fresh connection race against the present one, as the page does by WebCodecs");
    report.note(format!("the link carries {} Mbit/s while it is good", options.link_mbit));
    report.note(
        "the trouble begins at another moment of the GOP in each round; the bars are for the worst of them",
    );
    let mut worst = Found::default();
    for round in 1..=options.rounds {
        progress(&format!("{}: round {round} of {}", trouble.name, options.rounds));
        let phase = GOP * (round - 1) / options.rounds;
        let found = one_round(options, trouble, WARM + phase, &format!("{round}"), &mut report)?;
        worst = worst.or_worse(found);
    }
    match trouble.bars {
        Bars::Bounded => {
            report.at_most("latency during, max", BAD_MS, worst.during_ms, "ms");
            report.at_most("live (under 300 ms) after the end", 1000.0, worst.live_after_end_ms, "ms");
        }
        Bars::Back => {
            let measured = worst.live_after_byte_ms;
            report.at_most("live (under 300 ms) after the first byte", 400.0, measured, "ms");
        }
    }
    report.holds("pictures without their reference", "0", worst.broken.to_string(), worst.broken == 0);
    report.holds("frames damaged", "0", worst.damaged.to_string(), worst.damaged == 0);
    Ok(report)
}

/// What a bar is for.
#[derive(Clone, Copy, Default)]
struct Found {
    during_ms: f64,
    live_after_end_ms: f64,
    live_after_byte_ms: f64,
    broken: u64,
    damaged: u64,
}

impl Found {
    /// The worse of two in each; what is not a number, because it never came, is the worst.
    fn or_worse(self, other: Self) -> Self {
        let worse = |a: f64, b: f64| if a >= b || a.is_nan() { a } else { b };
        Self {
            during_ms: worse(self.during_ms, other.during_ms),
            live_after_end_ms: worse(self.live_after_end_ms, other.live_after_end_ms),
            live_after_byte_ms: worse(self.live_after_byte_ms, other.live_after_byte_ms),
            broken: self.broken + other.broken,
            damaged: self.damaged + other.damaged,
        }
    }
}

fn one_round(
    options: &Options,
    trouble: &Trouble,
    warm: Duration,
    round: &str,
    report: &mut Report,
) -> Outcome<Found> {
    let rate = options.link_mbit * 1_000_000;
    let good = Conditions { bits_per_second: rate, ..trouble.good };
    let bad = Conditions { bits_per_second: rate.min(trouble.bad.bits_per_second), ..trouble.bad };
    let link = Link::new(good).map_err(|error| format!("an emulated link: {error}"))?;
    if !link.is_cubic() {
        report.note("the congestion control is the machine's default, cubic could not be set");
    }
    let server = options.server_path()?;
    let setup = Setup {
        tls: false,
        kind: Kind::Server,
        profile: Profile::FullHd,
        feed: Feed::Exec,
        server: &server,
        listen: SERVER,
    };
    let subject = link.server_side().inside(|| Subject::start(setup))?;
    link.viewer_side().inside(|| {
        let mut probe = Probe::new(options.wire)?;
        let mut player = Player::new(&mut probe, subject.address())?;
        player.play(&mut probe, warm)?;
        let good_ns = clock::realtime_ns();
        player.play(&mut probe, GOOD_BEFORE)?;
        let memory = subject.memory()?.rss_kib;

        let before = link.counters();
        link.set(bad);
        let bad_ns = clock::realtime_ns();
        player.play(&mut probe, trouble.bad_for)?;
        let after = link.counters();
        link.set(good);
        let restored_ns = clock::realtime_ns();
        player.play(&mut probe, GOOD_AFTER)?;
        let end_ns = clock::realtime_ns();
        let growth = subject.memory()?.rss_kib.saturating_sub(memory) as f64 / 1024.0;

        let shown = player.shown(&probe);
        let bad_span = Span { from_ns: bad_ns, to_ns: restored_ns };
        for (what, span) in [
            ("good", Span { from_ns: good_ns, to_ns: bad_ns }),
            ("bad", bad_span),
            ("good again", Span { from_ns: restored_ns, to_ns: end_ns }),
        ] {
            report.row(format!("{what} {round}"), span.figures(&shown));
        }
        let first_byte_ns = player.first_byte_after(&probe, restored_ns);
        let live_ns = live_from(&shown, restored_ns);
        let since = |from: Option<u64>| match (live_ns, from) {
            (Some(live), Some(from)) => ms(live.saturating_sub(from)),
            _ => f64::NAN,
        };
        let found = Found {
            during_ms: bad_span.latencies(&shown).max(),
            live_after_end_ms: since(Some(restored_ns)),
            live_after_byte_ms: since(first_byte_ns),
            broken: player.broken(&probe),
            damaged: probe.damaged(),
        };
        report.row(
            format!("after the trouble {round}"),
            vec![
                ("first byte after ms", first_byte_ns.map_or(f64::NAN, |at| ms(at - restored_ns))),
                ("live after ms", found.live_after_end_ms),
                ("live after first byte ms", found.live_after_byte_ms),
                ("fresh connections", player.fresh() as f64),
                ("packets lost", (after.lost - before.lost) as f64),
                ("packets overflowed", (after.overflowed - before.overflowed) as f64),
                ("server grew MiB", growth),
            ],
        );
        Outcome::Ok(found)
    })
}

/// From when on all pictures are live; none when the last is not.
fn live_from(shown: &[Shown], from_ns: u64) -> Option<u64> {
    let after: Vec<&Shown> = shown.iter().filter(|shown| shown.at_ns >= from_ns).collect();
    let late = after.iter().rposition(|shown| ms(shown.latency_ns) >= LIVE_MS);
    after.get(late.map_or(0, |late| late + 1)).map(|shown| shown.at_ns)
}

/// A time in which pictures arrive.
#[derive(Clone, Copy)]
struct Span {
    from_ns: u64,
    to_ns: u64,
}

impl Span {
    fn of(self, shown: &[Shown]) -> impl Iterator<Item = &Shown> {
        shown.iter().filter(move |shown| (self.from_ns..self.to_ns).contains(&shown.at_ns))
    }

    fn latencies(self, shown: &[Shown]) -> Sorted {
        Sorted::of_ns(self.of(shown).map(|shown| shown.latency_ns))
    }

    fn figures(self, shown: &[Shown]) -> Vec<(&'static str, f64)> {
        let latencies = self.latencies(shown);
        let moments =
            std::iter::once(self.from_ns).chain(self.of(shown).map(|shown| shown.at_ns)).chain([self.to_ns]);
        let moments: Vec<u64> = moments.collect();
        let frozen = moments.windows(2).map(|pair| pair[1].saturating_sub(pair[0])).max().unwrap_or(0);
        let seconds = (self.to_ns - self.from_ns) as f64 / 1e9;
        vec![
            ("p50 ms", latencies.median()),
            ("p99 ms", latencies.quantile(0.99)),
            ("max ms", latencies.max()),
            ("pictures/s", latencies.count() as f64 / seconds),
            ("longest standstill ms", ms(frozen)),
        ]
    }
}

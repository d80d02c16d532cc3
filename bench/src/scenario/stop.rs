//! The server is told to stop with a thousand viewers: how long it takes, and what they are told.

use std::time::Duration;

use super::{Options, steady::bring_in};
use crate::{
    Outcome,
    camera::Profile,
    observe::ms,
    probe::{Probe, ViewerState},
    report::Report,
    subject::{Feed, Kind},
    sys::clock,
};

const VIEWERS: usize = 1000;
const WARM: Duration = Duration::from_secs(2);
const GIVE_UP: Duration = Duration::from_secs(5);
/// "Going away", RFC 6455 section 7.4.1.
const GOING_AWAY: u16 = 1001;

/// Runs it.
pub(super) fn run(options: &Options) -> Outcome<Report> {
    let mut report = Report::new("stop-1000", "SIGTERM with 1000 viewers, 8,100 bytes a frame");
    let mut subject = options.start(Kind::Server, Profile::Even, Feed::Exec)?;
    let mut probe = Probe::new(options.wire)?;
    bring_in(&mut probe, subject.address(), VIEWERS)?;
    probe.run_for(WARM)?;
    let begun = clock::monotonic_ns();
    subject.ask_to_stop()?;
    probe.run_while(GIVE_UP, |_| !subject.has_ended())?;
    let ended_ms = ms(clock::monotonic_ns() - begun);
    probe.run_while(Duration::from_secs(1), |probe| {
        probe.viewers().iter().any(|viewer| !viewer.is_closed())
    })?;
    let told = probe
        .viewers()
        .iter()
        .filter(|viewer| matches!(viewer.state(), ViewerState::Closed { code: Some(GOING_AWAY), .. }))
        .count();
    report.row(
        "server",
        vec![("ended after ms", ended_ms), ("told 1001", told as f64), ("viewers", VIEWERS as f64)],
    );
    report.at_most("time to the end", 1000.0, ended_ms, "ms");
    report.holds("viewers told 1001", "1000", told.to_string(), told == VIEWERS);
    Ok(report)
}

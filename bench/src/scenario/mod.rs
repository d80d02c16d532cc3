//! The scenarios: each starts what it needs, measures, and holds the figures against the bars of the issue.

mod attack;
mod compare;
mod joins;
mod link;
mod player;
mod slow_viewer;
mod steady;
mod stop;
mod storm;

use std::path::PathBuf;

use crate::{
    Outcome,
    flood::Flood,
    probe::Wire,
    report::{self, Report},
    subject::{Kind, Setup, Subject},
    sys::process::{self, SessionRank},
};

/// What to measure and how often.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct Options {
    /// What to measure
    #[arg(value_enum)]
    pub(crate) scenario: Option<Name>,
    /// The server's program [default: lenscast beside this program]
    #[arg(long, value_name = "PATH")]
    pub(crate) server: Option<PathBuf>,
    /// How often reference and server take turns, where they are compared
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) rounds: u32,
    /// Length of each measurement in seconds
    #[arg(long, default_value_t = 8, value_parser = clap::value_parser!(u64).range(1..))]
    pub(crate) seconds: u64,
    /// Which WebSocket the viewers take; the reference has one for all
    #[arg(long, value_enum, default_value = "h264")]
    pub(crate) wire: Wire,
    /// The server's viewers speak TLS; in latency-*, fanout-* and smoke only. The reference's never do
    #[arg(long)]
    pub(crate) tls: bool,
    /// Rate of the emulated link while it is good, in Mbit/s
    #[arg(long, default_value_t = 40, value_parser = clap::value_parser!(u64).range(1..))]
    pub(crate) link_mbit: u64,
    /// Floods in this way only
    #[arg(long, value_enum, value_name = "KIND")]
    pub(crate) flood: Option<Flood>,
    /// Measures only one of the two
    #[arg(long, value_enum, value_name = "KIND")]
    pub(crate) only: Option<Kind>,
    /// Writes the figures there too
    #[arg(long, value_name = "FILE")]
    pub(crate) json: Option<PathBuf>,
}

impl Options {
    /// Who is measured, in turns.
    fn kinds(&self) -> Vec<Kind> {
        self.only.map_or_else(|| vec![Kind::Reference, Kind::Server], |only| vec![only])
    }

    /// Starts `kind` on loopback.
    fn start(
        &self,
        kind: Kind,
        profile: crate::camera::Profile,
        feed: crate::subject::Feed,
    ) -> Outcome<Subject> {
        let server = self.server_path()?;
        Subject::start(Setup {
            kind,
            profile,
            feed,
            server: &server,
            listen: crate::subject::LOOPBACK,
            tls: self.tls,
        })
    }

    fn server_path(&self) -> Outcome<PathBuf> {
        match &self.server {
            Some(path) => Ok(path.clone()),
            None => Ok(std::env::current_exe()?.with_file_name("lenscast")),
        }
    }
}

/// A scenario.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Name {
    /// All of them, one after the other, without the attack
    All,
    /// A try of the bench itself: tiny pictures, one viewer
    Smoke,
    /// One viewer, VGA, the camera run by the server
    #[value(name = "latency-vga-1")]
    LatencyVga1,
    /// One viewer, 1080p
    #[value(name = "latency-1080p-1")]
    LatencyFullHd1,
    /// A hundred viewers, VGA
    #[value(name = "latency-vga-100")]
    LatencyVga100,
    /// One viewer, VGA, the camera on standard input
    LatencyStdin,
    /// One viewer, VGA, the camera over TCP
    LatencyTcp,
    /// 50 viewers who come at any moment of the GOP
    Joins,
    /// 100 viewers, 8,100 bytes a frame
    #[value(name = "fanout-100")]
    Fanout100,
    /// 500 viewers, 8,100 bytes a frame
    #[value(name = "fanout-500")]
    Fanout500,
    /// 1000 viewers, 8,100 bytes a frame
    #[value(name = "fanout-1000")]
    Fanout1000,
    /// One viewer of ten stops reading for 5 s
    #[value(name = "slow-viewer-5s")]
    SlowViewer,
    /// One viewer of ten never reads again
    #[value(name = "slow-viewer-forever")]
    StuckViewer,
    /// 500 connections at once; 200 silent; 200 half handshakes
    Storm,
    /// One flood of each kind beside ten viewers; exit status 1 when a bar is not met
    Attack,
    /// The end with 1000 viewers
    #[value(name = "stop-1000")]
    Stop1000,
    /// A link at half the bit rate for 20 s
    LinkHalf,
    /// A link that loses 2 % for 20 s, 40 ms there and back
    LinkLoss,
    /// A link on which nothing moves for 5 s
    LinkStop,
    /// A link that loses everything for 5 s
    LinkBlack,
}

impl Name {
    /// Whether its viewers can speak TLS.
    const fn can_be_encrypted(self) -> bool {
        matches!(
            self,
            Self::Smoke
                | Self::LatencyVga1
                | Self::LatencyFullHd1
                | Self::LatencyVga100
                | Self::LatencyStdin
                | Self::LatencyTcp
                | Self::Fanout100
                | Self::Fanout500
                | Self::Fanout1000
        )
    }
}

/// Runs scenario `name`, or all.
pub(crate) fn run(name: Name, options: &Options) -> Outcome<()> {
    use clap::ValueEnum;
    if options.tls && !name.can_be_encrypted() {
        return Err("--tls is for latency-*, fanout-* and smoke only".into());
    }
    process::raise_file_limit();
    let _rank = SessionRank::raise();
    let names: Vec<Name> = if name == Name::All {
        let every = Name::value_variants().iter().copied();
        every.filter(|name| !matches!(name, Name::All | Name::Smoke | Name::Attack)).collect()
    } else {
        vec![name]
    };
    let mut reports = Vec::new();
    let mut is_attack_survived = true;
    for name in names {
        let before = process::machine_time();
        let mut report = measure(name, options)?;
        let busy = process::machine_time().busy_since(before) * 100.0;
        report.note(format!(
            "all CPUs were busy for {busy:.0} % of the scenario, with all that it runs itself"
        ));
        report.print();
        is_attack_survived &= name != Name::Attack || !report.has_failed();
        reports.push(report);
        if let Some(path) = &options.json {
            report::write_json(path, &reports)?;
        }
    }
    if reports.len() > 1 {
        report::print_summary(&reports);
    }
    if !is_attack_survived {
        return Err("a flood did harm: see the bars that failed".into());
    }
    Ok(())
}

fn measure(name: Name, options: &Options) -> Outcome<Report> {
    match name {
        Name::All | Name::Smoke => compare::smoke(options),
        Name::LatencyVga1 => compare::latency_vga_1(options),
        Name::LatencyFullHd1 => compare::latency_1080p_1(options),
        Name::LatencyVga100 => compare::latency_vga_100(options),
        Name::LatencyStdin => compare::latency_stdin(options),
        Name::LatencyTcp => compare::latency_tcp(options),
        Name::Joins => joins::run(options),
        Name::Fanout100 => compare::fanout(options, "fanout-100", 100),
        Name::Fanout500 => compare::fanout(options, "fanout-500", 500),
        Name::Fanout1000 => compare::fanout(options, "fanout-1000", 1000),
        Name::SlowViewer => slow_viewer::run(options, "slow-viewer-5s", slow_viewer::Pause::FiveSeconds),
        Name::StuckViewer => slow_viewer::run(options, "slow-viewer-forever", slow_viewer::Pause::ForEver),
        Name::Storm => storm::run(options),
        Name::Attack => attack::run(options),
        Name::Stop1000 => stop::run(options),
        Name::LinkHalf => link::run(options, &link::HALF),
        Name::LinkLoss => link::run(options, &link::LOSS),
        Name::LinkStop => link::run(options, &link::STOP),
        Name::LinkBlack => link::run(options, &link::BLACK),
    }
}

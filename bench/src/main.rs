//! Load and latency of Lenscast, measured from outside.
//!
//! ```text
//! camera ─pipe─► lenscast or reference ─loopback or emulated link─► probe viewers ─► table, JSON
//! ```
//! `docs/latency.md` says what is measured and how.

mod camera;
mod flood;
mod https;
mod link;
mod observe;
mod probe;
mod reference;
mod report;
mod scenario;
mod stamp;
mod subject;
mod sys;

use std::process::ExitCode;

use clap::{CommandFactory, Parser};

/// What went wrong, for a person.
type Outcome<T> = Result<T, Box<dyn std::error::Error + Send + Sync>>;

/// Load and latency of Lenscast, measured from outside.
#[derive(Debug, Parser)]
#[command(version, about, args_conflicts_with_subcommands = true)]
struct Args {
    #[command(subcommand)]
    part: Option<Part>,
    #[command(flatten)]
    options: scenario::Options,
}

/// What scenarios are made of, as programs.
#[derive(Debug, clap::Subcommand)]
enum Part {
    /// The synthetic camera: H.264 in real time, written as rpicam-vid writes it
    Camera(camera::Options),
    /// The reference broadcaster: the least that sends a camera to many WebSockets
    Reference(reference::Options),
}

fn main() -> ExitCode {
    let args = Args::parse();
    let outcome = match (&args.part, &args.options.scenario) {
        (Some(Part::Camera(options)), _) => camera::run(options),
        (Some(Part::Reference(options)), _) => reference::run(options),
        (None, Some(name)) => scenario::run(*name, &args.options),
        (None, None) => Args::command().print_help().map_err(Into::into),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            report::complain(&error.to_string());
            ExitCode::FAILURE
        }
    }
}

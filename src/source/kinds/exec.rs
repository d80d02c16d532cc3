//! A command's standard output.

use crate::source::{
    command::{Command, behind_a_colon},
    error::SourceError,
    ingest::{
        boundary_signs::Cuts,
        byte_stream::{Input, publish},
        timeouts::Silence,
    },
    kind::Kind,
    run::Run,
    typed::{error::SpecError, input_format::InputFormat, spec::SourceSpec},
};

/// What is expected behind the colon.
const NEEDS: &str = "a command after the colon, with its quotes closed, such as exec:rpicam-vid -t 0 --low-latency --libav-format h264 -o -";

/// The command to run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Config {
    /// Program and arguments.
    pub command: Command,
    /// Format of its output; detected from the first bytes if not given.
    pub format: Option<InputFormat>,
}

impl std::fmt::Display for Config {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.command.fmt(out)
    }
}

impl Kind for Config {
    /// What `spec` says; the program has to be there.
    fn from_spec(spec: &SourceSpec) -> Result<Self, SpecError> {
        let command = Command::from_spec(spec, NEEDS)?;
        Ok(Self { command, format: spec.input_format()? })
    }

    fn input_format(&self) -> Option<InputFormat> {
        self.format
    }

    async fn run(&self, run: Run<'_>) -> Result<(), SourceError> {
        run_once(self, run).await
    }
}

async fn run_once(config: &Config, mut run: Run<'_>) -> Result<(), SourceError> {
    let mut child = config.command.start(run.publisher.camera()).await?;
    let what = format!("the command {}", config.command.program());
    let input = Input { format: config.format, cuts: Cuts::Writes, silence: Silence::GiveUp, times: None };
    let outcome = publish(&mut child.stdout, input, &what, &mut run).await;
    let ended = child.end().await;
    match outcome {
        Err(SourceError::Ended { .. }) => Err(config.command.exited(&ended)),
        Err(SourceError::NotVideo(reason)) => Err(SourceError::NotVideo(reason + &behind_a_colon(&ended))),
        outcome => outcome,
    }
}

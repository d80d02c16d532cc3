//! A command's standard output.
//!
//! The words are split as a shell would split them, but no shell runs. The command and everything that it has started are
//! ended by SIGTERM, then SIGKILL (`child/`). The last line of its standard error becomes part of the reason.

use std::time::Duration;

use rustix::process::Signal;

use crate::{
    child::{Child, Ending, FindError, GroupGuard, Program, TimestampPipe, find_program},
    source::{
        error::SourceError,
        ingest::{
            boundary_signs::Cuts,
            byte_stream::{Input, publish},
            timeouts::Silence,
        },
        kind::Kind,
        run::Run,
        typed::{error::SpecError, input_format::InputFormat, spec::SourceSpec},
    },
};

/// How a command is ended.
const ENDING: Ending = Ending { signal: Signal::TERM, grace: Duration::from_millis(500) };

/// Words that only a shell understands and that are never meant as arguments.
const OF_A_SHELL: [&str; 8] = ["|", "||", "&&", "&", ";", ">", ">>", "<"];

/// The command to run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Config {
    /// Program and arguments; never empty.
    pub words: Vec<String>,
    /// Format of its output; detected from the first bytes if not given.
    pub format: Option<InputFormat>,
}

impl Config {
    /// Name of the program.
    #[must_use]
    pub fn program(&self) -> &str {
        self.words.first().map_or("", String::as_str)
    }
}

impl std::fmt::Display for Config {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "command {}", self.program())
    }
}

impl Kind for Config {
    /// What `spec` says; the program has to be there.
    fn from_spec(spec: &SourceSpec) -> Result<Self, SpecError> {
        let command = spec.rest.as_deref().unwrap_or_default();
        let words = shlex::split(command).filter(|words| !words.is_empty()).ok_or_else(|| {
            spec.wrong_rest(
                "a command after the colon, with its quotes closed, such as exec:rpicam-vid -t 0 --low-latency --libav-format h264 -o -",
            )
        })?;
        if words.iter().any(|word| OF_A_SHELL.contains(&word.as_str())) {
            return Err(spec.wrong_rest(
                "a single command, since no shell runs it: write a pipeline as exec:sh -c '… | …', its redirections too",
            ));
        }
        let mut config = Self { words, format: spec.input_format()? };
        if config.program().contains('/') {
            config.words[0] = spec.path(config.program()).to_string_lossy().into_owned();
        }
        match find_program(config.program(), std::env::var_os("PATH").as_deref()) {
            Ok(_) => Ok(config),
            Err(FindError::NotFound) => Err(SpecError::CommandNotFound(config.program().to_owned())),
            Err(FindError::NoFile(path, kind)) => {
                use std::io::ErrorKind::{IsADirectory, NotFound, PermissionDenied};
                let reason = match kind {
                    NotFound => "there is no such file".to_owned(),
                    PermissionDenied => "permission denied".to_owned(),
                    IsADirectory => "it is a folder".to_owned(),
                    other => other.to_string(),
                };
                Err(SpecError::CommandNotThere { path, reason })
            }
            Err(FindError::NotExecutable(path)) => Err(SpecError::CommandNotExecutable(path)),
        }
    }

    fn input_format(&self) -> Option<InputFormat> {
        self.format
    }

    async fn run(&self, run: Run<'_>) -> Result<(), SourceError> {
        run_once(self, run).await
    }
}

async fn run_once(config: &Config, mut run: Run<'_>) -> Result<(), SourceError> {
    let name = config.program().to_owned();
    let program = Program {
        name: name.clone(),
        arguments: config.words[1..].to_vec(),
        ending: ENDING,
        descriptor_3: TimestampPipe::Nothing,
        guard: GroupGuard::Shell,
        on_line: Box::new(|_| {}),
    };
    let mut child = Child::start(program, run.publisher.camera())
        .await
        .map_err(SourceError::io(format!("cannot start {name}")))?;
    let what = format!("the command {name}");
    let input = Input { format: config.format, cuts: Cuts::Writes, silence: Silence::GiveUp, times: None };
    let outcome = publish(&mut child.stdout, input, &what, &mut run).await;
    let ended = child.end().await;
    let behind_a_colon =
        if ended.last_words.is_empty() { String::new() } else { format!(": {}", ended.last_words) };
    match outcome {
        Err(SourceError::Ended { .. }) => {
            Err(SourceError::Exited { command: name, ended: ended.how(), last_words: behind_a_colon })
        }
        Err(SourceError::NotVideo(reason)) => Err(SourceError::NotVideo(reason + &behind_a_colon)),
        outcome => outcome,
    }
}

//! A command whose standard output is read: its words as they were typed, its start and its end.
//!
//! ```text
//! REST ─ from_spec ─► Command ─ start ─► Child ─ output ends ─► exited: the reason
//! ```
//! The words are split as a shell would split them, but no shell runs. The command and everything that it has started are
//! ended by SIGTERM, then SIGKILL (`child/`). The last line of its standard error becomes part of the reason.

use std::time::Duration;

use rustix::process::Signal;

use super::{
    error::SourceError,
    typed::{error::SpecError, spec::SourceSpec},
};
use crate::child::{Child, Ended, Ending, FindError, GroupGuard, Program, TimestampPipe, find_program};

/// How a command is ended.
const ENDING: Ending = Ending { signal: Signal::TERM, grace: Duration::from_millis(500) };

/// Words that only a shell understands and that are never meant as arguments.
const OF_A_SHELL: [&str; 8] = ["|", "||", "&&", "&", ";", ">", ">>", "<"];

/// The command to run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Command {
    /// Program and arguments; never empty.
    pub(in crate::source) words: Vec<String>,
}

impl Command {
    /// What stands behind the colon of `spec`; the program has to be there. `needs` says what is expected there.
    ///
    /// # Errors
    /// What is wrong and what is allowed.
    pub(in crate::source) fn from_spec(spec: &SourceSpec, needs: &'static str) -> Result<Self, SpecError> {
        let command = spec.rest.as_deref().unwrap_or_default();
        let mut words =
            shlex::split(command).filter(|words| !words.is_empty()).ok_or_else(|| spec.wrong_rest(needs))?;
        if words.iter().any(|word| OF_A_SHELL.contains(&word.as_str())) {
            return Err(spec.wrong_rest(
                "a single command, since no shell runs it: write a pipeline as exec:sh -c '… | …', its redirections too",
            ));
        }
        if words[0].contains('/') {
            words[0] = spec.path(&words[0]).to_string_lossy().into_owned();
        }
        check_program(&words[0])?;
        Ok(Self { words })
    }

    /// Name of the program.
    #[must_use]
    pub fn program(&self) -> &str {
        self.words.first().map_or("", String::as_str)
    }

    /// Starts it, for the source of `camera`.
    pub(in crate::source) async fn start(&self, camera: &str) -> Result<Child, SourceError> {
        let program = Program {
            name: self.program().to_owned(),
            arguments: self.words[1..].to_vec(),
            ending: ENDING,
            descriptor_3: TimestampPipe::Nothing,
            guard: GroupGuard::Shell,
            on_line: Box::new(|_| {}),
        };
        let what = format!("cannot start {}", self.program());
        Child::start(program, camera).await.map_err(SourceError::io(what))
    }

    /// Why its output has ended.
    pub(in crate::source) fn exited(&self, ended: &Ended) -> SourceError {
        SourceError::Exited {
            command: self.program().to_owned(),
            ended: ended.how(),
            last_words: behind_a_colon(ended),
        }
    }
}

impl std::fmt::Display for Command {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "command {}", self.program())
    }
}

/// The last line of its standard error, if there is one.
pub(in crate::source) fn behind_a_colon(ended: &Ended) -> String {
    if ended.last_words.is_empty() { String::new() } else { format!(": {}", ended.last_words) }
}

fn check_program(program: &str) -> Result<(), SpecError> {
    match find_program(program, std::env::var_os("PATH").as_deref()) {
        Ok(_) => Ok(()),
        Err(FindError::NotFound) => Err(SpecError::CommandNotFound(program.to_owned())),
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

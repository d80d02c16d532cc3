//! A command's standard output.
//!
//! Its output is a packet-mode pipe, so that the ends of its writes can be told. The words are split as a shell would, and no shell runs. The child has a process group of its own, so that what
//! it starts ends with it: SIGTERM, then SIGKILL. Its standard error is always read; the last line
//! becomes part of the reason when it ends.

use std::{
    collections::VecDeque,
    ffi::OsString,
    path::{Path, PathBuf},
    process::{ExitStatus, Stdio},
    sync::{Arc, Mutex},
    time::Duration,
};

use rustix::process::{Pid, Signal, kill_process_group};
use tokio::{
    io::{AsyncBufReadExt, AsyncReadExt, BufReader},
    process::{Child, ChildStderr, Command},
};

use super::{
    Run, SourceError,
    byte_stream::{Silence, publish},
    frame_end::Cuts,
    packet_pipe::PacketPipe,
};

/// Between SIGTERM and SIGKILL.
const TERMINATE_WITHIN: Duration = Duration::from_millis(500);
/// Longest line of standard error that is kept.
const LINE_BYTES: u64 = 500;

/// The command to run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Config {
    /// Program and arguments; never empty.
    pub words: Vec<String>,
}

impl Config {
    /// Name of the program.
    #[must_use]
    pub fn program(&self) -> &str {
        self.words.first().map_or("", String::as_str)
    }

    /// Where the program is, by its path or by `search_path` (the value of `PATH`).
    #[must_use]
    pub fn find_program(&self, search_path: Option<OsString>) -> Option<PathBuf> {
        let program = Path::new(self.program());
        if program.components().count() > 1 {
            return is_executable(program).then(|| program.to_owned());
        }
        std::env::split_paths(&search_path?)
            .map(|folder| folder.join(program))
            .find(|path| is_executable(path))
    }
}

fn is_executable(path: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt;
    path.metadata().is_ok_and(|metadata| metadata.is_file() && metadata.permissions().mode() & 0o111 != 0)
}

pub(super) async fn run(config: &Config, mut run: Run<'_>) -> Result<(), SourceError> {
    let program = config.program().to_owned();
    let (mut stdout, child_stdout) = PacketPipe::new().map_err(SourceError::io("cannot make a pipe"))?;
    let mut child = Command::new(&program)
        .args(&config.words[1..])
        .stdin(Stdio::null())
        .stdout(child_stdout)
        .stderr(Stdio::piped())
        .process_group(0)
        .kill_on_drop(true)
        .spawn()
        .map_err(SourceError::io(format!("cannot start {program}")))?;
    let group = Group(child.id().and_then(|id| i32::try_from(id).ok()).and_then(Pid::from_raw));
    let stderr = child.stderr.take().expect("standard error is a pipe");
    let last_words = LastWords::default();
    let listening = tokio::spawn(last_words.clone().listen(stderr, run.publisher.camera().to_owned()));
    let outcome =
        publish(&mut stdout, Cuts::Writes, Silence::GiveUp, &format!("the command {program}"), &mut run)
            .await;
    drop(stdout);
    let status = end(&mut child, &group).await;
    let _ = tokio::time::timeout(TERMINATE_WITHIN, listening).await;
    match outcome {
        Err(SourceError::Ended { .. }) => Err(SourceError::Exited {
            command: program,
            ended: ending(status),
            last_words: last_words.take(),
        }),
        Err(SourceError::NotVideo(reason)) => Err(SourceError::NotVideo(reason + &last_words.take())),
        outcome => outcome,
    }
}

/// Waits for the child, which has closed its output or is to stop, and makes it end if it does not by itself.
async fn end(child: &mut Child, group: &Group) -> Option<ExitStatus> {
    if let Ok(status) = tokio::time::timeout(Duration::from_millis(50), child.wait()).await {
        return status.ok();
    }
    group.signal(Signal::TERM);
    if let Ok(status) = tokio::time::timeout(TERMINATE_WITHIN, child.wait()).await {
        return status.ok();
    }
    group.signal(Signal::KILL);
    child.wait().await.ok()
}

fn ending(status: Option<ExitStatus>) -> String {
    use std::os::unix::process::ExitStatusExt;
    match status.map(|status| (status.code(), status.signal())) {
        Some((Some(0), _)) => "ended".into(),
        Some((Some(code), _)) => format!("ended with exit status {code}"),
        Some((None, Some(signal))) => format!("was ended by signal {signal}"),
        _ => "ended".into(),
    }
}

/// The child's process group; whatever of it is left is killed when this is dropped.
struct Group(Option<Pid>);

impl Group {
    fn signal(&self, signal: Signal) {
        if let Some(group) = self.0 {
            let _ = kill_process_group(group, signal);
        }
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        self.signal(Signal::KILL);
    }
}

/// The newest lines of a child's standard error.
#[derive(Clone, Default)]
struct LastWords(Arc<Mutex<VecDeque<String>>>);

impl LastWords {
    async fn listen(self, stderr: ChildStderr, camera: String) {
        let mut reader = BufReader::new(stderr);
        let mut line = Vec::new();
        loop {
            line.clear();
            match (&mut reader).take(LINE_BYTES).read_until(b'\n', &mut line).await {
                Ok(0) | Err(_) => return,
                Ok(_) => {}
            }
            let text = String::from_utf8_lossy(&line).trim().to_owned();
            if text.is_empty() {
                continue;
            }
            tracing::debug!(camera, "{text}");
            let mut lines = self.0.lock().expect("no holder of this lock panics");
            if lines.len() == 4 {
                lines.pop_front();
            }
            lines.push_back(text);
        }
    }

    /// The last line, behind a colon; nothing if there was none.
    fn take(&self) -> String {
        let lines = self.0.lock().expect("no holder of this lock panics");
        lines.back().map_or_else(String::new, |line| format!(": {line}"))
    }
}

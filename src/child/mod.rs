//! A child process whose standard output is video. It never outlives the server.
//!
//! ```text
//! Program ─ start ─► Child { stdout ─► packets, times ─► one line a frame } ─ end ─► Ended { how, last words }
//!                      │ standard error ─► log, last words, a callback per line
//!                      └ in a process group of its own; SIGKILL when we die (PR_SET_PDEATHSIG)
//! ```
//! However the server dies, no child is left. A child is spawned by a thread that lives as long as the process, because the
//! kernel sends SIGKILL when the *thread* that spawned it ends (`spawn.rs`). That signal reaches the child only. Where the
//! child may start processes itself, a [`guard`] leads the process group and kills it.
//! Two limits: a process that leaves its group (setsid) escapes, and so does a group whose guard is killed together with the
//! server. A service manager that ends the whole control group closes both gaps.

mod group;
mod guard;
mod lines;
mod packet_pipe;
mod program;
mod spawn;
mod stderr;

use std::{
    io,
    process::{ExitStatus, Stdio},
    time::Duration,
};

use rustix::process::Signal;
use tokio::{io::AsyncReadExt, net::unix::pipe, process::Command, task::JoinHandle};

use self::{group::Group, guard::Guard, packet_pipe::PacketPipe, stderr::LastWords};
pub(crate) use self::{
    packet_pipe::widen,
    program::{FindError, find_program},
};

/// A child that has closed its output usually ends by itself within this.
const BY_ITSELF_WITHIN: Duration = Duration::from_millis(50);
/// Limit for the end after SIGKILL; only a process that the kernel blocks takes longer.
const KILLED_WITHIN: Duration = Duration::from_secs(1);
/// Limit for reading the rest of standard error after the end.
const LAST_WORDS_WITHIN: Duration = Duration::from_millis(200);

/// Bytes read at once: a packet must fit, or its rest is lost.
const READ_BYTES: usize = 64 << 10;

/// How a child is ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Ending {
    /// The first signal.
    pub(crate) signal: Signal,
    /// Time from the first signal to SIGKILL.
    pub(crate) grace: Duration,
}

/// The child's descriptor 3.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum TimestampPipe {
    /// Not set.
    Nothing,
    /// A pipe for a line per frame (`rpicam-vid --save-pts /dev/fd/3`). The caller must keep reading it.
    Times,
}

/// Whether a guard kills the processes that the child has started, should the server be killed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum GroupGuard {
    /// No guard: the child starts no processes.
    None,
    /// A small process in the child's group.
    Shell,
}

/// What to run and how.
pub(crate) struct Program {
    /// Name or path of the program.
    pub(crate) name: String,
    /// Its arguments.
    pub(crate) arguments: Vec<String>,
    /// How it is ended.
    pub(crate) ending: Ending,
    /// Its descriptor 3.
    pub(crate) descriptor_3: TimestampPipe,
    /// Whether a guard kills what it has started, should we be killed.
    pub(crate) guard: GroupGuard,
    /// Sees every line of its standard error.
    pub(crate) on_line: Box<dyn FnMut(&str) + Send>,
}

/// A running child; when this is dropped, its whole process group is killed.
pub(crate) struct Child {
    /// Its standard output, a packet-mode pipe.
    pub(crate) stdout: PacketPipe,
    /// What it writes to descriptor 3, if that was asked for.
    pub(crate) times: Option<pipe::Receiver>,
    child: tokio::process::Child,
    group: Group,
    ending: Ending,
    last_words: LastWords,
    listening: JoinHandle<()>,
    _guard: Option<Guard>,
}

/// How a child ended.
#[derive(Debug)]
pub(crate) struct Ended {
    /// Its status; `None` if it has not ended, since the kernel blocks it.
    pub(crate) status: Option<ExitStatus>,
    /// Whether it ran on after it had closed its output, or was not wanted any more, and was ended by us.
    pub(crate) was_made_to_end: bool,
    /// Its last line on standard error before it was ended; empty if there was none.
    pub(crate) last_words: String,
}

impl Child {
    /// Starts `program` for `camera`.
    pub(crate) async fn start(program: Program, camera: &str) -> io::Result<Self> {
        Self::start_reading(Stdio::null(), program, camera).await
    }

    /// Starts `program` for `camera` with a pipe as its standard input, which ends when the sender is dropped.
    pub(crate) async fn start_with_input(program: Program, camera: &str) -> io::Result<(Self, pipe::Sender)> {
        let (read, write) = rustix::pipe::pipe_with(rustix::pipe::PipeFlags::CLOEXEC)?;
        widen(&write);
        let input = pipe::Sender::from_owned_fd(write)?;
        Ok((Self::start_reading(read.into(), program, camera).await?, input))
    }

    async fn start_reading(stdin: Stdio, program: Program, camera: &str) -> io::Result<Self> {
        let (guard, group) = match program.guard {
            GroupGuard::Shell => Guard::start().await.unzip(),
            GroupGuard::None => (None, None),
        };
        let (stdout, child_stdout) = PacketPipe::new()?;
        let mut command = Command::new(&program.name);
        command
            .args(&program.arguments)
            .stdin(stdin)
            .stdout(child_stdout)
            .stderr(Stdio::piped())
            .process_group(group.as_ref().map_or(0, Group::number))
            .kill_on_drop(true);
        let (times, child_times) = match program.descriptor_3 {
            TimestampPipe::Nothing => (None, None),
            TimestampPipe::Times => {
                let (read, write) = rustix::pipe::pipe_with(rustix::pipe::PipeFlags::CLOEXEC)?;
                (Some(pipe::Receiver::from_owned_fd(read)?), Some(write))
            }
        };
        let mut child = spawn::spawn(command, spawn::OnServerExit::DiesWithUs(child_times)).await?;
        let group = group.unwrap_or_else(|| Group::led_by(&child));
        let last_words = LastWords::default();
        let stderr = child.stderr.take().expect("standard error is a pipe");
        let listening = tokio::spawn(last_words.clone().listen(stderr, camera.to_owned(), program.on_line));
        Ok(Self { stdout, times, child, group, ending: program.ending, last_words, listening, _guard: guard })
    }

    /// The text it prints until it closes its output; what goes beyond `most_bytes` is read and left out.
    pub(super) async fn text(&mut self, most_bytes: usize) -> io::Result<String> {
        let (mut bytes, mut chunk) = (Vec::new(), vec![0; READ_BYTES]);
        loop {
            match self.stdout.read(&mut chunk).await? {
                0 => return Ok(String::from_utf8_lossy(&bytes).into_owned()),
                count => bytes.extend_from_slice(&chunk[..count.min(most_bytes - bytes.len())]),
            }
        }
    }

    /// Ends it, if it does not end by itself, and returns how it ended. Its output stays open until then: a program
    /// whose output is closed may abort instead of ending.
    pub(crate) async fn end(mut self) -> Ended {
        if let Ok(status) = tokio::time::timeout(BY_ITSELF_WITHIN, self.child.wait()).await {
            let _ = tokio::time::timeout(LAST_WORDS_WITHIN, &mut self.listening).await;
            let last_words = self.last_words.last();
            return Ended { status: status.ok(), was_made_to_end: false, last_words };
        }
        let last_words = self.last_words.last();
        Ended { status: self.make_it_end().await, was_made_to_end: true, last_words }
    }

    async fn make_it_end(&mut self) -> Option<ExitStatus> {
        self.group.signal(self.ending.signal, &self.child);
        if let Ok(status) = tokio::time::timeout(self.ending.grace, self.child.wait()).await {
            return status.ok();
        }
        self.group.signal(Signal::KILL, &self.child);
        tokio::time::timeout(KILLED_WITHIN, self.child.wait()).await.ok()?.ok()
    }
}

impl Ended {
    /// How it ended when its output had, as the end of a sentence.
    pub(crate) fn how(&self) -> String {
        use std::os::unix::process::ExitStatusExt;
        match self.status.map(|status| (status.code(), status.signal())) {
            Some(_) if self.was_made_to_end => "closed its output and ran on, so it was ended".into(),
            Some((Some(0), _)) => "ended".into(),
            Some((Some(code), _)) => format!("ended with exit status {code}"),
            Some((None, Some(signal))) => format!("was ended by signal {signal}"),
            Some((None, None)) => "ended".into(),
            None => "does not end, even when it is killed: the kernel holds it".into(),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::{
        os::unix::process::ExitStatusExt,
        sync::{Arc, Mutex},
    };

    use tokio::io::{AsyncReadExt, AsyncWriteExt};

    use super::*;

    const ENDING: Ending = Ending { signal: Signal::INT, grace: Duration::from_millis(100) };

    fn shell(script: &str, descriptor_3: TimestampPipe) -> Program {
        Program {
            name: "sh".into(),
            arguments: vec!["-c".into(), script.into()],
            ending: ENDING,
            descriptor_3,
            guard: GroupGuard::None,
            on_line: Box::new(|_| {}),
        }
    }

    async fn start(script: &str, descriptor_3: TimestampPipe) -> Child {
        Child::start(shell(script, descriptor_3), "a test").await.expect("it starts")
    }

    #[tokio::test]
    async fn what_it_writes_is_read_and_its_end_is_told() {
        let table = [
            ("echo video; exit 3", "ended with exit status 3", ""),
            ("echo video; echo first >&2; echo last >&2", "ended", "last"),
            (
                "echo video; echo no >&2; echo '[0:01.4] [7]  INFO Camera x.cpp:1 configuring' >&2",
                "ended",
                "no",
            ),
            ("echo video; kill -9 $$", "was ended by signal 9", ""),
            ("echo video; exec >&-; sleep 1000", "closed its output and ran on, so it was ended", ""),
            (
                "trap '' INT; echo video; exec >&-; sleep 1000",
                "closed its output and ran on, so it was ended",
                "",
            ),
        ];
        for (script, how, last_words) in table {
            let mut child = start(script, TimestampPipe::Nothing).await;
            let mut text = String::new();
            child.stdout.read_to_string(&mut text).await.expect("text");
            let ended = child.end().await;
            assert_eq!((text.as_str(), ended.how().as_str()), ("video\n", how), "{script}");
            assert_eq!(ended.last_words, last_words, "{script}");
        }
    }

    #[tokio::test]
    async fn one_that_has_left_its_group_is_ended_as_well() {
        let script = "exec setsid sh -c 'echo video; exec sleep 1000 >&-'";
        let program = Program { guard: GroupGuard::Shell, ..shell(script, TimestampPipe::Nothing) };
        let mut child = Child::start(program, "a test").await.expect("it starts");
        let mut text = String::new();
        child.stdout.read_to_string(&mut text).await.expect("text");
        let ended = child.end().await;
        assert_eq!((text.as_str(), ended.status.and_then(|status| status.signal())), ("video\n", Some(2)));
    }

    #[tokio::test]
    async fn descriptor_3_is_a_pipe_where_it_is_asked_for() {
        // Several at once, so that the numbers of the pipes' ends differ from case to case.
        let mut children = Vec::new();
        for number in 0..8 {
            children
                .push(start(&format!("echo {number} >/dev/fd/3; sleep 1000"), TimestampPipe::Times).await);
        }
        for (number, child) in children.iter_mut().enumerate() {
            let mut line = [0; 2];
            let times = child.times.as_mut().expect("it was asked for");
            times.read_exact(&mut line).await.expect("a line");
            assert_eq!(line, [b'0' + number as u8, b'\n']);
        }
        let mut child = start("echo x 2>/dev/null >&3 || echo none", TimestampPipe::Nothing).await;
        let mut text = String::new();
        child.stdout.read_to_string(&mut text).await.expect("text");
        assert_eq!((text.as_str(), child.times.is_none()), ("none\n", true));
    }

    #[tokio::test]
    async fn the_end_of_both_outputs_is_seen() {
        let mut child = start("echo 0.000 >&3", TimestampPipe::Times).await;
        let mut times = child.times.take().expect("it was asked for");
        let mut text = String::new();
        times.read_to_string(&mut text).await.expect("its end, since we hold no writing end");
        assert_eq!(text, "0.000\n");
        assert_eq!(child.stdout.read(&mut [0; 9]).await.expect("its end"), 0);
    }

    #[tokio::test]
    async fn every_line_of_standard_error_is_seen() {
        let seen = Arc::new(Mutex::new(Vec::new()));
        let lines = Arc::clone(&seen);
        let mut program = shell("for n in 1 2 3 4 5 6; do echo line $n >&2; done", TimestampPipe::Nothing);
        program.on_line = Box::new(move |line| lines.lock().expect("no panic").push(line.to_owned()));
        let child = Child::start(program, "a test").await.expect("it starts");
        assert_eq!(child.end().await.last_words, "line 6");
        assert_eq!(seen.lock().expect("no panic").len(), 6);
    }

    #[tokio::test]
    async fn what_is_written_to_it_is_its_input_and_ends() {
        let program = shell("tr a-z A-Z", TimestampPipe::Nothing);
        let (mut child, mut input) = Child::start_with_input(program, "a test").await.expect("it starts");
        let mut text = String::new();
        let write = async {
            input.write_all(b"pictures").await.expect("it reads");
            drop(input);
        };
        let ((), read) = tokio::join!(write, child.stdout.read_to_string(&mut text));
        read.expect("text");
        assert_eq!((text.as_str(), child.end().await.how().as_str()), ("PICTURES", "ended"));
    }

    #[tokio::test]
    async fn what_is_not_there_cannot_be_started() {
        let mut program = shell("", TimestampPipe::Times);
        program.name = "/no/such/program".into();
        let error = Child::start(program, "a test").await.err().expect("it is not there");
        assert_eq!(error.kind(), io::ErrorKind::NotFound);
    }
}

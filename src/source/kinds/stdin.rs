//! Standard input, once.
//!
//! A pipe is opened a second time. It can then be read without blocking, and the flags of the first descriptor, which other
//! processes may share, stay as they are. Without a thread in between, quiet is the writer's quiet. Anything else (a file, a
//! terminal) is read by a thread.

use std::{
    os::fd::{AsFd, BorrowedFd},
    pin::Pin,
    task::{Context, Poll},
};

use tokio::{
    io::{AsyncRead, ReadBuf, Stdin},
    net::unix::pipe,
};

use crate::{
    child::widen,
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

/// Our standard input among the files of this process.
const PATH: &str = "/proc/self/fd/0";

/// Configuration of standard input.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Config {
    /// Its format; detected from the first bytes if not given.
    pub format: Option<InputFormat>,
}

impl std::fmt::Display for Config {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "standard input")
    }
}

impl Kind for Config {
    const CAN_RUN_ON_DEMAND: bool = false;
    const ENDS_FOR_GOOD: bool = true;

    fn from_spec(spec: &SourceSpec) -> Result<Self, SpecError> {
        spec.no_rest()?;
        Ok(Self { format: spec.input_format()? })
    }

    fn input_format(&self) -> Option<InputFormat> {
        self.format
    }

    async fn run(&self, run: Run<'_>) -> Result<(), SourceError> {
        run_once(self, run).await
    }
}

async fn run_once(config: &Config, mut run: Run<'_>) -> Result<(), SourceError> {
    let mut reader = Reader::open();
    let cuts = match &reader {
        Reader::Pipe(_) => Cuts::Arbitrary,
        Reader::Thread(_) => Cuts::Late,
    };
    let input = Input { format: config.format, cuts, silence: Silence::Wait, times: None };
    publish(&mut reader, input, "standard input", &mut run).await
}

/// The two ways to read standard input.
enum Reader {
    Pipe(pipe::Receiver),
    Thread(Stdin),
}

impl Reader {
    fn open() -> Self {
        match pipe::OpenOptions::new().open_receiver(PATH) {
            Ok(pipe) => {
                // A writer that must wait in the middle of a frame looks as if the frame had ended.
                widen(&pipe);
                Self::Pipe(pipe)
            }
            Err(_) => Self::Thread(tokio::io::stdin()),
        }
    }
}

impl AsFd for Reader {
    fn as_fd(&self) -> BorrowedFd<'_> {
        match self {
            Self::Pipe(pipe) => pipe.as_fd(),
            Self::Thread(stdin) => stdin.as_fd(),
        }
    }
}

impl AsyncRead for Reader {
    fn poll_read(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<std::io::Result<()>> {
        match self.get_mut() {
            Self::Pipe(pipe) => Pin::new(pipe).poll_read(context, buffer),
            Self::Thread(stdin) => Pin::new(stdin).poll_read(context, buffer),
        }
    }
}

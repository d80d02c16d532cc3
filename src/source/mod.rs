//! In: one file a kind of source, one supervisor for all of them.
//!
//! ```text
//! text ─► spec::SourceSpec ─► Source ─► supervise ─┬─► run ─► Publisher
//!                                                  └─◄ failed: back off, run again
//! ```
//! A source knows the publisher only. Its `run` is one attempt: it returns when the camera is gone, when it is told to
//! stop, or with what went wrong; what happens then is the supervisor's business.

mod backoff;
mod byte_stream;
pub mod discover;
mod exec;
mod file;
mod frame_end;
mod ingest;
mod input_format;
mod kinds;
mod pts_lines;
mod raw_file;
mod raw_pictures;
pub mod rpicam;
pub mod spec;
mod stdin;
mod supervise;
mod tcp;
mod tcp_listen;
mod test;
pub mod v4l2;

pub use supervise::{Finished, supervise};

use std::time::Duration;

use lenscast_media::rendition::Rendition;
use tokio_util::sync::CancellationToken;

use self::input_format::InputFormat;
use crate::{
    clock::Clock,
    encode::VideoSettings,
    error::in_words,
    hub::{CameraState, Publisher},
};

/// A source that was checked and can be run.
#[derive(Clone, Debug, PartialEq)]
pub enum Source {
    /// The built-in test pattern.
    Test(test::Config),
    /// A camera of the kernel's V4L2.
    V4l2(v4l2::Config),
    /// A command's standard output.
    Exec(exec::Config),
    /// A Raspberry Pi camera.
    Rpicam(Box<rpicam::Config>),
    /// Our standard input.
    Stdin(stdin::Config),
    /// A connection we make.
    Tcp(tcp::Config),
    /// A connection we wait for.
    TcpListen(tcp_listen::Config),
    /// A file, played in a loop.
    File(file::Config),
}

/// Which source a camera is to have.
#[derive(Clone, Debug, PartialEq)]
pub enum Wanted {
    /// This one.
    Named {
        /// The source.
        source: Source,
        /// When it runs.
        running: Running,
    },
    /// The first camera that is found here, else the test pattern.
    Found,
}

impl Wanted {
    /// The source, if it was named.
    #[must_use]
    pub const fn named(&self) -> Option<&Source> {
        match self {
            Self::Named { source, .. } => Some(source),
            Self::Found => None,
        }
    }

    /// How its raw pictures are to be encoded.
    #[must_use]
    pub fn encoding(&self) -> VideoSettings {
        self.named().map(Source::encoding).unwrap_or_default()
    }

    /// The source, and when it runs; looks for one if none was named.
    async fn resolve(&self, publisher: &mut Publisher) -> (Source, Running) {
        match self {
            Self::Named { source, running } => (source.clone(), *running),
            Self::Found => {
                publisher.set_state(CameraState::Searching);
                let discover::Choice { source, why } = discover::choose(&discover::list().await);
                tracing::info!(camera = publisher.camera(), "{why}");
                let running = Running { policy: source.run_policy(), linger: LINGER };
                (source, running)
            }
        }
    }
}

impl std::fmt::Display for Wanted {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Named { source, .. } => source.fmt(out),
            Self::Found => write!(out, "the first camera that is found, else the test pattern"),
        }
    }
}

/// When a source runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RunPolicy {
    /// From the start to the end.
    Always,
    /// From the first viewer until some time after the last.
    OnDemand,
}

/// When a source runs and for how long after its last viewer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Running {
    /// Always, or on demand.
    pub policy: RunPolicy,
    /// A source on demand goes on for so long after its last viewer.
    pub linger: Duration,
}

/// How long a source on demand goes on after its last viewer, unless said otherwise.
pub const LINGER: Duration = Duration::from_secs(3);

/// Why one run of a source ended, as a sentence for a person.
#[derive(Debug, thiserror::Error)]
pub enum SourceError {
    /// It came to its end.
    #[error("{what} ended")]
    Ended {
        /// What ended.
        what: String,
    },
    /// The system said no.
    #[error("{what}: {}", in_words(error))]
    Io {
        /// What was tried.
        what: String,
        /// What the system said.
        error: std::io::Error,
    },
    /// It runs and says nothing.
    #[error("nothing has come from {what} for {seconds} s")]
    Silent {
        /// What is silent.
        what: String,
        /// For how long.
        seconds: u64,
    },
    /// A command ended.
    #[error("the command {command} {ended}{last_words}")]
    Exited {
        /// Name of the program.
        command: String,
        /// How it ended.
        ended: String,
        /// Its last line on standard error, behind a colon.
        last_words: String,
    },
    /// It came to its end within a raw picture.
    #[error("{what} ended within a picture: {rest} of the {whole} bytes of a picture of {format} had come")]
    Torn {
        /// What ended.
        what: String,
        /// Bytes of the last picture that came.
        rest: usize,
        /// Bytes that a picture has.
        whole: usize,
        /// Size and format.
        format: String,
    },
    /// Bytes came, but nothing that can be shown.
    #[error("{0}")]
    NotVideo(String),
    /// A camera that does not work.
    #[error("{0}")]
    Camera(String),
}

impl SourceError {
    pub(crate) fn io(what: impl Into<String>) -> impl FnOnce(std::io::Error) -> Self {
        let what = what.into();
        move |error| Self::Io { what, error }
    }
}

/// `text` as a sentence on a page: with a capital letter.
fn sentence(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

/// What a run needs.
pub(crate) struct Run<'a> {
    /// Where frames and states go.
    pub(crate) publisher: &'a mut Publisher,
    /// The server's clock.
    pub(crate) clock: Clock,
    /// Cancelled when the run is to end.
    pub(crate) stop: CancellationToken,
}

impl Source {
    /// When it runs, unless said otherwise.
    #[must_use]
    pub const fn run_policy(&self) -> RunPolicy {
        match self {
            Self::Test(_) | Self::File(_) => RunPolicy::OnDemand,
            Self::Exec(_)
            | Self::Rpicam(_)
            | Self::V4l2(_)
            | Self::Stdin(_)
            | Self::Tcp(_)
            | Self::TcpListen(_) => RunPolicy::Always,
        }
    }

    /// Whether it can run on demand: what somebody else writes or connects to is always read.
    #[must_use]
    pub const fn may_rest(&self) -> bool {
        !matches!(self, Self::Stdin(_) | Self::Tcp(_) | Self::TcpListen(_))
    }

    /// What it gives, as far as that is known before it runs; its frames say otherwise later.
    #[must_use]
    pub const fn origin(&self) -> Rendition {
        if let Some(InputFormat::Raw(_)) = self.input_format() {
            return Rendition::RAW_VIDEO;
        }
        match self {
            Self::Test(_) | Self::V4l2(_) => Rendition::RAW_VIDEO,
            Self::Rpicam(config) => config.origin(),
            Self::Exec(_) | Self::Stdin(_) | Self::Tcp(_) | Self::TcpListen(_) | Self::File(_) => {
                Rendition::H264
            }
        }
    }

    /// What its bytes are said to be.
    const fn input_format(&self) -> Option<InputFormat> {
        match self {
            Self::Exec(config) => config.format,
            Self::Stdin(config) => config.format,
            Self::Tcp(config) => config.format,
            Self::TcpListen(config) => config.format,
            Self::File(config) => config.format,
            Self::Test(_) | Self::V4l2(_) | Self::Rpicam(_) => None,
        }
    }

    /// How its raw pictures are to be encoded.
    #[must_use]
    pub fn encoding(&self) -> VideoSettings {
        if let Some(InputFormat::Raw(raw)) = self.input_format() {
            return VideoSettings { bits_per_second: raw.bits_per_second };
        }
        match self {
            Self::Test(config) => VideoSettings { bits_per_second: config.bits_per_second },
            Self::V4l2(config) => VideoSettings { bits_per_second: config.bits_per_second },
            Self::Rpicam(config) => VideoSettings { bits_per_second: Some(config.bitrate_bps()) },
            Self::Exec(_) | Self::Stdin(_) | Self::Tcp(_) | Self::TcpListen(_) | Self::File(_) => {
                VideoSettings { bits_per_second: None }
            }
        }
    }

    /// Whether it is our standard input, of which there is one.
    #[must_use]
    pub const fn is_stdin(&self) -> bool {
        matches!(self, Self::Stdin(_))
    }

    /// Whether its end is final: there is no second standard input.
    #[must_use]
    pub const fn ends_for_good(&self) -> bool {
        matches!(self, Self::Stdin(_))
    }

    /// One attempt; returns without an error only when it was told to stop.
    async fn run(&self, run: Run<'_>) -> Result<(), SourceError> {
        match self {
            Self::Test(config) => test::run(config, run).await,
            Self::V4l2(config) => v4l2::run(config, run).await,
            Self::Exec(config) => exec::run(config, run).await,
            Self::Rpicam(config) => rpicam::run(config, run).await,
            Self::Stdin(config) => stdin::run(config, run).await,
            Self::Tcp(config) => tcp::run(config, run).await,
            Self::TcpListen(config) => tcp_listen::run(config, run).await,
            Self::File(config) => file::run(config, run).await,
        }
    }
}

impl std::fmt::Display for Source {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Test(config) => {
                write!(out, "test pattern {} at {} fps", config.size, config.frames_per_second)
            }
            Self::V4l2(config) => write!(out, "{config}"),
            Self::Exec(config) => write!(out, "command {}", config.program()),
            Self::Rpicam(config) => write!(out, "Raspberry Pi camera {}", config.camera),
            Self::Stdin(_) => write!(out, "standard input"),
            Self::Tcp(config) => write!(out, "{config}"),
            Self::TcpListen(config) => write!(out, "{config}"),
            Self::File(config) => write!(out, "file {}", config.path.display()),
        }
    }
}

//! Bytes of unknown cut from a camera: split, timed by arrival, published.
//!
//! ```text
//! AsyncRead ─ chunk ─► Ingest ─► InputStream ─► Frame ─► Publisher
//!             quiet ────┤            ▲
//!             line ─────┘─ FrameEnds ┘  bare H.264: does this chunk, the quiet after it, or a line end a frame?
//! ```
//! What comes may be anything. What is not H.264 becomes a state that says what it looks like, and reading goes on: real
//! video that follows is shown at once. When none follows, a source that can be run anew is.

use std::{os::fd::AsFd, time::Duration};

use tokio::{
    io::{AsyncRead, AsyncReadExt},
    net::unix::pipe,
    time::Instant,
};

use super::{
    frame_boundary::{Cuts, End},
    frames::Ingest,
    pts_lines::PtsLines,
    raw_pictures,
    timeouts::{GIVE_UP_AFTER, Silence},
};
use crate::source::{error::SourceError, run::Run, typed::input_format::InputFormat};

/// Bytes asked of a source at once.
const READ_BYTES: usize = 64 << 10;
/// Quiet that was noticed later than this after its time may be our own: the machine is busy. A timer is up to a
/// millisecond late by itself.
const ON_TIME: Duration = Duration::from_millis(2);
/// So often quiet is waited for anew before it is left to the next start code.
const QUIET_TRIES: u32 = 3;
/// The line of a frame comes within this after its last write, or the frame goes out without it.
const LINE_WITHIN: Duration = Duration::from_millis(3);

/// How the bytes of a source come.
#[derive(Debug)]
pub(in crate::source) struct Input {
    /// What they are, where that was said.
    pub(in crate::source) format: Option<InputFormat>,
    /// How they are cut.
    pub(in crate::source) cuts: Cuts,
    /// What to do when none come.
    pub(in crate::source) silence: Silence,
    /// A line for each access unit, once it is written.
    pub(in crate::source) times: Option<pipe::Receiver>,
}

/// Publishes what `reader` gives until it ends; `what` names it for a person.
pub(in crate::source) async fn publish(
    reader: &mut (impl AsyncRead + AsFd + Unpin),
    input: Input,
    what: &str,
    run: &mut Run<'_>,
) -> Result<(), SourceError> {
    let format = match input.format {
        Some(InputFormat::Raw(raw)) => {
            return raw_pictures::publish(reader, raw, input.silence, what, run).await;
        }
        Some(InputFormat::Coded(format)) => Some(format),
        None => None,
    };
    let silence = input.silence;
    let mut ingest = Ingest::new(format, input.cuts, run.publisher);
    let mut lines = PtsLines::new(input.times);
    let mut buffer = vec![0; READ_BYTES];
    let mut pause = None;
    // A line that came before all that was written before it was read.
    let mut line = None;
    let mut byte_at = Instant::now();
    loop {
        if line.is_some() && waiting(reader) == 0 {
            ingest.line(line.take().unwrap_or(0), run);
            pause = None;
        }
        let until = pause.map(Pause::until);
        let passed = async {
            match until {
                Some(until) => tokio::time::sleep_until(until).await,
                None => std::future::pending().await,
            }
        };
        let patience = silence.patience(ingest.has_frames());
        let read = tokio::select! {
            biased;
            () = run.stop.cancelled() => return Ok(()),
            read = reader.read(&mut buffer) => read.map_err(SourceError::io(what))?,
            pts_us = lines.next(), if line.is_none() => {
                line = Some(pts_us);
                continue;
            }
            () = passed => {
                pause = pause.and_then(|pause| pause.passed(waiting(reader) > 0, &mut ingest, run));
                continue;
            }
            () = tokio::time::sleep_until(ingest.frame_at + patience) => {
                if matches!(silence, Silence::Watch(_)) {
                    return Err(SourceError::Silent { what: what.to_owned(), seconds: patience.as_secs() });
                }
                if silence == Silence::GiveUp && byte_at.elapsed() >= GIVE_UP_AFTER {
                    return Err(ingest.fell_silent(what));
                }
                ingest.no_frame(what, run.publisher);
                continue;
            }
        };
        if read == 0 {
            ingest.end(run);
            return Err(ingest.ended(what));
        }
        byte_at = Instant::now();
        ingest.push(&buffer[..read], run);
        if silence == Silence::GiveUp
            && let Some(error) = ingest.is_hopeless(what)
        {
            return Err(error);
        }
        pause = match ingest.ends() {
            End::Now if ingest.awaits_line() => Some(Pause::for_line()),
            End::Now => {
                ingest.write_has_ended(run);
                None
            }
            End::AfterQuiet(quiet) => Some(Pause::quiet(quiet)),
            End::Unknown => None,
        };
    }
}

/// Bytes that have come and are not yet read, as the kernel sees it.
fn waiting(reader: &impl AsFd) -> u64 {
    rustix::io::ioctl_fionread(reader).unwrap_or(0)
}

/// What is waited for after a chunk.
#[derive(Clone, Copy, Debug)]
struct Pause {
    begun: Instant,
    length: Duration,
    /// `None`: a write has ended a frame, and its line may follow.
    tries_left: Option<u32>,
}

impl Pause {
    fn quiet(length: Duration) -> Self {
        Self { begun: Instant::now(), length, tries_left: Some(QUIET_TRIES) }
    }

    fn for_line() -> Self {
        Self { begun: Instant::now(), length: LINE_WITHIN, tries_left: None }
    }

    fn until(self) -> Instant {
        self.begun + self.length
    }

    /// Its time is over: ends the frame, unless something is waiting to be read or it was this program that could not
    /// run; then it begins anew, some times.
    fn passed(self, is_waiting: bool, ingest: &mut Ingest, run: &mut Run<'_>) -> Option<Self> {
        if is_waiting {
            return None;
        }
        let Some(tries_left) = self.tries_left else {
            ingest.line_is_late(run);
            return None;
        };
        if self.until().elapsed() <= ON_TIME {
            ingest.quiet_has_passed(run);
            return None;
        }
        (tries_left > 0).then(|| Self { begun: Instant::now(), tries_left: Some(tries_left - 1), ..self })
    }
}

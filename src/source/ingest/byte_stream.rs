//! Reads a camera's bytes, however they are cut. The IO around [`Ingest`], and nothing else.
//!
//! ```text
//! AsyncRead ─ chunk ─────► Ingest ─► frames and states ─► Publisher
//! descriptor 3 ─ line ────►  │ ▲
//!                   deadlines└─┘ when nothing comes
//! ```

use std::os::fd::AsFd;

use lenscast_media::{pixels::Matrix, time::Moment};
use tokio::{
    io::{AsyncRead, AsyncReadExt},
    net::unix::pipe,
    time::{Instant, sleep_until},
};

use super::{boundary_signs::Cuts, frames::Ingest, pts_lines::PtsLines, raw_pictures, timeouts::Silence};
use crate::{
    clock::Clock,
    source::{error::SourceError, run::Run, typed::input_format::InputFormat},
};

/// Bytes asked of a source at once.
const READ_BYTES: usize = 64 << 10;

/// How the bytes of a source come.
#[derive(Debug)]
pub(in crate::source) struct Input {
    /// Their format, if configured.
    pub(in crate::source) format: Option<InputFormat>,
    /// How they are cut.
    pub(in crate::source) cuts: Cuts,
    /// What to do when no bytes come.
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
    publish_in_matrix(reader, input, None, what, run).await
}

/// Like [`publish`], but H.264 that names no matrix is known to mean `matrix`.
pub(in crate::source) async fn publish_in_matrix(
    reader: &mut (impl AsyncRead + AsFd + Unpin),
    input: Input,
    matrix: Option<Matrix>,
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
    let mut ingest = Ingest::new(what, format, input.cuts, input.silence, run);
    ingest.set_matrix_hint(matrix);
    let mut lines = PtsLines::new(input.times);
    let mut buffer = vec![0; READ_BYTES];
    loop {
        ingest.poll(|| bytes_wait(reader), run);
        tokio::select! {
            biased;
            () = run.stop.cancelled() => return Ok(()),
            read = reader.read(&mut buffer) => match read.map_err(SourceError::io(what))? {
                0 => return Err(ingest.end(run)),
                count => ingest.push(&buffer[..count], run)?,
            },
            pts_us = lines.next(), if ingest.takes_line() => ingest.line(pts_us),
            () = reached(ingest.boundary_deadline(), run.clock) => {}
            () = sleep_until(ingest.frame_deadline()) => ingest.frame_is_overdue(run)?,
        }
    }
}

/// Whether bytes have come that are not yet read, as the kernel sees it.
fn bytes_wait(reader: &impl AsFd) -> bool {
    rustix::io::ioctl_fionread(reader).is_ok_and(|bytes| bytes > 0)
}

/// Waits for `deadline`; without one, for ever.
async fn reached(deadline: Option<Moment>, clock: Clock) {
    match deadline {
        Some(deadline) => sleep_until(Instant::from_std(clock.instant(deadline))).await,
        None => std::future::pending().await,
    }
}

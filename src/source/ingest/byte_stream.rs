//! Reads a camera's bytes, however they are cut. The IO around [`Ingest`], and nothing else.
//!
//! ```text
//! AsyncRead ─ chunk ─────► Ingest ─► frames and states ─► Publisher
//! descriptor 3 ─ line ────►  │ ▲
//!                   deadlines└─┘ when nothing comes
//! ```

use std::{borrow::Cow, os::fd::AsFd};

use lenscast_media::{pixels::Matrix, time::Moment, y4m};
use tokio::{
    io::{AsyncRead, AsyncReadExt},
    net::unix::pipe,
    time::{Instant, sleep_until},
};

use super::{
    boundary_signs::Cuts, frames::Ingest, picture_reader::PictureReader, pts_lines::PtsLines, raw_pictures,
    timeouts::Silence,
};
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
        Some(InputFormat::Y4m) => {
            let pictures = PictureReader::y4m(Vec::new());
            return raw_pictures::publish_pictures(reader, pictures, input.silence, what, run).await;
        }
        Some(InputFormat::Coded(format)) => Some(format),
        None => None,
    };
    let mut beginning = Beginning::new(format.is_none());
    let mut ingest = Ingest::new(what, format, input.cuts, input.silence, run);
    ingest.set_matrix_hint(matrix);
    let mut lines = PtsLines::new(input.times);
    let mut buffer = vec![0; READ_BYTES];
    let head = loop {
        ingest.poll(|| bytes_wait(reader), run);
        tokio::select! {
            biased;
            () = run.stop.cancelled() => return Ok(()),
            read = reader.read(&mut buffer) => match read.map_err(SourceError::io(what))? {
                0 => {
                    ingest.push(&beginning.held, run)?;
                    return Err(ingest.end(run));
                }
                count => match beginning.of(&buffer[..count]) {
                    Found::Nothing => {}
                    Found::Y4m(head) => break head,
                    Found::Coded(bytes) => ingest.push(&bytes, run)?,
                },
            },
            pts_us = lines.next(), if ingest.takes_line() => ingest.line(pts_us),
            () = reached(ingest.boundary_deadline(), run.clock) => {}
            () = sleep_until(ingest.frame_deadline()) => ingest.frame_is_overdue(run)?,
        }
    };
    raw_pictures::publish_pictures(reader, PictureReader::y4m(head), input.silence, what, run).await
}

/// Finds out whether a stream of unknown format is YUV4MPEG2, before it is read as anything else.
#[derive(Debug)]
struct Beginning {
    /// What has come and may be either.
    held: Vec<u8>,
    is_decided: bool,
}

/// What a stream is, as far as that is known.
#[derive(Debug, PartialEq, Eq)]
enum Found<'a> {
    /// Too little has come.
    Nothing,
    /// YUV4MPEG2, which begins with these bytes.
    Y4m(Vec<u8>),
    /// Something else, which goes on with these bytes.
    Coded(Cow<'a, [u8]>),
}

impl Beginning {
    const fn new(is_unknown: bool) -> Self {
        Self { held: Vec::new(), is_decided: !is_unknown }
    }

    fn of<'a>(&mut self, chunk: &'a [u8]) -> Found<'a> {
        if self.is_decided {
            return Found::Coded(chunk.into());
        }
        self.held.extend_from_slice(chunk);
        if self.held.starts_with(y4m::MAGIC) {
            return Found::Y4m(std::mem::take(&mut self.held));
        }
        if y4m::MAGIC.starts_with(&self.held) {
            return Found::Nothing;
        }
        self.is_decided = true;
        Found::Coded(std::mem::take(&mut self.held).into())
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn yuv4mpeg2_is_found_however_it_is_cut() {
        let table: [(&[u8], bool); 5] = [
            (b"YUV4MPEG2 W16 H16\n", true),
            (b"YUV4MPEG3 W", false),
            (b"Y", false),
            (b"\0\0\0\x01\x67", false),
            (b"", false),
        ];
        for (bytes, expected) in table {
            for cut in 0..=bytes.len() {
                let mut beginning = Beginning::new(true);
                let (mut coded, mut y4m) = (Vec::new(), None);
                for chunk in [&bytes[..cut], &bytes[cut..]].into_iter().filter(|chunk| !chunk.is_empty()) {
                    match beginning.of(chunk) {
                        Found::Nothing => {}
                        Found::Coded(bytes) => coded.extend_from_slice(&bytes),
                        Found::Y4m(head) => {
                            y4m = Some(head);
                            break;
                        }
                    }
                }
                assert_eq!(y4m.is_some(), expected, "{bytes:?} cut at {cut}");
                let all = if expected { coded.is_empty() } else { [coded, beginning.held].concat() == bytes };
                assert!(all, "{bytes:?} cut at {cut}: nothing is lost");
            }
        }
    }
}

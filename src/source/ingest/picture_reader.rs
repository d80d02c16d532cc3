//! Reads raw pictures one after another, whether their size was typed or stands before them (YUV4MPEG2).
//!
//! ```text
//! AsyncRead ─ any cut ─► Splitter │ y4m::Splitter ─► Whole
//! ```

use std::collections::VecDeque;

use lenscast_media::{time::Moment, y4m};
use tokio::io::{AsyncRead, AsyncReadExt};

use super::raw_splitter::{READ_BYTES, Splitter};
use crate::source::{error::SourceError, typed::raw_format::RawFormat};

/// A whole picture, as it came.
pub(in crate::source) struct Whole {
    /// Its bytes, as many as its format has.
    pub(in crate::source) bytes: Vec<u8>,
    /// How it stands in them.
    pub(in crate::source) format: RawFormat,
    /// When its first byte came.
    pub(in crate::source) received_at: Moment,
}

/// Reads pictures.
pub(in crate::source) enum PictureReader {
    /// Pictures of one format.
    Raw(Splitter),
    /// YUV4MPEG2.
    Y4m(Y4mReader),
}

/// What is read of YUV4MPEG2.
#[derive(Default)]
pub(in crate::source) struct Y4mReader {
    splitter: y4m::Splitter,
    pictures: Vec<y4m::Picture>,
    ready: VecDeque<y4m::Picture>,
    /// What was read before, to find out what it is.
    head: Vec<u8>,
    bytes: u64,
}

impl PictureReader {
    /// For pictures of `format`.
    pub(in crate::source) fn raw(format: RawFormat) -> Self {
        Self::Raw(Splitter::new(format))
    }

    /// For YUV4MPEG2, of which `head` was read already.
    pub(in crate::source) fn y4m(head: Vec<u8>) -> Self {
        Self::Y4m(Y4mReader { head, ..Y4mReader::default() })
    }

    /// Bytes read so far.
    pub(super) const fn bytes(&self) -> u64 {
        match self {
            Self::Raw(splitter) => splitter.bytes,
            Self::Y4m(reader) => reader.bytes,
        }
    }

    /// The next picture; `None` at the end. `what` names the source. Cancel-safe.
    ///
    /// # Errors
    /// When reading fails, or the bytes are no pictures.
    pub(in crate::source) async fn next(
        &mut self,
        reader: &mut (impl AsyncRead + Unpin),
        what: &str,
        now: impl Fn() -> Moment,
    ) -> Result<Option<Whole>, SourceError> {
        match self {
            Self::Raw(splitter) => {
                let next = splitter.next(reader, now).await.map_err(SourceError::io(what))?;
                Ok(next.map(|(bytes, received_at)| Whole { bytes, format: splitter.format(), received_at }))
            }
            Self::Y4m(y4m) => y4m.next(reader, what, now).await,
        }
    }

    /// Why there is no more, `pictures` after the beginning.
    pub(in crate::source) fn ended(&self, what: &str, pictures: u64) -> SourceError {
        let ended = || SourceError::Ended { what: what.to_owned() };
        match self {
            Self::Raw(splitter) => splitter.ended(what, pictures).unwrap_or_else(ended),
            Self::Y4m(_) if pictures == 0 => {
                SourceError::NotVideo(format!("{what} ended before a whole picture of YUV4MPEG2 had come"))
            }
            Self::Y4m(reader) if !reader.splitter.is_between_pictures() => {
                SourceError::NotVideo(format!("{what} ended within a picture of YUV4MPEG2"))
            }
            Self::Y4m(_) => ended(),
        }
    }
}

impl Y4mReader {
    async fn next(
        &mut self,
        reader: &mut (impl AsyncRead + Unpin),
        what: &str,
        now: impl Fn() -> Moment,
    ) -> Result<Option<Whole>, SourceError> {
        let mut buffer = Vec::new();
        loop {
            if let Some(y4m::Picture { header, bytes, received_at }) = self.ready.pop_front() {
                let y4m::Header { layout, colours, period_90k } = header;
                let format = RawFormat { layout, colours, period_90k, bits_per_second: None };
                return Ok(Some(Whole { bytes, format, received_at }));
            }
            let read = if self.head.is_empty() {
                buffer.resize(READ_BYTES, 0);
                let count = reader.read(&mut buffer).await.map_err(SourceError::io(what))?;
                &buffer[..count]
            } else {
                buffer = std::mem::take(&mut self.head);
                &buffer[..]
            };
            if read.is_empty() {
                return Ok(None);
            }
            self.bytes += read.len() as u64;
            let pushed = self.splitter.push(read, now(), &mut self.pictures);
            self.ready.extend(self.pictures.drain(..));
            pushed.map_err(|error| SourceError::NotVideo(format!("{what} cannot be shown: {error}")))?;
        }
    }
}

//! Cuts bytes into pictures of one length.
//!
//! Some encoders and cameras pad pictures downwards, 1080 rows to 1088, and do not say so. A picture with fewer rows than it
//! comes with would be shown in wrong colours, and each one behind it further off. So the first picture waits until nothing
//! has come behind it for a moment, or a second one has: its length says how many rows there are.

use std::{ops::RangeInclusive, time::Duration};

use lenscast_media::time::Moment;
use tokio::{
    io::{AsyncRead, AsyncReadExt},
    time::{Instant, timeout_at},
};

use crate::source::{error::SourceError, typed::raw_format::RawFormat};

/// Bytes read at once: a packet of a pipe must fit, or its rest is lost.
pub(super) const READ_BYTES: usize = 64 << 10;
/// Quiet behind the first picture that shows its length: a quarter of its duration, within these.
const FIRST_QUIET: RangeInclusive<Duration> = Duration::from_millis(5)..=Duration::from_millis(50);

/// Cuts bytes into pictures of one length.
pub(in crate::source) struct Splitter {
    buffer: Vec<u8>,
    held: Vec<u8>,
    /// Bytes read so far.
    pub(super) bytes: u64,
    /// When the first byte of what is held came.
    received_at: Option<Moment>,
    format: RawFormat,
    /// When bytes were read last.
    read_at: Instant,
    /// Whether it is known how many rows pictures have.
    is_decided: bool,
}

impl Splitter {
    /// For pictures of `format`. Where the first one comes with rows of padding that were not typed, all have them.
    pub(super) fn new(format: RawFormat) -> Self {
        Self {
            buffer: vec![0; READ_BYTES],
            held: Vec::with_capacity(format.layout.bytes()),
            bytes: 0,
            received_at: None,
            is_decided: format.layout.rows() != format.layout.size().height() as usize,
            format,
            read_at: Instant::now(),
        }
    }

    /// The next picture and when its first byte came; `None` at the end. Cancel-safe.
    pub(super) async fn next(
        &mut self,
        reader: &mut (impl AsyncRead + Unpin),
        now: impl Fn() -> Moment,
    ) -> std::io::Result<Option<(Vec<u8>, Moment)>> {
        while self.held.len() < self.length() || self.is_undecided() {
            let (held, length) = (self.held.len(), self.length());
            if held >= length * 2 {
                self.is_decided = true;
                continue;
            }
            let shows_length_at = self.read_at + self.first_quiet();
            let read = reader.read(&mut self.buffer);
            let count = if held < length {
                read.await?
            } else if let Ok(read) = timeout_at(shows_length_at, read).await {
                read?
            } else {
                self.decide();
                continue;
            };
            if count == 0 {
                if held < length {
                    return Ok(None);
                }
                self.decide();
                continue;
            }
            self.read_at = Instant::now();
            self.bytes += count as u64;
            self.received_at.get_or_insert_with(&now);
            self.held.extend_from_slice(&self.buffer[..count]);
        }
        let length = self.length();
        let received_at = self.received_at.take().unwrap_or_else(&now);
        let mut rest = Vec::with_capacity(length);
        rest.extend_from_slice(&self.held[length..]);
        self.held.truncate(length);
        if !rest.is_empty() {
            self.received_at = Some(now());
        }
        Ok(Some((std::mem::replace(&mut self.held, rest), received_at)))
    }

    /// The format of the pictures that it gives.
    pub(in crate::source) const fn format(&self) -> RawFormat {
        self.format
    }

    const fn length(&self) -> usize {
        self.format.layout.bytes()
    }

    fn first_quiet(&self) -> Duration {
        let quarter = Duration::from_secs(1) * self.format.period_90k / 360_000;
        quarter.clamp(*FIRST_QUIET.start(), *FIRST_QUIET.end())
    }

    const fn is_undecided(&self) -> bool {
        !self.is_decided
    }

    /// The first picture has come, and nothing behind it: when it is longer by rows of padding, all are.
    fn decide(&mut self) {
        self.is_decided = true;
        if let Some(layout) = self.format.layout.padded(|bytes| bytes == self.held.len()) {
            tracing::info!("raw pictures of {} come with {} rows", self.format, layout.rows());
            self.format.layout = layout;
        }
    }

    /// Why there is no more, where more is known than that it has ended.
    pub(super) fn ended(&self, what: &str, pictures: u64) -> Option<SourceError> {
        let (rest, whole, format) = (self.held.len(), self.length(), self.format);
        if rest == 0 {
            return None;
        }
        if pictures == 0 {
            return Some(SourceError::NotVideo(format!(
                "{what} has sent no whole picture: {rest} bytes came, and one of {format} has {whole}"
            )));
        }
        Some(SourceError::Torn { what: what.to_owned(), rest, whole, format: format.to_string() })
    }
}

#[cfg(test)]
mod tests {
    use lenscast_media::{
        picture::Size,
        pixels::{Colours, Layout, PixelFormat},
    };

    use super::*;

    fn format(rows: usize) -> RawFormat {
        let size = Size::new(16, 20).expect("allowed");
        RawFormat {
            layout: Layout::packed(PixelFormat::Nv12, size).with_rows(rows).expect("more"),
            colours: Colours::default(),
            period_90k: 3_750,
            bits_per_second: None,
        }
    }

    async fn all(mut reader: impl AsyncRead + Unpin, rows: usize) -> (Vec<Vec<u8>>, Splitter) {
        let mut splitter = Splitter::new(format(rows));
        let mut pictures = Vec::new();
        while let Some((picture, _)) =
            splitter.next(&mut reader, || Moment::from_micros(0)).await.expect("memory")
        {
            pictures.push(picture);
        }
        (pictures, splitter)
    }

    #[tokio::test]
    async fn pictures_come_whole_however_they_are_cut() {
        let length = format(0).layout.bytes();
        let bytes: Vec<u8> = (0..length * 7 / 2).map(|at| (at % 251) as u8).collect();
        for cut in 0..=bytes.len() {
            let (first, second) = bytes.split_at(cut);
            let (pictures, splitter) = all(first.chain(second), 0).await;
            assert_eq!(pictures.concat(), bytes[..length * 3], "cut at {cut}");
            assert_eq!(splitter.held, bytes[length * 3..], "cut at {cut}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn the_length_of_the_first_picture_says_how_many_rows_there_are() {
        let length = |rows| format(rows).layout.bytes();
        // Bytes a write, writes, rows that were typed; bytes of a picture, and how many come.
        let table = [
            ("no padding", length(0), 4, 0, length(0), 4),
            ("to 32", length(32), 4, 0, length(32), 4),
            ("as typed", length(24), 4, 24, length(24), 4),
            ("padding that nobody has", length(22), 4, 0, length(0), 4),
            ("one picture", length(0), 1, 0, length(0), 1),
            ("one with padding", length(32), 1, 0, length(32), 1),
            ("two a write", length(0) * 2, 2, 0, length(0), 4),
        ];
        for (name, write, writes, rows, expected, count) in table {
            let (mut writer, reader) = tokio::io::duplex(write);
            let writing = async {
                for _ in 0..writes {
                    tokio::io::AsyncWriteExt::write_all(&mut writer, &vec![7; write])
                        .await
                        .expect("it is read");
                    tokio::time::sleep(Duration::from_millis(40)).await;
                }
                drop(writer);
            };
            let ((), (pictures, _)) = tokio::join!(writing, all(reader, rows));
            let lengths: Vec<_> = pictures.iter().map(Vec::len).collect();
            assert_eq!(lengths, vec![expected; count], "{name}");
        }
    }

    #[test]
    fn the_end_is_said_as_it_was() {
        let table = [
            (0, 0, None),
            (9, 0, None),
            (
                0,
                100,
                Some("the camera has sent no whole picture: 100 bytes came, and one of 16x20 nv12 has 480"),
            ),
            (
                9,
                100,
                Some(
                    "the camera ended within a picture: 100 of the 480 bytes of a picture of 16x20 nv12 had come",
                ),
            ),
        ];
        for (pictures, rest, expected) in table {
            let mut splitter = Splitter::new(format(0));
            splitter.held.resize(rest, 0);
            let ended = splitter.ended("the camera", pictures).map(|error| error.to_string());
            assert_eq!(ended.as_deref(), expected);
        }
    }
}

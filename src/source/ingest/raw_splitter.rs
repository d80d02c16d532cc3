//! Cuts bytes into pictures of one length.

use lenscast_media::time::Moment;
use tokio::io::{AsyncRead, AsyncReadExt};

use crate::source::{error::SourceError, typed::raw_format::RawFormat};

/// Bytes read at once: a packet of a pipe must fit, or its rest is lost.
pub(super) const READ_BYTES: usize = 64 << 10;

/// Cuts bytes into pictures of one length.
pub(in crate::source) struct Splitter {
    buffer: Vec<u8>,
    held: Vec<u8>,
    /// Bytes read so far.
    pub(super) bytes: u64,
    /// When the first byte of what is held came.
    received_at: Option<Moment>,
    length: usize,
}

impl Splitter {
    pub(super) fn new(length: usize) -> Self {
        Self {
            buffer: vec![0; READ_BYTES],
            held: Vec::with_capacity(length),
            bytes: 0,
            received_at: None,
            length,
        }
    }

    /// The next picture and when its first byte came; `None` at the end. Cancel-safe.
    pub(super) async fn next(
        &mut self,
        reader: &mut (impl AsyncRead + Unpin),
        now: impl Fn() -> Moment,
    ) -> std::io::Result<Option<(Vec<u8>, Moment)>> {
        while self.held.len() < self.length {
            let count = reader.read(&mut self.buffer).await?;
            if count == 0 {
                return Ok(None);
            }
            self.bytes += count as u64;
            self.received_at.get_or_insert_with(&now);
            self.held.extend_from_slice(&self.buffer[..count]);
        }
        let received_at = self.received_at.take().unwrap_or_else(&now);
        let mut rest = Vec::with_capacity(self.length);
        rest.extend_from_slice(&self.held[self.length..]);
        self.held.truncate(self.length);
        if !rest.is_empty() {
            self.received_at = Some(now());
        }
        Ok(Some((std::mem::replace(&mut self.held, rest), received_at)))
    }

    /// Why there is no more, where more is known than that it has ended.
    pub(super) fn ended(&self, what: &str, format: RawFormat, pictures: u64) -> Option<SourceError> {
        let (rest, whole) = (self.held.len(), self.length);
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

    #[tokio::test]
    async fn pictures_come_whole_however_they_are_cut() {
        let bytes: Vec<u8> = (0..35).collect();
        for cut in 1..=bytes.len() {
            let (first, second) = bytes.split_at(cut);
            let mut reader =
                std::io::Cursor::new(first.to_vec()).chain(std::io::Cursor::new(second.to_vec()));
            let mut splitter = Splitter::new(10);
            let mut pictures = Vec::new();
            while let Some((picture, _)) =
                splitter.next(&mut reader, || Moment::from_micros(0)).await.expect("memory")
            {
                pictures.push(picture);
            }
            assert_eq!(pictures, [&bytes[..10], &bytes[10..20], &bytes[20..30]], "cut at {cut}");
            assert_eq!(splitter.held, bytes[30..], "cut at {cut}");
        }
    }

    #[test]
    fn the_end_is_said_as_it_was() {
        let size = Size::new(16, 16).expect("allowed");
        let format = RawFormat {
            layout: Layout::packed(PixelFormat::Nv12, size),
            colours: Colours::default(),
            period_90k: 3_750,
            bits_per_second: None,
        };
        let table = [
            (0, 0, None),
            (9, 0, None),
            (
                0,
                100,
                Some("the camera has sent no whole picture: 100 bytes came, and one of 16x16 nv12 has 384"),
            ),
            (
                9,
                100,
                Some(
                    "the camera ended within a picture: 100 of the 384 bytes of a picture of 16x16 nv12 had come",
                ),
            ),
        ];
        for (pictures, rest, expected) in table {
            let mut splitter = Splitter::new(format.layout.bytes());
            splitter.held.resize(rest, 0);
            let ended = splitter.ended("the camera", format, pictures).map(|error| error.to_string());
            assert_eq!(ended.as_deref(), expected);
        }
    }
}

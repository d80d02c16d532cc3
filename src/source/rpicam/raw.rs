//! Raw pictures out of rpicam-vid (`--codec yuv420`), to be encoded here: keyframes and bit rate are then ours to choose.
//!
//! ```text
//! stdout ─ packets ─► one picture: Y, U, V, rows padded to 64 bytes, full range ─ convert ─► Frame ─► Publisher
//! ```
//! All pictures have the same length, so each is whole with its last byte. They are converted on a thread for such work, and
//! only while somebody wants them; now and then otherwise, so that the first who comes sees one at once.

use lenscast_media::{
    arrival_clock::ArrivalClock,
    picture::{RawPicture, Size},
    pixels::{Colours, Layout, PixelFormat},
    raw_video::{Moments, PictureFramer},
    time::Moment,
};
use tokio::io::{AsyncRead, AsyncReadExt};

use super::{Config, Watch};
use crate::{
    hub::TrackKind,
    source::{Run, SourceError},
};

/// libcamera pads rows to this.
const ROW_ALIGNMENT: u32 = 64;
/// Bytes read at once: a packet must fit, or its rest is lost.
const READ_BYTES: usize = 64 << 10;
/// Pictures that nobody wants are made so rarely, in microseconds.
const UNWANTED_INTERVAL_US: u64 = 500_000;
/// rpicam-vid asks for the colours of JPEG with this codec: BT.601, full range.
const COLOURS: Colours = Colours { is_full_range: true, is_bt709: false };

/// Where the pixels of a picture of `size` are.
pub(super) fn layout(size: Size) -> Layout {
    let stride = size.width().next_multiple_of(ROW_ALIGNMENT) as usize;
    Layout::with_stride(PixelFormat::Yuv420p, size, stride).expect("the width, rounded up a little, fits")
}

/// Publishes pictures until there are no more.
pub(super) async fn publish(
    reader: &mut (impl AsyncRead + Unpin),
    config: &Config,
    watch: Watch,
    what: &str,
    run: &mut Run<'_>,
) -> Result<(), SourceError> {
    run.publisher.publish_as(TrackKind::Pictures);
    let layout = layout(config.size);
    let period_hint = (90_000.0 / config.frames_per_second) as u32;
    let mut arrival = ArrivalClock::resume(run.publisher.epoch(), run.publisher.next_dts(), period_hint);
    let (mut framer, mut demand) = (PictureFramer::default(), run.publisher.demand());
    let mut splitter = Splitter { buffer: vec![0; READ_BYTES], held: Vec::new(), length: layout.bytes() };
    let (mut patience, mut made_at) = (watch.first, None::<Moment>);
    loop {
        let next = tokio::time::timeout(patience, splitter.next(reader, || run.clock.now()));
        let next = tokio::select! {
            () = run.stop.cancelled() => return Ok(()),
            next = next => next,
        };
        let (bytes, received_at) = match next {
            Err(_) => {
                return Err(SourceError::Silent { what: what.to_owned(), seconds: patience.as_secs() });
            }
            Ok(Ok(Some(picture))) => picture,
            Ok(Ok(None)) => return Err(SourceError::Ended { what: what.to_owned() }),
            Ok(Err(error)) => return Err(SourceError::Io { what: what.to_owned(), error }),
        };
        patience = watch.next;
        // Every picture counts for the clock, so that the rate is known when somebody comes.
        let stamp = arrival.stamp(received_at);
        let is_wanted = demand.borrow_and_update().viewers > 0;
        if !is_wanted && made_at.is_some_and(|at| received_at.micros_since(at) < UNWANTED_INTERVAL_US) {
            continue;
        }
        made_at = Some(received_at);
        let converted = tokio::task::spawn_blocking(move || layout.convert(&bytes, COLOURS)).await;
        let planes = converted.map_err(|_| SourceError::Ended { what: what.to_owned() })?;
        let planes = planes.expect("a whole picture was read");
        let picture =
            RawPicture::from_planes(config.size, planes.into()).expect("it was converted to this size");
        let moments = Moments { captured_at: None, received_at, ready_at: run.clock.now() };
        run.publisher.publish(framer.frame(picture, stamp, moments));
    }
}

/// Cuts bytes into pictures of one length.
struct Splitter {
    buffer: Vec<u8>,
    held: Vec<u8>,
    length: usize,
}

impl Splitter {
    /// The next picture and when its first byte came; `None` at the end. What is left of a broken one is dropped.
    async fn next(
        &mut self,
        reader: &mut (impl AsyncRead + Unpin),
        now: impl Fn() -> Moment,
    ) -> std::io::Result<Option<(Vec<u8>, Moment)>> {
        let mut received_at = (!self.held.is_empty()).then(&now);
        while self.held.len() < self.length {
            let count = reader.read(&mut self.buffer).await?;
            if count == 0 {
                return Ok(None);
            }
            received_at.get_or_insert_with(&now);
            self.held.reserve_exact(self.length.saturating_sub(self.held.len()));
            self.held.extend_from_slice(&self.buffer[..count]);
        }
        let rest = self.held.split_off(self.length);
        let picture = std::mem::replace(&mut self.held, rest);
        Ok(Some((picture, received_at.unwrap_or_else(now))))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn size(width: u32, height: u32) -> Size {
        Size::new(width, height).expect("allowed")
    }

    #[test]
    fn rows_are_padded_as_libcamera_pads_them() {
        let table = [
            (size(1280, 720), 1280 * 720 * 3 / 2),
            (size(1920, 1080), 1920 * 1080 * 3 / 2),
            (size(800, 600), 832 * 600 * 3 / 2),
            (size(66, 64), 128 * 64 * 3 / 2),
        ];
        for (size, bytes) in table {
            assert_eq!(layout(size).bytes(), bytes, "{size}");
        }
    }

    #[tokio::test]
    async fn pictures_come_whole_however_they_are_cut() {
        let bytes: Vec<u8> = (0..35).collect();
        for cut in 1..=bytes.len() {
            let mut reader = in_two_reads(&bytes, cut);
            let mut splitter = Splitter { buffer: vec![0; 100], held: Vec::new(), length: 10 };
            let mut pictures = Vec::new();
            while let Some((picture, _)) =
                splitter.next(&mut reader, || Moment::from_micros(0)).await.expect("memory")
            {
                pictures.push(picture);
            }
            assert_eq!(pictures, [&bytes[..10], &bytes[10..20], &bytes[20..30]], "cut at {cut}");
        }
    }

    /// Gives `bytes` in two reads, cut at `cut`.
    fn in_two_reads(bytes: &[u8], cut: usize) -> impl AsyncRead + Unpin {
        let (first, second) = bytes.split_at(cut);
        std::io::Cursor::new(first.to_vec()).chain(std::io::Cursor::new(second.to_vec()))
    }
}

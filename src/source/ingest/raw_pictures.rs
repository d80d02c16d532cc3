//! Raw pictures of equal length, one after another: published as raw video, which is encoded on demand.
//!
//! ```text
//! AsyncRead ─ any cut ─► Splitter ─► the newest whole picture ─ convert, on a thread ─► Frame ─► Publisher
//! ```
//! A picture is complete with its last byte. Reading never waits for a conversion: pictures that come meanwhile are skipped,
//! and the newest is converted next. While there is no viewer, a picture is made twice a second, for the next viewer.

use bytes::Bytes;
use lenscast_media::{
    arrival_clock::Stamp,
    picture::RawPicture,
    raw_video::{Moments, PictureFramer},
    rendition::Rendition,
    time::Moment,
};
use tokio::{
    io::{AsyncRead, AsyncReadExt},
    task::JoinHandle,
    time::Instant,
};

use super::timeouts::{Overdue, Patience, Silence};
use crate::{
    hub::CameraState,
    source::{error::SourceError, run::Run, typed::raw_format::RawFormat},
};

/// Bytes read at once: a packet of a pipe must fit, or its rest is lost.
const READ_BYTES: usize = 64 << 10;
/// While there is no viewer, one picture is made per interval, in microseconds.
const UNWANTED_INTERVAL_US: u64 = 500_000;

/// Publishes what `reader` gives until it ends; `what` names it for a person.
pub(in crate::source) async fn publish(
    reader: &mut (impl AsyncRead + Unpin),
    format: RawFormat,
    silence: Silence,
    what: &str,
    run: &mut Run<'_>,
) -> Result<(), SourceError> {
    run.publisher.announce(Rendition::RAW_VIDEO);
    let mut arrival = run.publisher.run_clock().arrival(format.period_90k);
    let mut framer = PictureFramer::default();
    let mut demand = run.publisher.demand();
    let mut splitter = Splitter::new(format.layout.bytes());
    let mut newest: Option<Arrived> = None;
    let mut conversion: Option<Conversion> = None;
    let mut converted_at: Option<Moment> = None;
    let mut pictures = 0_u64;
    let mut patience = Patience::new(silence, run.timeout, Instant::now());
    let mut bytes_heard = 0;
    loop {
        if conversion.is_none()
            && let Some(arrived) = newest.take()
        {
            conversion = Some(Conversion::start(format, arrived));
        }
        tokio::select! {
            () = run.stop.cancelled() => return Ok(()),
            picture = converted(&mut conversion) => {
                let picture = picture.ok_or_else(|| SourceError::Ended { what: what.to_owned() })?;
                let (picture, stamp, received_at) = picture;
                conversion = None;
                let moments = Moments { captured_at: None, received_at, ready_at: run.clock.now() };
                run.publisher.publish(framer.frame(picture, stamp, moments), None);
            }
            next = splitter.next(reader, || run.clock.now()) => {
                let next = next.map_err(|error| SourceError::Io { what: what.to_owned(), error })?;
                let Some((bytes, received_at)) = next else {
                    return Err(ended(what, format, pictures, splitter.held.len()));
                };
                pictures += 1;
                // Every picture counts for the clock, so that the rate is known when a viewer comes.
                let stamp = arrival.stamp(received_at);
                patience.byte(Instant::now());
                patience.frame(Instant::now(), 0);
                let is_wanted = demand.borrow_and_update().viewers > 0;
                if is_wanted || converted_at.is_none_or(|at| received_at.micros_since(at) >= UNWANTED_INTERVAL_US) {
                    converted_at = Some(received_at);
                    newest = Some(Arrived { bytes, stamp, received_at });
                }
            }
            () = tokio::time::sleep_until(patience.deadline()) => {
                if std::mem::replace(&mut bytes_heard, splitter.bytes) != splitter.bytes {
                    patience.byte(Instant::now());
                }
                run.publisher.set_state(overdue(&mut patience, what)?);
            }
        }
    }
}

/// The state of a camera whose picture is overdue, or why it is given up.
fn overdue(patience: &mut Patience, what: &str) -> Result<CameraState, SourceError> {
    match patience.overdue(Instant::now(), true) {
        Overdue::NoByte(limit) | Overdue::NoPicture(limit) => {
            Err(SourceError::Silent { what: what.to_owned(), seconds: limit.as_secs() })
        }
        Overdue::SayWaiting => {
            Ok(CameraState::Waiting { reason: format!("Waiting for the first picture from {what}") })
        }
        Overdue::SayNoFrame(limit) => {
            let reason = format!("No picture has come from {what} for {} s", limit.as_secs());
            Ok(CameraState::Offline { reason, retry_at: None })
        }
    }
}

/// Why there is no more.
fn ended(what: &str, format: RawFormat, pictures: u64, rest: usize) -> SourceError {
    let whole = format.layout.bytes();
    if pictures == 0 && rest > 0 {
        return SourceError::NotVideo(format!(
            "{what} has sent no whole picture: {rest} bytes came, and one of {format} has {whole}"
        ));
    }
    if rest > 0 {
        return SourceError::Torn { what: what.to_owned(), rest, whole, format: format.to_string() };
    }
    SourceError::Ended { what: what.to_owned() }
}

/// A whole picture, as it came.
struct Arrived {
    bytes: Vec<u8>,
    stamp: Stamp,
    received_at: Moment,
}

/// A picture that is being converted on a thread of its own.
struct Conversion {
    picture: JoinHandle<RawPicture<Bytes>>,
    stamp: Stamp,
    received_at: Moment,
}

impl Conversion {
    fn start(format: RawFormat, arrived: Arrived) -> Self {
        let Arrived { bytes, stamp, received_at } = arrived;
        Self { picture: tokio::task::spawn_blocking(move || format.picture(bytes)), stamp, received_at }
    }
}

/// The picture of `conversion`; `None` if that has failed. Without a conversion it never returns.
async fn converted(conversion: &mut Option<Conversion>) -> Option<(RawPicture<Bytes>, Stamp, Moment)> {
    match conversion {
        Some(conversion) => {
            Some(((&mut conversion.picture).await.ok()?, conversion.stamp, conversion.received_at))
        }
        None => std::future::pending().await,
    }
}

/// Cuts bytes into pictures of one length.
struct Splitter {
    buffer: Vec<u8>,
    held: Vec<u8>,
    /// Bytes read so far.
    bytes: u64,
    /// When the first byte of what is held came.
    received_at: Option<Moment>,
    length: usize,
}

impl Splitter {
    fn new(length: usize) -> Self {
        Self {
            buffer: vec![0; READ_BYTES],
            held: Vec::with_capacity(length),
            bytes: 0,
            received_at: None,
            length,
        }
    }

    /// The next picture and when its first byte came; `None` at the end. Cancel-safe.
    async fn next(
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
            (0, 0, "the camera ended"),
            (9, 0, "the camera ended"),
            (0, 100, "the camera has sent no whole picture: 100 bytes came, and one of 16x16 nv12 has 384"),
            (
                9,
                100,
                "the camera ended within a picture: 100 of the 384 bytes of a picture of 16x16 nv12 had come",
            ),
        ];
        for (pictures, rest, expected) in table {
            assert_eq!(ended("the camera", format, pictures, rest).to_string(), expected);
        }
    }
}

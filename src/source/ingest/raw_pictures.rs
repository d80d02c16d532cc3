//! Raw pictures of equal length, one after another: published as raw video, which is encoded on demand.
//!
//! ```text
//! AsyncRead ─ any cut ─► PictureReader ─► the newest whole picture ─ convert, on a thread ─► Frame ─► Publisher
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
use tokio::{io::AsyncRead, task::JoinHandle, time::Instant};

use super::{
    frames::PERIOD_HINT,
    picture_reader::{PictureReader, Whole},
    timeouts::{Overdue, Patience, Silence},
};
use crate::{
    hub::{CameraState, Reason, Trouble},
    source::{error::SourceError, run::Run, typed::raw_format::RawFormat},
};

/// While there is no viewer, one picture is made per interval, in microseconds.
const UNWANTED_INTERVAL_US: u64 = 500_000;

/// Publishes pictures of `format` that `reader` gives until it ends; `what` names it for a person.
pub(in crate::source) async fn publish(
    reader: &mut (impl AsyncRead + Unpin),
    format: RawFormat,
    silence: Silence,
    what: &str,
    run: &mut Run<'_>,
) -> Result<(), SourceError> {
    publish_pictures(reader, PictureReader::raw(format), silence, what, run).await
}

/// Publishes the pictures that are made of what `reader` gives until it ends; `what` names it for a person.
pub(super) async fn publish_pictures(
    reader: &mut (impl AsyncRead + Unpin),
    mut pictures: PictureReader,
    silence: Silence,
    what: &str,
    run: &mut Run<'_>,
) -> Result<(), SourceError> {
    run.publisher.announce(Rendition::RAW_VIDEO);
    let mut arrival = run.publisher.run_clock().arrival(PERIOD_HINT);
    let mut framer = PictureFramer::default();
    let mut demand = run.publisher.demand();
    let mut newest: Option<Arrived> = None;
    let mut conversion: Option<Conversion> = None;
    let mut converted_at: Option<Moment> = None;
    let mut count = 0_u64;
    let mut patience = Patience::new(silence, run.timeout, Instant::now());
    let mut bytes_heard = 0;
    loop {
        if conversion.is_none()
            && let Some(arrived) = newest.take()
        {
            conversion = Some(Conversion::start(arrived));
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
            next = pictures.next(reader, what, || run.clock.now()) => {
                let Some(whole) = next? else { return Err(pictures.ended(what, count)) };
                let received_at = whole.received_at;
                count += 1;
                arrival.set_period_hint(whole.format.period_90k);
                // Every picture counts for the clock, so that the rate is known when a viewer comes.
                let stamp = arrival.stamp(received_at);
                patience.byte(Instant::now());
                patience.frame(Instant::now(), 0);
                let is_wanted = demand.borrow_and_update().viewers > 0;
                if is_wanted || converted_at.is_none_or(|at| received_at.micros_since(at) >= UNWANTED_INTERVAL_US) {
                    converted_at = Some(received_at);
                    newest = Some(Arrived { whole, stamp });
                }
            }
            () = tokio::time::sleep_until(patience.deadline()) => {
                if std::mem::replace(&mut bytes_heard, pictures.bytes()) != pictures.bytes() {
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
            let reason = format!("Waiting for the first picture from {what}");
            Ok(CameraState::Waiting { reason: Reason::new(Trouble::Waiting, reason) })
        }
        Overdue::SayNoFrame(limit) => {
            let reason = format!("No picture has come from {what} for {} s", limit.as_secs());
            Ok(CameraState::Offline { reason: Reason::new(Trouble::NoPicture, reason), retry_at: None })
        }
    }
}

/// A picture that waits for its conversion.
struct Arrived {
    whole: Whole,
    stamp: Stamp,
}

/// A picture that is being converted on a thread of its own.
struct Conversion {
    picture: JoinHandle<RawPicture<Bytes>>,
    stamp: Stamp,
    received_at: Moment,
}

impl Conversion {
    fn start(Arrived { whole, stamp }: Arrived) -> Self {
        let Whole { bytes, format, received_at } = whole;
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

//! A file of raw pictures, played at their rate, in a loop.

use std::path::Path;

use lenscast_media::{
    raw_video::{Moments, PictureFramer},
    rendition::Rendition,
};
use tokio::{fs::File, time::Instant};

use super::file_pace::Pace;
use crate::source::{
    error::SourceError,
    ingest::{
        frames::PERIOD_HINT,
        picture_reader::{PictureReader, Whole},
    },
    run::Run,
};

/// Plays the file at `path`, which `reader` reads from its beginning.
pub(super) async fn run(
    path: &Path,
    reader: impl Fn() -> PictureReader,
    run: Run<'_>,
) -> Result<(), SourceError> {
    run.publisher.announce(Rendition::RAW_VIDEO);
    let shown = format!("file {}", path.display());
    let cannot = |error| SourceError::io(format!("cannot read {shown}"))(error);
    let mut arrival = run.publisher.run_clock().arrival(PERIOD_HINT);
    let mut framer = PictureFramer::default();
    let mut pace = Pace::new();
    loop {
        let mut file = File::open(path).await.map_err(&cannot)?;
        let mut reader = reader();
        let mut pictures = 0_u64;
        while let Some(whole) = reader.next(&mut file, &shown, || run.clock.now()).await? {
            let Whole { bytes, format, .. } = whole;
            let converted = tokio::task::spawn_blocking(move || format.picture(bytes)).await;
            let picture = converted.map_err(|_| SourceError::Ended { what: shown.clone() })?;
            let due = pace.due(None, format.period_90k, Instant::now());
            tokio::select! {
                () = run.stop.cancelled() => return Ok(()),
                () = tokio::time::sleep_until(due) => {}
            }
            pace.published();
            arrival.set_period_hint(format.period_90k);
            let now = run.clock.now();
            let moments = Moments { captured_at: None, received_at: now, ready_at: now };
            run.publisher.publish(framer.frame(picture, arrival.stamp(now), moments), None);
            pictures += 1;
        }
        // Bytes left at the end are no whole picture.
        if pictures == 0 {
            let PictureReader::Raw(splitter) = reader else { return Err(reader.ended(&shown, 0)) };
            let format = splitter.format();
            let found = file.metadata().await.map_err(&cannot)?.len();
            return Err(SourceError::NotVideo(format!(
                "{shown} holds no whole picture: it has {found} bytes, and one of {format} has {}",
                format.layout.bytes()
            )));
        }
    }
}

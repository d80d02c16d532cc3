//! A file of raw pictures, played at the configured rate, in a loop.

use std::{io::ErrorKind, path::Path};

use lenscast_media::{
    raw_video::{Moments, PictureFramer},
    rendition::Rendition,
};
use tokio::{fs::File, io::AsyncReadExt, time::Instant};

use super::file_pace::Pace;
use crate::source::{error::SourceError, run::Run, typed::raw_format::RawFormat};

pub(super) async fn run(path: &Path, format: RawFormat, run: Run<'_>) -> Result<(), SourceError> {
    run.publisher.announce(Rendition::RAW_VIDEO);
    let shown = format!("file {}", path.display());
    let cannot = |error| SourceError::io(format!("cannot read {shown}"))(error);
    let mut arrival = run.publisher.run_clock().arrival(format.period_90k);
    let mut framer = PictureFramer::default();
    let length = format.layout.bytes();
    let mut pace = Pace::new();
    loop {
        let mut file = File::open(path).await.map_err(&cannot)?;
        let mut pictures = 0_u64;
        loop {
            let mut bytes = vec![0; length];
            match file.read_exact(&mut bytes).await {
                Ok(_) => {}
                // Bytes left at the end are no whole picture.
                Err(error) if error.kind() == ErrorKind::UnexpectedEof => break,
                Err(error) => return Err(cannot(error)),
            }
            let converted = tokio::task::spawn_blocking(move || format.picture(bytes)).await;
            let picture = converted.map_err(|_| SourceError::Ended { what: shown.clone() })?;
            let due = pace.due(None, format.period_90k, Instant::now());
            tokio::select! {
                () = run.stop.cancelled() => return Ok(()),
                () = tokio::time::sleep_until(due) => {}
            }
            pace.published();
            let now = run.clock.now();
            let moments = Moments { captured_at: None, received_at: now, ready_at: now };
            run.publisher.publish(framer.frame(picture, arrival.stamp(now), moments), None);
            pictures += 1;
        }
        if pictures == 0 {
            let found = file.metadata().await.map_err(&cannot)?.len();
            return Err(SourceError::NotVideo(format!(
                "{shown} holds no whole picture: it has {found} bytes, and one of {format} has {length}"
            )));
        }
    }
}

//! A FIFO (fifo(7)): what another program writes into it, read as it comes.
//!
//! ```text
//! open ─► wait for a writer ─► publish until the last writer has closed it ─┐
//!           ▲      opened again before the old end is closed                │
//!           └───────────────────────────────────────────────────────────────┘
//! ```
//! It is opened without blocking, and one reading end is open from the beginning to the end of the run: a writer that comes
//! between two others meets a reader, so it is neither blocked nor ended by SIGPIPE.

use std::{path::Path, time::Duration};

use tokio::net::unix::pipe;

use crate::{
    child::widen,
    hub::{CameraState, Reason, Trouble},
    source::{
        error::{SourceError, sentence},
        ingest::{
            boundary_signs::Cuts,
            byte_stream::{Input, publish},
            timeouts::Silence,
        },
        run::Run,
        typed::input_format::InputFormat,
    },
};

/// Reading goes on after this when a writer has ended,
const NEXT_WRITER_AFTER: Duration = Duration::from_millis(20);
/// and after this when what came was no video: its writer waits meanwhile.
const NO_VIDEO_PAUSE: Duration = Duration::from_secs(2);

/// Reads the FIFO at `path` until the run is to end.
pub(super) async fn run(
    path: &Path,
    format: Option<InputFormat>,
    mut run: Run<'_>,
) -> Result<(), SourceError> {
    let what = format!("FIFO {}", path.display());
    let mut reader = open(path, &what).await?;
    let reason = format!("Waiting for a program that writes to {what}");
    let mut waiting = CameraState::Waiting { reason: Reason::new(Trouble::Waiting, reason) };
    loop {
        run.publisher.set_state(waiting);
        let input = Input { format, cuts: Cuts::Arbitrary, silence: Silence::Wait, times: None };
        let outcome = publish(&mut reader, input, &format!("the writer of {what}"), &mut run).await;
        run.publisher.end_run();
        let Err(error) = outcome else { return Ok(()) };
        tracing::info!(camera = run.publisher.camera(), "writer of FIFO ended: {error}");
        let trouble = error.trouble();
        let pause = match error {
            SourceError::Ended { .. } => NEXT_WRITER_AFTER,
            _ => NO_VIDEO_PAUSE,
        };
        let reason =
            format!("{}; waiting for the next program that writes to it", sentence(&error.to_string()));
        waiting = CameraState::Offline { reason: Reason::new(trouble, reason), retry_at: None };
        run.publisher.set_state(waiting.clone());
        tokio::select! {
            () = run.stop.cancelled() => return Ok(()),
            () = tokio::time::sleep(pause) => {}
        }
        // The old end is closed once the new one is there.
        reader = open(path, &what).await?;
    }
}

/// Opens the reading end, on a thread: a file system may not answer.
async fn open(path: &Path, what: &str) -> Result<pipe::Receiver, SourceError> {
    let path = path.to_owned();
    let opened = tokio::task::spawn_blocking(move || {
        let pipe = pipe::OpenOptions::new().open_receiver(path)?;
        widen(&pipe);
        Ok(pipe)
    });
    let opened = opened.await.unwrap_or_else(|error| Err(std::io::Error::other(error)));
    opened.map_err(SourceError::io(format!("cannot open {what}")))
}

//! Runs a source of sound while somebody listens.
//!
//! ```text
//!   ┌──────── nobody listens for LINGER ───────┐
//!   ▼                                          │
//! rests ─ somebody listens ─► run ─ failed ─► backoff ─► run
//! ```
//! Why it failed stays in the status of the sound until there is some. The state of the camera is that of its pictures.

use std::time::Duration;

use tokio_util::sync::CancellationToken;

use super::Sound;
use crate::{
    hub::{SoundPublisher, unwanted_for},
    source::{
        backoff::Backoff,
        error::{SourceError, sentence},
        run::LINGER,
    },
};

/// A cancelled run that has not returned after this is dropped.
const STOP_WITHIN: Duration = Duration::from_millis(800);

/// Runs `sound` while it is wanted, until `stop` is cancelled.
pub async fn supervise_sound(sound: &Sound, publisher: &mut SoundPublisher, stop: CancellationToken) {
    let mut backoff = Backoff::new();
    let mut demand = publisher.demand();
    let mut reported = String::new();
    loop {
        tokio::select! {
            () = stop.cancelled() => return,
            _ = demand.wait_for(|demand| demand.viewers > 0) => {}
        }
        let outcome = run_once(sound, publisher, &stop).await;
        let sound_for = Duration::from_micros(publisher.end_run());
        if stop.is_cancelled() {
            return;
        }
        let Err(error) = outcome else { continue };
        let reason = sentence(&error.to_string());
        if reason != reported || !sound_for.is_zero() {
            tracing::warn!(camera = publisher.camera(), "sound failed: {error}");
            reported.clone_from(&reason);
        }
        publisher.set_failed(reason);
        tokio::select! {
            () = stop.cancelled() => return,
            () = tokio::time::sleep(backoff.after_run(sound_for)) => {}
        }
    }
}

/// One run. It ends by itself, by `stop`, or when nobody has listened for a while.
async fn run_once(
    sound: &Sound,
    publisher: &mut SoundPublisher,
    stop: &CancellationToken,
) -> Result<(), SourceError> {
    let stop_run = stop.child_token();
    let demand = publisher.demand();
    let mut run = std::pin::pin!(sound.run(publisher, &stop_run));
    tokio::select! {
        outcome = run.as_mut() => return outcome,
        () = unwanted_for(LINGER, demand, |demand| demand.viewers) => stop_run.cancel(),
        () = stop.cancelled() => {}
    }
    tokio::time::timeout(STOP_WITHIN, run).await.unwrap_or(Ok(()))
}

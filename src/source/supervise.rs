//! Runs a source, again and again, for as long as the server lives.
//!
//! ```text
//!          ┌──────────── no viewer for LINGER (on demand) ───────────┐
//!          ▼                                                         │
//! Idle ─ viewer ─► Starting ─ run ─► Live ─ ended or failed ─► Offline ─ backoff ─► run
//! ```
//! Offline stays, with its reason, until a frame comes: a camera that is dead is not starting, however often it is run.

use std::time::Duration;

use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use super::{
    backoff::Backoff,
    error::{SourceError, sentence},
    kinds::Source,
    run::{Run, RunPolicy, Running},
    wanted::Wanted,
};
use crate::{
    clock::Clock,
    hub::{CameraState, Publisher, Reason, unwanted_for},
};

/// A cancelled run that has not returned after this is dropped.
const STOP_WITHIN: Duration = Duration::from_millis(800);

/// How the supervision of a source ended.
#[derive(Debug, PartialEq, Eq)]
pub enum Finished {
    /// It was cancelled.
    Stopped,
    /// The source ended for good.
    Ended,
}

/// Runs the `wanted` source until `stop` is cancelled or the source ends for good.
pub async fn supervise(
    wanted: &Wanted,
    publisher: &mut Publisher,
    clock: Clock,
    stop: CancellationToken,
) -> Finished {
    let (source, running) = tokio::select! {
        () = stop.cancelled() => return Finished::Stopped,
        resolved = wanted.resolve(publisher) => resolved,
    };
    let mut backoff = Backoff::new();
    let mut reported = String::new();
    let mut is_offline = false;
    let mut viewers = publisher.viewers();
    publisher.announce(source.origin());
    loop {
        if running.policy == RunPolicy::OnDemand && *viewers.borrow_and_update() == 0 {
            is_offline = false;
            publisher.set_state(CameraState::Idle);
            tokio::select! {
                () = stop.cancelled() => return Finished::Stopped,
                _ = viewers.wait_for(|viewers| *viewers > 0) => {}
            }
        }
        if !is_offline {
            publisher.set_state(CameraState::Starting);
        }
        let outcome = run_once(&source, running, publisher, clock, &stop, viewers.clone()).await;
        let frames_for = Duration::from_micros(publisher.end_run());
        if stop.is_cancelled() {
            return Finished::Stopped;
        }
        let Err(error) = outcome else { continue };
        let reason = sentence(&error.to_string());
        if source.ends_for_good() {
            tracing::warn!(camera = publisher.camera(), "source ended: {error}");
            publisher.set_state(CameraState::Ended { reason: Reason::new(error.trouble(), reason) });
            return Finished::Ended;
        }
        let wait = backoff.after_run(frames_for);
        // Log a reason once; a run that gave frames resets that.
        if reason == reported && frames_for.is_zero() {
            tracing::debug!(
                camera = publisher.camera(),
                "source failed again: {error}; retrying in {} ms",
                wait.as_millis()
            );
        } else {
            tracing::warn!(
                camera = publisher.camera(),
                "source failed: {error}; retrying now, then at least every 5 s"
            );
            reported.clone_from(&reason);
        }
        let retry_at = clock.now().plus_micros(u64::try_from(wait.as_micros()).unwrap_or(u64::MAX));
        let reason = Reason::new(error.trouble(), reason);
        publisher.set_state(CameraState::Offline { reason, retry_at: Some(retry_at) });
        is_offline = true;
        tokio::select! {
            () = stop.cancelled() => return Finished::Stopped,
            () = tokio::time::sleep(wait) => {}
        }
    }
}

/// One run. It ends by itself, by `stop`, or when its last viewer has left.
async fn run_once(
    source: &Source,
    running: Running,
    publisher: &mut Publisher,
    clock: Clock,
    stop: &CancellationToken,
    viewers: watch::Receiver<usize>,
) -> Result<(), SourceError> {
    let stop_run = stop.child_token();
    let run = source.run(Run { publisher, clock, stop: stop_run.clone(), timeout: running.timeout });
    let mut run = std::pin::pin!(run);
    let nobody = async {
        match running.policy {
            RunPolicy::Always => std::future::pending().await,
            RunPolicy::OnDemand => unwanted_for(running.linger, viewers, |viewers| *viewers).await,
        }
    };
    tokio::select! {
        outcome = run.as_mut() => return outcome,
        () = nobody => stop_run.cancel(),
        () = stop.cancelled() => {}
    }
    tokio::time::timeout(STOP_WITHIN, run).await.unwrap_or(Ok(()))
}

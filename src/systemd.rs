//! What systemd is told, when it has started us (sd_notify(3)): that we are ready, what goes on, that we live, that we end.
//!
//! Without systemd nothing of this does anything.

use std::{fmt::Write, time::Duration};

use sd_notify::NotifyState;

use crate::{http::Cameras, hub::CameraState};

/// The status is looked at so often.
const STATUS_INTERVAL: Duration = Duration::from_secs(2);
/// Cameras named in the status; more are counted.
const NAMED: usize = 4;

/// Reports on `cameras` until it is dropped: we are ready as soon as it runs.
pub(crate) async fn report(cameras: Cameras) {
    // A sign of life at a third of the time that systemd allows, so that one may come late.
    let interval =
        sd_notify::watchdog_enabled().map_or(STATUS_INTERVAL, |limit| limit / 3).min(STATUS_INTERVAL);
    let mut tick = tokio::time::interval(interval);
    let mut said = String::new();
    notify(&[NotifyState::Ready]);
    loop {
        tick.tick().await;
        let status = status(&summaries(&cameras));
        if status == said {
            notify(&[NotifyState::Watchdog]);
        } else {
            notify(&[NotifyState::Watchdog, NotifyState::Status(&status)]);
            said = status;
        }
    }
}

/// We have been told to stop, and do.
pub(crate) fn stopping() {
    notify(&[NotifyState::Stopping, NotifyState::Status("stopping")]);
}

fn notify(states: &[NotifyState<'_>]) {
    if let Err(error) = sd_notify::notify(states) {
        tracing::debug!("systemd does not listen: {error}");
    }
}

/// Name, state and viewers of one camera.
type Summary = (String, CameraState, usize);

fn summaries(cameras: &Cameras) -> Vec<Summary> {
    let summary = |camera: &crate::hub::Camera| {
        (camera.name().to_owned(), camera.state().borrow().clone(), *camera.viewers().borrow())
    };
    cameras.all().iter().map(|camera| summary(camera)).collect()
}

/// One line for `systemctl status`.
fn status(cameras: &[Summary]) -> String {
    let viewers: usize = cameras.iter().map(|(.., viewers)| viewers).sum();
    let mut line = match viewers {
        1 => "1 viewer".to_owned(),
        count => format!("{count} viewers"),
    };
    for (name, state, _) in cameras.iter().take(NAMED) {
        let _ = write!(line, "; {name}: {}", state.name());
        if !state.message().is_empty() {
            let _ = write!(line, " ({})", state.message());
        }
    }
    if let Some(more) = cameras.len().checked_sub(NAMED).filter(|more| *more > 0) {
        let _ = write!(line, "; and {more} more");
    }
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_status_is_one_line() {
        let camera = |name: &str, state, viewers| (name.to_owned(), state, viewers);
        let offline = CameraState::Offline { reason: "No camera is connected".into(), retry_at: None };
        let many = (0..6).map(|number| camera(&format!("cam{number}"), CameraState::Idle, 0)).collect();
        let table: [(Vec<Summary>, &str); 3] = [
            (vec![camera("door", CameraState::Live, 1)], "1 viewer; door: live"),
            (
                vec![camera("a", CameraState::Live, 3), camera("b", offline, 2)],
                "5 viewers; a: live; b: offline (No camera is connected)",
            ),
            (many, "0 viewers; cam0: idle; cam1: idle; cam2: idle; cam3: idle; and 2 more"),
        ];
        for (cameras, expected) in table {
            assert_eq!(status(&cameras), expected);
        }
    }
}

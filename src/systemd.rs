//! Notifies the service manager (sd_notify(3)): ready, status, watchdog, stopping. Without systemd it does nothing.

use std::{fmt::Write, time::Duration};

use sd_notify::NotifyState;

use crate::{http::Cameras, hub::CameraState};

/// Time between two looks at the status.
const STATUS_INTERVAL: Duration = Duration::from_secs(2);
/// Cameras named in the status; more are counted.
const NAMED: usize = 4;

/// Reports on `cameras` until it is dropped; the service is ready as soon as this runs.
pub(crate) async fn report(cameras: Cameras) {
    // Pings the watchdog at a third of its time-out, so that one ping may come late.
    let interval =
        sd_notify::watchdog_enabled().map_or(STATUS_INTERVAL, |limit| limit / 3).min(STATUS_INTERVAL);
    let mut tick = tokio::time::interval(interval);
    let mut reported = String::new();
    notify(&[NotifyState::Ready]);
    loop {
        tick.tick().await;
        let status = status(&summaries(&cameras));
        if status == reported {
            notify(&[NotifyState::Watchdog]);
        } else {
            notify(&[NotifyState::Watchdog, NotifyState::Status(&status)]);
            reported = status;
        }
    }
}

/// Reports that the service stops.
pub(crate) fn stopping() {
    notify(&[NotifyState::Stopping, NotifyState::Status("stopping")]);
}

fn notify(states: &[NotifyState<'_>]) {
    if let Err(error) = sd_notify::notify(states) {
        tracing::debug!("systemd not notified: {error}");
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
    use crate::hub::{Reason, Trouble};

    #[test]
    fn the_status_is_one_line() {
        let camera = |name: &str, state, viewers| (name.to_owned(), state, viewers);
        let offline = CameraState::Offline {
            reason: Reason::new(Trouble::NotConnected, "No camera is connected"),
            retry_at: None,
        };
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

//! The accept loop of RTSP: one task a connection, as many as the limit of connections allows.

use std::time::{Duration, Instant};

use lenscast_media::rtsp::{Response, Status};
use tokio::net::TcpListener;

use super::client::Client;
use crate::{
    http::{AppState, Connection},
    log_limiter::LogLimiter,
};

/// Accepting pauses for this long when the system has no file or memory left for a connection.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);
/// Log at most one failure of accepting per interval; count the rest.
const LOG_INTERVAL: Duration = Duration::from_secs(10);

/// Serves the cameras on `listener` until the server stops.
pub(crate) async fn serve(listener: TcpListener, app: AppState) {
    let mut failures = LogLimiter::new(LOG_INTERVAL);
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            () = app.stopping.cancelled() => return,
        };
        let connection = match accepted.and_then(|(stream, remote)| Connection::new(stream, remote)) {
            Ok(connection) => connection,
            Err(error) => {
                if let Some(others) = failures.event(Instant::now()) {
                    tracing::warn!(others, "accepting RTSP connections failed: {error}");
                }
                tokio::time::sleep(ACCEPT_PAUSE).await;
                continue;
            }
        };
        match app.connection_limit.acquire(connection.remote()) {
            Ok(permit) => {
                let connection = connection.with_permit(permit);
                let Some((place, make_room)) = connection.place() else { continue };
                let client = Client::new(connection, place, app.clone());
                let stopping = app.stopping.clone();
                app.tasks.spawn(async move {
                    tokio::select! {
                        () = client.run() => {}
                        () = make_room.cancelled() => {}
                        () = stopping.cancelled() => {}
                    }
                });
            }
            Err(refused) => {
                let answer = Response::new(Status::Unavailable, &refused.to_string(), None);
                connection.refuse(&answer.into_bytes());
            }
        }
    }
}

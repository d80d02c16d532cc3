//! The accept loop: one task a connection, HTTP/1.1; a WebSocket takes its connection over.
//!
//! ```text
//! listener ─► accept ─► task: hyper ─► the Router that is current when a request comes
//!     └─ out of files: pause, never spin      └─ stopping: finish what is short, end what is endless
//! ```

use std::time::Duration;

use axum::{Router, extract::ConnectInfo};
use hyper::{Request, body::Incoming, server::conn::http1};
use hyper_util::{
    rt::{TokioIo, TokioTimer},
    service::TowerToHyperService,
};
use tokio::{net::TcpListener, sync::watch};
use tokio_util::{sync::CancellationToken, task::TaskTracker};
use tower::{ServiceExt, service_fn};

use super::{LocalAddress, connection::Connection, watched::Watched};

/// A connection is closed when its request's head has not come by then.
const HEAD_TIMEOUT: Duration = Duration::from_secs(10);
/// Accepting pauses for this long when the system has no file or memory left for a connection.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);
/// What hyper buffers for a connection that accepts an endless body slowly.
const WRITE_BUFFER_BYTES: usize = 64 << 10;

/// Serves `routes` on `listener` until `stopping`; connections run as tasks of `connections`.
pub async fn serve(
    listener: TcpListener,
    routes: watch::Receiver<Router>,
    stopping: CancellationToken,
    connections: TaskTracker,
) {
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            () = stopping.cancelled() => return,
        };
        match accepted {
            Ok((stream, remote)) => {
                let (routes, stopping) = (routes.clone(), stopping.clone());
                connections.spawn(async move {
                    match Connection::new(stream, remote) {
                        Ok(connection) => serve_connection(connection, routes, stopping).await,
                        Err(error) => tracing::debug!(%remote, "connection closed at once: {error}"),
                    }
                });
            }
            Err(error) if is_client_error(&error) => {}
            Err(error) => {
                tracing::warn!("accepting connections failed: {error}");
                tokio::time::sleep(ACCEPT_PAUSE).await;
            }
        }
    }
}

fn is_client_error(error: &std::io::Error) -> bool {
    use std::io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset};
    matches!(error.kind(), ConnectionAborted | ConnectionRefused | ConnectionReset)
}

async fn serve_connection(
    connection: Connection,
    routes: watch::Receiver<Router>,
    stopping: CancellationToken,
) {
    let (remote, local) = (connection.remote(), connection.local().ok());
    let watched = Watched::new(connection);
    let reset_reason = watched.reset_reason();
    let service = service_fn(move |mut request: Request<Incoming>| {
        request.extensions_mut().insert(ConnectInfo(remote));
        request.extensions_mut().insert(reset_reason.clone());
        if let Some(local) = local {
            request.extensions_mut().insert(LocalAddress(local));
        }
        let router = routes.borrow().clone();
        router.oneshot(request.map(axum::body::Body::new))
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD_TIMEOUT)
        .max_buf_size(WRITE_BUFFER_BYTES)
        .serve_connection(TokioIo::new(watched), TowerToHyperService::new(service))
        .with_upgrades();
    let mut connection = std::pin::pin!(connection);
    let outcome = tokio::select! {
        outcome = connection.as_mut() => outcome,
        () = stopping.cancelled() => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    };
    if let Err(error) = outcome {
        tracing::debug!(%remote, "connection ended: {error}");
    }
}

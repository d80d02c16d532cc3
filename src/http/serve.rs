//! The accept loop: one task a connection, HTTP/1.1, WebSockets taken over from it.
//!
//! ```text
//! listener ─► accept ─► task: hyper ─► Router, the one that is in force when a request comes
//!     └─ out of files: wait, never spin       └─ stopping: finish what is short, end what is endless
//! ```

use std::{net::SocketAddr, time::Duration};

use axum::{Router, extract::ConnectInfo};
use hyper::{Request, body::Incoming, server::conn::http1};
use hyper_util::{
    rt::{TokioIo, TokioTimer},
    service::TowerToHyperService,
};
use tokio::{
    net::{TcpListener, TcpStream},
    sync::watch,
};
use tokio_util::{sync::CancellationToken, task::TaskTracker};
use tower::{ServiceExt, service_fn};

use super::{LocalAddress, watched::Watched};

/// A client that has not sent its request's head by then is closed.
const HEAD_TIMEOUT: Duration = Duration::from_secs(10);
/// How long accepting rests when the system has no file or memory left for a connection.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);
/// Bytes that may wait unsent in the kernel before a connection counts as full (tcp(7), `TCP_NOTSENT_LOWAT`).
const UNSENT_BYTES: u32 = 16 << 10;
/// What hyper keeps for a connection that takes an endless body slowly.
const WRITE_BUFFER_BYTES: usize = 64 << 10;

/// Serves on `listener` what `routes` holds, until `stopping`; connections run in `connections`.
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
                connections.spawn(connection(stream, remote, routes.clone(), stopping.clone()));
            }
            Err(error) if is_the_clients_fault(&error) => {}
            Err(error) => {
                tracing::warn!("cannot accept connections for now: {error}");
                tokio::time::sleep(ACCEPT_PAUSE).await;
            }
        }
    }
}

fn is_the_clients_fault(error: &std::io::Error) -> bool {
    use std::io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset};
    matches!(error.kind(), ConnectionAborted | ConnectionRefused | ConnectionReset)
}

/// Sends at once, and takes no more than can soon be sent: what waits in the kernel cannot be skipped any more.
fn prepare(stream: &TcpStream) -> std::io::Result<()> {
    stream.set_nodelay(true)?;
    socket2::SockRef::from(stream).set_tcp_notsent_lowat(UNSENT_BYTES)
}

async fn connection(
    stream: TcpStream,
    remote: SocketAddr,
    routes: watch::Receiver<Router>,
    stopping: CancellationToken,
) {
    if let Err(error) = prepare(&stream) {
        return tracing::debug!(%remote, "connection is gone already: {error}");
    }
    let local = stream.local_addr().ok();
    let stream = Watched::new(stream);
    let reset_reason = stream.reset_reason();
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
        .serve_connection(TokioIo::new(stream), TowerToHyperService::new(service))
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

//! The accept loop: one task a connection, HTTP/1.1, by TLS or plain; a WebSocket takes its connection over.
//!
//! ```text
//! listener ─► accept ─► place? ─► task: TLS ─► hyper ─► guard ─► the Router that is current when a request comes
//!     │                   └ 503             └─ stopping: finish what is short, end what is endless
//!     └─ out of files: pause, never spin
//! ```

use std::{
    convert::Infallible,
    time::{Duration, Instant},
};

use axum::{
    Router,
    body::Body,
    extract::ConnectInfo,
    http::{HeaderValue, header},
    response::Response,
};
use hyper::{Request, body::Incoming, server::conn::http1};
use hyper_util::{
    rt::{TokioIo, TokioTimer},
    service::TowerToHyperService,
};
use tokio::{net::TcpListener, sync::watch};
use tower::service_fn;

use super::{
    AppState, Encrypted, LocalAddress, ShownCertificate,
    connection::Connection,
    guard::guard,
    opening::Opening,
    policy, request_host,
    respond::{bad_request, raw_unavailable},
    to_https::{is_plain, to_https},
    watched::{TLS_TO_HTTP, Watched},
};
use crate::{
    access::{Access, Client},
    log_limiter::LogLimiter,
    tls::Tls,
};

/// A connection is closed when its request's head has not come by then.
const HEAD_TIMEOUT: Duration = Duration::from_secs(10);
/// Accepting pauses for this long when the system has no file or memory left for a connection.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);
/// Log at most one failure of accepting per interval; count the rest.
const LOG_INTERVAL: Duration = Duration::from_secs(10);
/// After this many connections other tasks have their turn.
const ACCEPTS_A_TURN: u32 = 8;
/// The longest head of a request. Hyper buffers as much of the answer, too, for a connection that accepts it slowly.
const HEAD_BYTES: usize = 16 << 10;

/// What is served on a port. It may change at any time.
#[derive(Clone, Debug, Default)]
pub struct Served {
    /// What answers.
    pub routes: Router,
    /// Connections that begin are encrypted by it; plain ones if there is none.
    pub tls: Option<Tls>,
    /// Requests of plain HTTP are sent to HTTPS at this port, if there is one.
    pub https_port: Option<u16>,
}

/// Serves on `listener`, behind the door, until the server stops; connections run as tasks, as many as their limit allows.
pub async fn serve(listener: TcpListener, served: watch::Receiver<Served>, app: AppState) {
    let opening = Opening::new();
    let mut failures = LogLimiter::new(LOG_INTERVAL);
    let mut accepts = 0;
    loop {
        accepts = (accepts + 1) % ACCEPTS_A_TURN;
        if accepts == 0 {
            tokio::task::yield_now().await;
        }
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            () = app.stopping.cancelled() => return,
        };
        match accepted {
            Ok((stream, remote)) => {
                let connection = match Connection::new(stream, remote) {
                    Ok(connection) => connection,
                    Err(error) => {
                        tracing::debug!(%remote, "connection closed at once: {error}");
                        continue;
                    }
                };
                match app.connection_limit.acquire(remote) {
                    Ok(permit) => {
                        let connection = connection.with_permit(permit);
                        app.tasks.spawn(serve_connection(
                            connection,
                            opening.clone(),
                            served.clone(),
                            app.clone(),
                        ));
                    }
                    // Without a handshake nothing can be said by TLS.
                    Err(_) if served.borrow().tls.is_some() => {}
                    Err(refused) => connection.refuse(&raw_unavailable(&refused.to_string())),
                }
            }
            Err(error) if is_client_error(&error) => {}
            Err(error) => {
                if let Some(others) = failures.event(Instant::now()) {
                    tracing::warn!(others, "accepting connections failed: {error}");
                }
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
    opening: Opening,
    served: watch::Receiver<Served>,
    AppState { access, certificate, stopping, .. }: AppState,
) {
    let (remote, local) = (connection.remote(), connection.local().ok());
    let Some((place, make_room)) = connection.place() else { return };
    let tls = served.borrow().tls.clone();
    let begun = tokio::select! {
        begun = opening.begin(connection, tls.as_ref()) => begun,
        () = make_room.cancelled() => return tracing::debug!(%remote, "quiet connection closed to make room"),
        () = stopping.cancelled() => return,
    };
    let Some(connection) = begun else { return };
    let is_encrypted = connection.is_encrypted();
    // Whoever speaks plain HTTP to a port of HTTPS learns where that is.
    let own_port = local.filter(|_| tls.is_some() && !is_encrypted).map(|local| local.port());
    let watched = Watched::new(connection);
    let reset_reason = watched.reset_reason();
    let reason_of_reset = reset_reason.clone();
    let mut has_asked = false;
    let service = service_fn(move |mut request: Request<Incoming>| {
        let extensions = request.extensions_mut();
        extensions.insert(ConnectInfo(remote));
        extensions.insert(reset_reason.clone());
        extensions.insert(place.clone());
        place.request_begins();
        if let Some(local) = local {
            extensions.insert(LocalAddress(local));
        }
        if is_encrypted {
            extensions.insert(Encrypted);
        }
        let (access, certificate, served) = (access.clone(), certificate.clone(), served.borrow().clone());
        let elsewhere = served.https_port.filter(|_| !is_encrypted && !is_plain(request.uri().path()));
        // A proxy's client is on HTTPS already.
        let elsewhere = elsewhere.filter(|_| {
            !Client::of(remote, false, request.headers(), &access.rules().trusted_proxies).is_https
        });
        let https_port = own_port.or(elsewhere);
        let is_first = !std::mem::replace(&mut has_asked, true);
        async move {
            // Requests that came together are answered one a turn, so that other connections have theirs between them.
            if !is_first {
                tokio::task::yield_now().await;
            }
            Ok::<_, Infallible>(answer(access, &certificate, served.routes, https_port, request).await)
        }
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD_TIMEOUT)
        .max_buf_size(HEAD_BYTES)
        .serve_connection(TokioIo::new(watched), TowerToHyperService::new(service))
        .with_upgrades();
    let mut connection = std::pin::pin!(connection);
    let outcome = tokio::select! {
        outcome = connection.as_mut() => outcome,
        () = make_room.cancelled() => return tracing::debug!(%remote, "quiet connection closed to make room"),
        () = stopping.cancelled() => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    };
    if reason_of_reset.reason() == Some(TLS_TO_HTTP) {
        opening.tls_to_http(remote);
    } else if let Err(error) = outcome {
        tracing::debug!(%remote, "connection ended: {error}");
    }
}

/// The answer to a request; one that names no host is refused whatever it asks for, and its connection ends. One that belongs to
/// HTTPS is sent to that port.
async fn answer(
    access: Access,
    certificate: &ShownCertificate,
    router: Router,
    https_port: Option<u16>,
    request: Request<Incoming>,
) -> Response {
    let mut response = match (request_host::check(&request), https_port) {
        (Ok(()), Some(port)) => to_https(&request, port),
        (Ok(()), None) => guard(access, certificate, router, request.map(Body::new)).await,
        (Err(error), _) => {
            let mut response = bad_request(&error);
            response.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
            response
        }
    };
    policy::protect_every_answer(response.headers_mut());
    response
}

//! How a connection begins: at once, or by the handshake of TLS, which has its time like a request's head.
//!
//! ```text
//! port of HTTPS ─┬─ a TLS record ──► handshake ─► requests
//!                └─ anything else ─► requests of plain HTTP, each answered with the address by https:// (to_https.rs)
//! port of HTTP  ─── requests; whoever begins with TLS is disconnected (watched.rs)
//! ```

use std::{
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};

use super::connection::{Connection, TLS_HANDSHAKE};
use crate::{log_limiter::LogLimiter, tls::Tls};

/// A handshake of TLS is done by then.
const HANDSHAKE_TIMEOUT: Duration = Duration::from_secs(10);
/// Log at most one connection that did not begin per interval and kind; count the rest.
const LOG_INTERVAL: Duration = Duration::from_secs(10);

/// Begins the connections of one port, and logs those that do not begin. Copies share what was logged.
#[derive(Clone, Debug)]
pub(super) struct Opening {
    no_handshake: Arc<Mutex<LogLimiter>>,
    tls_to_http: Arc<Mutex<LogLimiter>>,
}

impl Opening {
    pub(super) fn new() -> Self {
        let limiter = || Arc::new(Mutex::new(LogLimiter::new(LOG_INTERVAL)));
        Self { no_handshake: limiter(), tls_to_http: limiter() }
    }

    /// The connection when requests may come on it: encrypted if there is `tls` and the client speaks it. `None` when it has ended.
    pub(super) async fn begin(&self, mut connection: Connection, tls: Option<&Tls>) -> Option<Connection> {
        let Some(tls) = tls else { return Some(connection) };
        let remote = connection.remote();
        let begun = async {
            match connection.first_byte().await? {
                Some(TLS_HANDSHAKE) => connection.begin_tls(tls).await.map(Some),
                // Plain HTTP gets an answer; hyper has one for everything else, too.
                Some(_) => Ok(Some(())),
                None => Ok(None),
            }
        };
        match tokio::time::timeout(HANDSHAKE_TIMEOUT, begun).await {
            Ok(Ok(begun)) => begun.map(|()| connection),
            Ok(Err(error)) => {
                if let Some(others) = event(&self.no_handshake) {
                    tracing::info!(%remote, others, "TLS handshake failed: {error}");
                }
                None
            }
            Err(_) => {
                tracing::debug!(%remote, "TLS handshake not finished in time");
                None
            }
        }
    }

    /// A client has begun with TLS where plain HTTP is spoken.
    pub(super) fn tls_to_http(&self, remote: std::net::SocketAddr) {
        if let Some(others) = event(&self.tls_to_http) {
            tracing::info!(%remote, others, "connection closed: it speaks TLS, and this port plain HTTP");
        }
    }
}

fn event(limiter: &Mutex<LogLimiter>) -> Option<u64> {
    limiter.lock().expect("no holder of this lock panics").event(Instant::now())
}

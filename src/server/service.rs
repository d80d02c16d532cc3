//! A service: one listening socket, and what is served to the connections that it accepts.
//!
//! ```text
//! bind ─► run ─► run again, with something else: open connections get it, too ─► drop: accepts no more connections
//! ```
//! A service speaks HTTP, plain or by TLS, or RTSP with an accept loop of its own. One of another protocol is a [`Role`] more,
//! with an arm in `bind` and in `run`: WebRTC's media binds a UDP socket.
//!
//! A connection that we make, to record or to pass on, is no service: it will be a room of its own, `src/output/`, started
//! by the [`super::fleet`] for its camera, as a source is.

use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};

use tokio::{
    net::{TcpListener, TcpSocket},
    sync::watch,
};
use tokio_util::sync::CancellationToken;

use super::role::{Endpoint, Role};
use crate::{
    error::ServerError,
    http::{
        AppState,
        serve::{Served, serve},
    },
    os_error::in_words,
    rtsp,
};

/// Connections the system may hold for us before they are accepted.
const BACKLOG: u32 = 1024;

/// A bound service. Dropping it ends the accepting of connections; open ones stay.
#[derive(Debug)]
pub(super) struct Service {
    role: Role,
    endpoint: Endpoint,
    address: SocketAddr,
    /// The socket, until the service runs.
    listener: Option<TcpListener>,
    served: watch::Sender<Served>,
    stop: CancellationToken,
}

impl Drop for Service {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

impl Service {
    /// Listens at `endpoint`; the system holds connections until the service runs.
    ///
    /// # Errors
    /// When that cannot be listened on.
    pub(super) fn bind(role: Role, endpoint: Endpoint) -> Result<Self, ServerError> {
        let listener = match endpoint {
            Endpoint::Any(port) => bind_any(role, port)?,
            Endpoint::At(address) => bind(role, address)?,
        };
        let own = |error| ServerError::System { what: "cannot read our address", error };
        let address = listener.local_addr().map_err(own)?;
        let (served, stop) = (watch::Sender::new(Served::default()), CancellationToken::new());
        Ok(Self { role, endpoint, address, listener: Some(listener), served, stop })
    }

    /// Serves `served` from now on, and begins to accept connections if it does not yet.
    pub(super) fn run(&mut self, served: Served, app: &AppState) {
        drop(self.served.send_replace(served));
        let Some(listener) = self.listener.take() else { return };
        let (stop, app, role, served) = (self.stop.clone(), app.clone(), self.role, self.served.subscribe());
        let tasks = app.tasks.clone();
        tasks.spawn(async move {
            let serving = async {
                match role {
                    Role::Rtsp { .. } => rtsp::serve(listener, app).await,
                    Role::Http | Role::Https | Role::ClassicPage(_) | Role::ClassicSocket(_) => {
                        serve(listener, served, app).await;
                    }
                }
            };
            tokio::select! {
                () = stop.cancelled() => {}
                () = serving => {}
            }
        });
    }

    /// What it is for.
    pub(super) const fn role(&self) -> Role {
        self.role
    }

    /// Makes it one for another role, when it is run again.
    pub(super) const fn set_role(&mut self, role: Role) {
        self.role = role;
    }

    /// The address that it has: port 0 has become another.
    pub(super) const fn address(&self) -> SocketAddr {
        self.address
    }

    /// Whether it is, or can become, the service for `role` at `endpoint`. Where the system chose the port, another role is
    /// meant to have another port.
    pub(super) fn fits(&self, role: Role, endpoint: Endpoint) -> bool {
        self.endpoint == endpoint && self.role.speaks_as(role) && (self.role == role || endpoint.port() != 0)
    }
}

/// Every address: IPv6 with IPv4 in it, or IPv4 alone where there is no IPv6.
fn bind_any(role: Role, port: u16) -> Result<TcpListener, ServerError> {
    let both = SocketAddr::from((Ipv6Addr::UNSPECIFIED, port));
    match bind(role, both) {
        Err(ServerError::Bind { .. }) if TcpSocket::new_v6().is_err() => {
            bind(role, SocketAddr::from((Ipv4Addr::UNSPECIFIED, port)))
        }
        bound => bound,
    }
}

fn bind(role: Role, address: SocketAddr) -> Result<TcpListener, ServerError> {
    let listen = || {
        let socket = if address.is_ipv6() { TcpSocket::new_v6()? } else { TcpSocket::new_v4()? };
        socket.set_reuseaddr(true)?;
        socket.bind(address)?;
        socket.listen(BACKLOG)
    };
    listen().map_err(|error| {
        use std::io::ErrorKind::{AddrInUse, AddrNotAvailable, PermissionDenied};
        let option = role.option();
        let reason = match error.kind() {
            AddrInUse => {
                format!("port {} is in use by another program; {option} takes another", address.port())
            }
            AddrNotAvailable => "this machine has no such address".to_owned(),
            PermissionDenied => format!("port {} needs more rights; {option} takes another", address.port()),
            _ => in_words(&error),
        };
        ServerError::Bind { address, reason }
    })
}

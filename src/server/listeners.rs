//! Where the server listens, and how that is changed while it runs.

use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};

use axum::Router;
use tokio::net::{TcpListener, TcpSocket};
use tokio_util::sync::CancellationToken;

use crate::{
    config::Listen,
    error::{ServerError, in_words},
    http::{AppState, serve::serve},
};

/// Connections the system may hold for us before they are accepted.
const BACKLOG: u32 = 1024;

/// The listening sockets of the server.
#[derive(Debug, Default)]
pub(super) struct Listeners(Vec<Listener>);

#[derive(Debug)]
struct Listener {
    place: Place,
    address: SocketAddr,
    /// The socket, until it is served.
    socket: Option<TcpListener>,
    /// Ends the accepting of connections; those that are there stay.
    stop: CancellationToken,
}

/// What one listener was asked to listen on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    /// This port of every address.
    Everywhere(u16),
    /// This address.
    At(SocketAddr),
}

impl Listeners {
    /// Where it listens.
    pub(super) fn addresses(&self) -> Vec<SocketAddr> {
        self.0.iter().map(|listener| listener.address).collect()
    }

    /// Listens on what `listen` says: what is new is bound first, then the rest is let go. What stays is not touched, and
    /// connections that are there stay in any case.
    ///
    /// # Errors
    /// When an address cannot be listened on; then nothing has changed.
    pub(super) fn change(&mut self, listen: &Listen) -> Result<(), ServerError> {
        let places: Vec<Place> = match listen {
            Listen::Everywhere(port) => vec![Place::Everywhere(*port)],
            Listen::At(addresses) => addresses.iter().copied().map(Place::At).collect(),
        };
        let is_new = |place: &&Place| self.0.iter().all(|known| known.place != **place);
        let new = places.iter().filter(is_new).map(|place| Listener::bind(*place));
        let new = new.collect::<Result<Vec<_>, _>>()?;
        self.0.retain(|known| {
            let stays = places.contains(&known.place);
            if !stays {
                known.stop.cancel();
            }
            stays
        });
        self.0.extend(new);
        Ok(())
    }

    /// Begins to accept connections where that is not done yet.
    pub(super) fn serve(&mut self, router: &Router, app: &AppState) {
        for listener in &mut self.0 {
            let Some(socket) = listener.socket.take() else { continue };
            let (router, tasks) = (router.clone(), app.tasks.clone());
            let (stop, stopping) = (listener.stop.clone(), app.stopping.clone());
            app.tasks.spawn(async move {
                tokio::select! {
                    () = stop.cancelled() => {}
                    () = serve(socket, router, stopping, tasks) => {}
                }
            });
        }
    }
}

impl Listener {
    fn bind(place: Place) -> Result<Self, ServerError> {
        let socket = match place {
            Place::Everywhere(port) => bind_everywhere(port)?,
            Place::At(address) => bind(address)?,
        };
        let own = |error| ServerError::System { what: "cannot read our address", error };
        let address = socket.local_addr().map_err(own)?;
        Ok(Self { place, address, socket: Some(socket), stop: CancellationToken::new() })
    }
}

/// Every address: IPv6 with IPv4 in it, or IPv4 alone where there is no IPv6.
fn bind_everywhere(port: u16) -> Result<TcpListener, ServerError> {
    let both = SocketAddr::from((Ipv6Addr::UNSPECIFIED, port));
    match bind(both) {
        Err(ServerError::Bind { .. }) if TcpSocket::new_v6().is_err() => {
            bind(SocketAddr::from((Ipv4Addr::UNSPECIFIED, port)))
        }
        bound => bound,
    }
}

fn bind(address: SocketAddr) -> Result<TcpListener, ServerError> {
    let listen = || {
        let socket = if address.is_ipv6() { TcpSocket::new_v6()? } else { TcpSocket::new_v4()? };
        socket.set_reuseaddr(true)?;
        socket.bind(address)?;
        socket.listen(BACKLOG)
    };
    listen().map_err(|error| {
        use std::io::ErrorKind::{AddrInUse, AddrNotAvailable, PermissionDenied};
        let reason = match error.kind() {
            AddrInUse => {
                format!("port {} is in use by another program; --listen takes another", address.port())
            }
            AddrNotAvailable => "this machine has no such address".to_owned(),
            PermissionDenied => format!("port {} needs more rights; --listen takes another", address.port()),
            _ => in_words(&error),
        };
        ServerError::Bind { address, reason }
    })
}

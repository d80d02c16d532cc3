//! Where the server listens, and how that is changed while it runs.

use std::{
    collections::BTreeSet,
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
};

use axum::Router;
use tokio::{
    net::{TcpListener, TcpSocket},
    sync::watch,
};
use tokio_util::sync::CancellationToken;

use super::role::Role;
use crate::{
    compat,
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
    role: Role,
    place: Place,
    address: SocketAddr,
    /// The socket, until it is served.
    socket: Option<TcpListener>,
    /// What is served there; connections that are there go over to it, too.
    routes: watch::Sender<Router>,
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

impl Place {
    const fn port(self) -> u16 {
        match self {
            Self::Everywhere(port) => port,
            Self::At(address) => address.port(),
        }
    }
}

impl Listeners {
    /// Where it listens for our own addresses.
    pub(super) fn addresses(&self) -> Vec<SocketAddr> {
        self.0
            .iter()
            .filter(|listener| listener.role == Role::Ours)
            .map(|listener| listener.address)
            .collect()
    }

    /// The port of the first listener for `role`, if there is one.
    pub(super) fn port_of(&self, role: Role) -> Option<u16> {
        self.0.iter().find(|listener| listener.role == role).map(|listener| listener.address.port())
    }

    /// Listens on what `listen` says, and on the ports of the classic `systems` there: what is new is bound first, then
    /// the rest is let go. A port that stays is not bound anew, whatever it is for from now on, and connections that are
    /// there stay in any case.
    ///
    /// # Errors
    /// When an address cannot be listened on; then nothing has changed.
    pub(super) fn change(&mut self, listen: &Listen, systems: &[compat::Config]) -> Result<(), ServerError> {
        let wanted = wanted(listen, systems);
        let is_new = |(role, place): &&(Role, Place)| !self.0.iter().any(|known| known.serves(*role, *place));
        let mut new: Vec<Listener> = Vec::new();
        for (role, place) in wanted.iter().filter(is_new) {
            let bound = Listener::bind(*role, *place);
            new.push(bound.map_err(|error| self.in_our_words(error, &new))?);
        }
        self.0.retain_mut(|known| {
            match wanted.iter().find(|(role, place)| known.serves(*role, *place)) {
                Some((role, _)) => known.role = *role,
                None => {
                    known.stop.cancel();
                    return false;
                }
            }
            true
        });
        self.0.extend(new);
        Ok(())
    }

    /// That no other program has the port, where it is we who have it: for long, or by one of the `new` listeners.
    fn in_our_words(&self, error: ServerError, new: &[Listener]) -> ServerError {
        let ServerError::Bind { address, .. } = error else { return error };
        let port = address.port();
        let has_port = |listener: &&Listener| listener.address.port() == port;
        let reason = if self.0.iter().any(|known| has_port(&known)) {
            format!("port {port} is listened on already, at another address; a restart goes over to this one")
        } else if let Some(other) = new.iter().find(has_port) {
            format!("{} is listened on already, which includes it; leave one of them out", other.address)
        } else {
            return error;
        };
        ServerError::Bind { address, reason }
    }

    /// Serves on every listener what `router_of` gives for its role and port, and begins to accept connections where that is
    /// not done yet.
    pub(super) fn serve(&mut self, router_of: impl Fn(Role, u16) -> Router, app: &AppState) {
        for listener in &mut self.0 {
            drop(listener.routes.send_replace(router_of(listener.role, listener.address.port())));
            let Some(socket) = listener.socket.take() else { continue };
            let (routes, tasks) = (listener.routes.subscribe(), app.tasks.clone());
            let (stop, stopping) = (listener.stop.clone(), app.stopping.clone());
            app.tasks.spawn(async move {
                tokio::select! {
                    () = stop.cancelled() => {}
                    () = serve(socket, routes, stopping, tasks) => {}
                }
            });
        }
    }
}

/// Every place to listen on, and what for. A page that has one of our ports needs no listener there.
fn wanted(listen: &Listen, systems: &[compat::Config]) -> Vec<(Role, Place)> {
    let ours: Vec<Place> = match listen {
        Listen::Everywhere(port) => vec![Place::Everywhere(*port)],
        Listen::At(addresses) => addresses.iter().copied().map(Place::At).collect(),
    };
    let also = |port: u16| -> Vec<Place> {
        let places: Vec<Place> = match listen {
            Listen::Everywhere(_) => vec![Place::Everywhere(port)],
            Listen::At(addresses) => {
                let hosts: BTreeSet<IpAddr> = addresses.iter().map(SocketAddr::ip).collect();
                hosts.into_iter().map(|host| Place::At(SocketAddr::new(host, port))).collect()
            }
        };
        places.into_iter().filter(|place| port == 0 || !ours.contains(place)).collect()
    };
    let mut wanted: Vec<_> = ours.iter().map(|place| (Role::Ours, *place)).collect();
    for compat::Config { system, ports, .. } in systems {
        wanted.extend(also(ports.page).into_iter().map(|place| (Role::Page(*system), place)));
        wanted.extend(also(ports.socket).into_iter().map(|place| (Role::Socket(*system), place)));
    }
    wanted
}

impl Listener {
    /// Whether this is the listener for `role` at `place`. One for another role can become it, unless the system was to
    /// choose the port.
    fn serves(&self, role: Role, place: Place) -> bool {
        self.place == place && (self.role == role || place.port() != 0)
    }

    fn bind(role: Role, place: Place) -> Result<Self, ServerError> {
        let socket = match place {
            Place::Everywhere(port) => bind_everywhere(port)?,
            Place::At(address) => bind(address)?,
        };
        let own = |error| ServerError::System { what: "cannot read our address", error };
        let address = socket.local_addr().map_err(own)?;
        Ok(Self {
            role,
            place,
            address,
            socket: Some(socket),
            routes: watch::Sender::new(Router::new()),
            stop: CancellationToken::new(),
        })
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

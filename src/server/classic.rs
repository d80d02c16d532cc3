//! Puts the classic systems together: for each a page and a WebSocket on ports of their own.
//!
//! ```text
//! Role::Ours              all our addresses; behind a page that has the same port
//! Role::Page(system)      its page and nothing else
//! Role::Socket(system)    its WebSocket at any path
//! ```

use axum::{Router, routing::MethodRouter};

use super::{listeners::Listeners, role::Role};
use crate::{
    compat::{Config, Page, Ports, System, routes, share},
    http::AppState,
    transport,
};

/// What is served where, for as long as the classic systems and their ports stay the same.
pub(super) struct Routers {
    app: AppState,
    ours: Router,
    classics: Vec<(Config, Ports)>,
}

impl Routers {
    /// For `systems`, whose ports `listeners` has; `ours` has all our addresses.
    pub(super) fn new(app: &AppState, ours: Router, systems: &[Config], listeners: &Listeners) -> Self {
        let classics = systems.iter().map(|config| (config.clone(), ports_of(config, listeners)));
        Self { app: app.clone(), ours, classics: classics.collect() }
    }

    /// What a listener on `port` serves.
    pub(super) fn of(&self, role: Role, port: u16) -> Router {
        let of_system = |system| self.classics.iter().find(move |(config, _)| config.system == system);
        match role {
            Role::Ours => self
                .classics
                .iter()
                .filter(|(_, ports)| ports.page == port)
                .fold(self.ours.clone(), |ours, (config, ports)| share(self.page(config, *ports), ours)),
            Role::Page(system) => of_system(system)
                .map_or_else(Router::new, |(config, ports)| routes(self.page(config, *ports))),
            Role::Socket(system) => any_path(socket_of(system), &self.app),
        }
    }

    fn page(&self, config: &Config, ports: Ports) -> Page {
        Page {
            system: config.system,
            folder: config.folder.clone(),
            socket_port: ports.socket,
            app: self.app.clone(),
        }
    }
}

/// Where a system is in truth: port 0 has become another.
pub(super) fn ports_of(config: &Config, listeners: &Listeners) -> Ports {
    let port = |role, wanted| listeners.port_of(role).unwrap_or(wanted);
    Ports {
        page: port(Role::Page(config.system), config.ports.page),
        socket: port(Role::Socket(config.system), config.ports.socket),
    }
}

/// The transport that a system's library speaks.
fn socket_of(system: System) -> MethodRouter<AppState> {
    match system {
        System::Broadway => transport::classic::ws_h264::broadway_socket(),
        System::Pistreaming => transport::classic::ws_jsmp::pistreaming_socket(),
    }
}

/// The old servers looked at no path.
fn any_path(socket: MethodRouter<AppState>, app: &AppState) -> Router {
    Router::new().route("/", socket.clone()).route("/{*path}", socket).with_state(app.clone())
}

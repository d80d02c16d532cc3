//! Serves the classic systems: for each a page and a WebSocket on ports of their own.
//!
//! ```text
//! Role::Http                     all our addresses; behind a page that has the same port
//! Role::Https                    all our addresses
//! Role::ClassicPage(system)      its page and nothing else
//! Role::ClassicSocket(system)    its WebSocket at any path
//! ```

use axum::{Router, routing::MethodRouter};

use super::{
    role::{Endpoint, Role},
    services::Services,
};
use crate::{
    compat::{Config, Page, Ports, System, routes, share},
    config::Listen,
    http::AppState,
    transport,
};

/// The services of `systems`: two for each, on the addresses of `listen`. A page on a port of ours needs none there.
pub(super) fn services(systems: &[Config], listen: &Listen) -> Vec<(Role, Endpoint)> {
    let both = |Config { system, ports, .. }: &Config| {
        let page = Endpoint::on_port(ports.page, listen).into_iter();
        let socket = Endpoint::on_port(ports.socket, listen).into_iter();
        let (page_role, socket_role) = (Role::ClassicPage(*system), Role::ClassicSocket(*system));
        page.map(move |at| (page_role, at)).chain(socket.map(move |at| (socket_role, at)))
    };
    systems.iter().flat_map(both).collect()
}

/// What each role serves, for one configuration of the classic systems.
pub(super) struct Routers {
    app: AppState,
    ours: Router,
    classics: Vec<(Config, Ports)>,
}

impl Routers {
    /// For `systems`, whose ports `services` has; `ours` has all our addresses.
    pub(super) fn new(app: &AppState, ours: Router, systems: &[Config], services: &Services) -> Self {
        let classics = systems.iter().map(|config| (config.clone(), ports_of(config, services)));
        Self { app: app.clone(), ours, classics: classics.collect() }
    }

    /// What a service on `port` serves.
    pub(super) fn of(&self, role: Role, port: u16) -> Router {
        let of_system = |system| self.classics.iter().find(move |(config, _)| config.system == system);
        match role {
            Role::Http => self
                .classics
                .iter()
                .filter(|(_, ports)| ports.page == port)
                .fold(self.ours.clone(), |ours, (config, ports)| share(self.page(config, *ports), ours)),
            Role::Https => self.ours.clone(),
            Role::ClassicPage(system) => of_system(system)
                .map_or_else(Router::new, |(config, ports)| routes(self.page(config, *ports))),
            Role::ClassicSocket(system) => any_path(socket_of(system), &self.app),
            Role::Rtsp { .. } => Router::new(),
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

/// The ports that a system has: port 0 has become another.
pub(super) fn ports_of(config: &Config, services: &Services) -> Ports {
    let port = |role, wanted| services.port_of(role).unwrap_or(wanted);
    Ports {
        page: port(Role::ClassicPage(config.system), config.ports.page),
        socket: port(Role::ClassicSocket(config.system), config.ports.socket),
    }
}

/// The transport that a system's player speaks.
fn socket_of(system: System) -> MethodRouter<AppState> {
    match system {
        System::Broadway => transport::classic::ws_h264::broadway_socket(),
        System::Pistreaming => transport::classic::ws_jsmp::pistreaming_socket(),
    }
}

/// The WebSocket at any path, as the original servers answered.
fn any_path(socket: MethodRouter<AppState>, app: &AppState) -> Router {
    Router::new().route("/", socket.clone()).route("/{*path}", socket).with_state(app.clone())
}

//! The services of the server, and how they are changed while it runs.
//!
//! ```text
//! change: new ones are bound ─► a port that stays keeps its socket ─► the others are dropped
//! run:    each serves what its role is now
//! ```

use std::net::SocketAddr;

use super::{
    role::{Endpoint, Role},
    service::Service,
};
use crate::{
    error::ServerError,
    http::{AppState, serve::Served},
};

/// The services of a server.
#[derive(Debug, Default)]
pub(super) struct Services(Vec<Service>);

impl Services {
    /// Where it listens for `role`.
    pub(super) fn addresses(&self, role: Role) -> Vec<SocketAddr> {
        self.0.iter().filter(|service| service.role() == role).map(Service::address).collect()
    }

    /// Where it listens for RTSP.
    pub(super) fn rtsp_addresses(&self) -> Vec<SocketAddr> {
        let rtsp = self.0.iter().filter(|service| matches!(service.role(), Role::Rtsp { .. }));
        rtsp.map(Service::address).collect()
    }

    /// The port of the first service for `role`, if there is one.
    pub(super) fn port_of(&self, role: Role) -> Option<u16> {
        self.0.iter().find(|service| service.role() == role).map(|service| service.address().port())
    }

    /// Makes the services those that are `wanted`: new ones are bound first, then the others are dropped. A port that stays
    /// is not bound again, even if its role changes, and open connections always stay.
    ///
    /// # Errors
    /// When an address cannot be listened on; then nothing has changed.
    pub(super) fn change(&mut self, wanted: &[(Role, Endpoint)]) -> Result<(), ServerError> {
        let is_new =
            |(role, endpoint): &&(Role, Endpoint)| !self.0.iter().any(|known| known.fits(*role, *endpoint));
        let mut new: Vec<Service> = Vec::new();
        for (role, endpoint) in wanted.iter().filter(is_new) {
            let bound = Service::bind(*role, *endpoint).map_err(|error| self.explain(error, &new));
            match bound {
                Ok(service) => new.push(service),
                Err(error) if role.may_fail() => {
                    tracing::warn!("no RTSP: {error}, --rtsp off none");
                }
                Err(error) => return Err(error),
            }
        }
        let is_reload = !self.0.is_empty();
        self.0.retain_mut(|known| {
            let stays = wanted.iter().find(|(role, endpoint)| known.fits(*role, *endpoint));
            if let Some((role, _)) = stays {
                known.set_role(*role);
            } else {
                tracing::info!("address removed: no longer listening on {}", known.address());
            }
            stays.is_some()
        });
        for added in new.iter().filter(|_| is_reload) {
            tracing::info!("address added: listening on {}", added.address());
        }
        self.0.extend(new);
        Ok(())
    }

    /// Corrects the error of a port that this program itself listens on, by a known service or by one of the `new` ones.
    fn explain(&self, error: ServerError, new: &[Service]) -> ServerError {
        let ServerError::Bind { address, .. } = error else { return error };
        let port = address.port();
        let has_port = |service: &&Service| service.address().port() == port;
        let reason = if self.0.iter().any(|known| has_port(&known)) {
            format!("port {port} is listened on already, at another address; a restart goes over to this one")
        } else if let Some(other) = new.iter().find(has_port) {
            format!("{} is listened on already, which includes it; leave one of them out", other.address())
        } else {
            return error;
        };
        ServerError::Bind { address, reason }
    }

    /// Role and port of each service.
    pub(super) fn all(&self) -> impl Iterator<Item = (Role, u16)> {
        self.0.iter().map(|service| (service.role(), service.address().port()))
    }

    /// Runs every service, or lets it serve something else: what `served` has for it, in the order of [`Self::all`].
    pub(super) fn run(&mut self, served: Vec<Served>, app: &AppState) {
        for (service, served) in self.0.iter_mut().zip(served) {
            service.run(served, app);
        }
    }
}

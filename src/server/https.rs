//! HTTPS beside plain HTTP: which certificate is shown, and what each port serves.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use axum::Router;

use super::{
    role::{Endpoint, Role},
    services::Services,
};
use crate::{
    config::Config,
    http::serve::Served,
    tls::{Certificate, Tls, TlsError},
};

/// A changed certificate is shown within twice this time.
const LOOK_EVERY: Duration = Duration::from_millis(500);

/// A certificate as it is configured, and as it is shown.
type Prepared = Option<(Certificate, Tls)>;

/// The certificate that is shown now, if there is HTTPS. Copies share it.
#[derive(Clone, Debug, Default)]
pub(super) struct Https(Arc<Mutex<Prepared>>);

impl Https {
    /// The services that `config` asks for.
    pub(super) fn services(config: &Config) -> Vec<(Role, Endpoint)> {
        let endpoints = config.tls.iter().flat_map(|tls| Endpoint::listed(&tls.listen));
        endpoints.map(|endpoint| (Role::Https, endpoint)).collect()
    }

    /// The certificate for `config`; the one of now, if that is the same. It reads files.
    ///
    /// # Errors
    /// When there is none to show.
    pub(super) fn prepare(&self, config: &Config) -> Result<Prepared, TlsError> {
        let Some(tls) = &config.tls else { return Ok(None) };
        let now = self.now().filter(|(certificate, _)| *certificate == tls.certificate);
        match now {
            Some(now) => Ok(Some(now)),
            None => {
                let made = Tls::new(&tls.certificate, config.state.as_deref())?;
                Ok(Some((tls.certificate.clone(), made)))
            }
        }
    }

    /// Shows another certificate from now on.
    pub(super) fn set(&self, prepared: Prepared) {
        *self.0.lock().expect("no holder of this lock panics") = prepared;
    }

    /// What is shown now.
    pub(super) fn shown(&self) -> Option<Tls> {
        self.now().map(|(_, tls)| tls)
    }

    /// What a service serves whose routes are `routes`, by its role.
    pub(super) fn served(&self, config: &Config, services: &Services, role: Role, routes: Router) -> Served {
        let tls = self.shown().filter(|_| role == Role::Https);
        let redirects = role == Role::Http && config.tls.as_ref().is_some_and(|tls| tls.redirect);
        let https_port = services.port_of(Role::Https).filter(|_| redirects);
        Served { routes, tls, https_port }
    }

    /// Looks for changed files and addresses until it is dropped.
    pub(super) async fn look_again(self) {
        let mut ticks = tokio::time::interval(LOOK_EVERY);
        loop {
            ticks.tick().await;
            if let Some((_, tls)) = self.now() {
                // The file system may take its time.
                drop(tokio::task::spawn_blocking(move || tls.look_again()).await);
            }
        }
    }

    fn now(&self) -> Prepared {
        self.0.lock().expect("no holder of this lock panics").clone()
    }
}

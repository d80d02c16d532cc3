//! The composition root: puts cameras, sources, routes and services together, changes them, and stops them.
//!
//! ```text
//! Config ─► bind ─► Server ─► run ─┬─► Fleet: sources, renditions ─► Camera ◄─┐
//!    ▲                             └─► Services: connections ─► routes ───────┘
//!    └ another one while it runs
//! ```

mod classic;
mod fleet;
mod https;
mod memory;
mod role;
mod service;
mod services;

use std::{net::SocketAddr, time::Duration};

use axum::{
    Router,
    extract::Request,
    http::{HeaderValue, Uri, header},
    middleware::{from_fn, from_fn_with_state},
    response::Redirect,
    routing::any,
};
use tokio::sync::mpsc;
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use self::{
    classic::Routers,
    fleet::Fleet,
    https::Https,
    role::{Endpoint, Role},
    services::Services,
};
use crate::{
    access::Access,
    clock::Clock,
    compat::{Ports, System},
    config::Config,
    error::ServerError,
    http::{
        AppState, CameraOf, Cameras, ConnectionLimit, ShownCertificate, ViewerLimit, action, api_routes,
        link_routes, login_routes, metrics_routes, not_found, page_routes, policy, serve::Served,
        trust_routes,
    },
    systemd, transport,
};

/// Connections have this long to end when the server stops.
const STOP_WITHIN: Duration = Duration::from_millis(900);

/// A change of the state folder is seen within this.
const LOOK_EVERY: Duration = Duration::from_millis(500);

/// The close reason of every viewer when the server stops.
const STOPPED: &str = "The server was stopped";

/// A server that listens and has not begun to run.
#[derive(Debug)]
pub struct Server {
    services: Services,
    https: Https,
    config: Config,
    app: AppState,
}

impl Server {
    /// Binds the addresses; nothing runs yet.
    ///
    /// # Errors
    /// When an address cannot be listened on.
    pub fn bind(config: &Config) -> Result<Self, ServerError> {
        let clock = Clock::start();
        let app = AppState {
            cameras: Cameras::default(),
            access: Access::new(config.access.clone(), config.state.clone(), clock)
                .map_err(|error| ServerError::System { what: "cannot prepare access", error })?,
            clock,
            certificate: ShownCertificate::default(),
            viewer_limit: ViewerLimit::new(config.limits.viewers),
            connection_limit: ConnectionLimit::new(config.limits.connection_bounds()),
            stopping: CancellationToken::new(),
            tasks: TaskTracker::new(),
        };
        let https = Https::default();
        https.set(https.prepare(config)?);
        let mut services = Services::default();
        services.change(&wanted(config))?;
        app.certificate.set(https.shown());
        Ok(Self { services, https, config: config.clone(), app })
    }

    /// What decides who may do what.
    #[must_use]
    pub fn access(&self) -> Access {
        self.app.access.clone()
    }

    /// Where it listens.
    #[must_use]
    pub fn addresses(&self) -> Vec<SocketAddr> {
        self.services.addresses(Role::Http)
    }

    /// Where it listens for HTTPS.
    #[must_use]
    pub fn https_addresses(&self) -> Vec<SocketAddr> {
        self.services.addresses(Role::Https)
    }

    /// Where it listens for RTSP.
    #[must_use]
    pub fn rtsp_addresses(&self) -> Vec<SocketAddr> {
        self.services.rtsp_addresses()
    }

    /// The classic systems and their ports.
    #[must_use]
    pub fn classics(&self) -> Vec<(System, Ports)> {
        let with_ports = |config| classic::ports_of(config, &self.services);
        self.config.compat.iter().map(|config| (config.system, with_ports(config))).collect()
    }

    /// Runs until `stop`, or until every source has ended for good.
    ///
    /// # Errors
    /// When every source has ended for good.
    pub async fn run(self, stop: impl Future<Output = ()>) -> Result<(), ServerError> {
        let (_none, reloads) = mpsc::channel(1);
        self.run_with(stop, reloads).await
    }

    /// Runs as [`Self::run`] does, and applies each configuration that `reloads` receives. One whose addresses cannot be
    /// listened on changes nothing.
    ///
    /// # Errors
    /// When every source has ended for good.
    pub async fn run_with(
        self,
        stop: impl Future<Output = ()>,
        mut reloads: mpsc::Receiver<Config>,
    ) -> Result<(), ServerError> {
        let Self { mut services, https, config, app } = self;
        let ours = router(app.clone());
        let routers = Routers::new(&app, ours.clone(), &config.compat, &services);
        let mut fleet = Fleet::new(app.clone());
        fleet.apply(&config.cameras).await;
        let reporting = tokio::spawn(systemd::report(app.cameras.clone()));
        let giving_back = tokio::spawn(memory::give_back(app.connection_limit.clone()));
        let looking = tokio::spawn(look_again(app.access.clone()));
        let looking_at_https = tokio::spawn(https.clone().look_again());
        run(&mut services, &https, &config, &routers, &app);
        let mut stop = std::pin::pin!(stop);
        let outcome = loop {
            let config = tokio::select! {
                () = &mut stop => break Ok(()),
                reason = fleet.all_ended() => break Err(ServerError::SourceEnded(reason)),
                Some(config) = reloads.recv() => config,
            };
            let prepared = https.prepare(&config).map_err(ServerError::from);
            match prepared.and_then(|prepared| services.change(&wanted(&config)).map(|()| prepared)) {
                Ok(prepared) => https.set(prepared),
                Err(error) => {
                    tracing::error!("configuration not applied: {error}");
                    continue;
                }
            }
            app.certificate.set(https.shown());
            let routers = Routers::new(&app, ours.clone(), &config.compat, &services);
            run(&mut services, &https, &config, &routers, &app);
            app.access.set_rules(config.access.clone());
            app.viewer_limit.set_bounds(config.limits.viewers);
            app.connection_limit.set_bounds(config.limits.connection_bounds());
            fleet.apply(&config.cameras).await;
            tracing::info!("configuration applied");
        };
        reporting.abort();
        giving_back.abort();
        looking.abort();
        looking_at_https.abort();
        systemd::stopping();
        app.stopping.cancel();
        fleet.close(STOPPED);
        app.tasks.close();
        if tokio::time::timeout(STOP_WITHIN, app.tasks.wait()).await.is_err() {
            tracing::debug!("connections left open when the server ended");
        }
        outcome
    }
}

/// Runs all services with what `config` asks for.
fn run(services: &mut Services, https: &Https, config: &Config, routers: &Routers, app: &AppState) {
    let served: Vec<Served> = services
        .all()
        .map(|(role, port)| https.served(config, services, role, routers.of(role, port)))
        .collect();
    services.run(served, app);
}

/// Looks for users and revoked links that a command has written.
async fn look_again(access: Access) {
    let mut ticks = tokio::time::interval(LOOK_EVERY);
    loop {
        ticks.tick().await;
        let access = access.clone();
        // The file system may take its time.
        drop(tokio::task::spawn_blocking(move || access.look_again()).await);
    }
}

/// The services that `config` asks for, a line for each kind.
fn wanted(config: &Config) -> Vec<(Role, Endpoint)> {
    let mut wanted = Vec::new();
    wanted.extend(Endpoint::listed(&config.listen).into_iter().map(|endpoint| (Role::Http, endpoint)));
    wanted.extend(Https::services(config));
    wanted.extend(classic::services(&config.compat, &config.listen));
    if let Some((port, is_default)) = config.rtsp.beside(&config.ports()) {
        let endpoints = Endpoint::on_port(port, &config.listen).into_iter();
        wanted.extend(endpoints.map(|endpoint| (Role::Rtsp { is_default }, endpoint)));
    }
    wanted
}

/// All addresses: each camera's tree under `/cam/NAME/`, the first camera's also at `/`.
fn router(app: AppState) -> Router {
    let tree = || {
        Router::new()
            .merge(
                page_routes()
                    .route_layer(from_fn_with_state(app.clone(), transport::stream_mjpg::action))
                    .route_layer(from_fn_with_state(app.clone(), transport::snapshot::action))
                    .route_layer(from_fn(action::refuse_unknown)),
            )
            .merge(transport::ws_live::routes())
            .merge(transport::ws_mp4::routes())
            .merge(transport::classic::routes())
            .merge(transport::stream_h264::routes())
            .merge(transport::stream_mp4::routes())
            .merge(transport::stream_ts::routes())
            .merge(transport::stream_mjpg::routes())
            .merge(transport::snapshot::routes())
            .merge(transport::state_json::routes())
            .route_layer(from_fn(policy::for_any_origin))
    };
    Router::new()
        .merge(tree())
        .nest("/cam/{camera}/", tree())
        .route("/cam/{camera}", any(with_slash))
        .merge(api_routes())
        .merge(link_routes())
        .merge(login_routes())
        .merge(metrics_routes())
        .merge(trust_routes())
        .fallback(|request: Request| async move { not_found(request.uri().path(), request.headers()) })
        .with_state(app)
}

/// `/cam/NAME` without its slash: relative, so that it works behind a proxy at any prefix.
async fn with_slash(CameraOf(camera): CameraOf, uri: Uri) -> axum::response::Response {
    use axum::response::IntoResponse;
    let mut response = Redirect::permanent("./").into_response();
    let query = uri.query().map_or_else(String::new, |query| format!("?{query}"));
    if let Ok(location) = HeaderValue::from_str(&format!("{}/{query}", camera.name())) {
        response.headers_mut().insert(header::LOCATION, location);
    }
    response
}

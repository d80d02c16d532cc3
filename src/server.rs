//! The composition root: cameras, their sources, the routes, the listeners, and the end of it all.
//!
//! ```text
//! Config ─► bind ─► Server ─► run ─┬─► supervise(source) ─► Camera ◄─┐
//!                                  └─► serve(listener) ─► routes ────┘
//! ```

use std::{
    net::{Ipv4Addr, Ipv6Addr, SocketAddr},
    time::Duration,
};

use axum::{
    Router,
    extract::Request,
    http::{HeaderValue, Uri},
    response::Redirect,
    routing::any,
};
use tokio::net::{TcpListener, TcpSocket};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use crate::{
    clock::Clock,
    config::{Config, Listen},
    encode,
    error::{ServerError, in_words},
    http::{
        AppState, CameraOf, Cameras, Places, api_routes, metrics_routes, not_found, page_routes, serve::serve,
    },
    hub::{CacheLimits, Camera, Orders, Publisher},
    source::{Finished, Source, supervise},
    transport,
};

/// Connections the system may hold for us before they are accepted.
const BACKLOG: u32 = 1024;
/// From the wish to stop to the end, at most.
const STOP_WITHIN: Duration = Duration::from_millis(900);

/// A server that listens and has not begun to run.
#[derive(Debug)]
pub struct Server {
    listeners: Vec<TcpListener>,
    addresses: Vec<SocketAddr>,
    sources: Vec<(Source, Publisher)>,
    renditions: Vec<(Orders, encode::Settings)>,
    app: AppState,
}

impl Server {
    /// Binds the addresses and sets up the cameras; nothing runs yet.
    ///
    /// # Errors
    /// When an address cannot be listened on.
    pub fn bind(config: &Config) -> Result<Self, ServerError> {
        let listeners = match &config.listen {
            Listen::Everywhere(port) => vec![bind_everywhere(*port)?],
            Listen::At(addresses) => {
                addresses.iter().map(|address| bind(*address)).collect::<Result<_, _>>()?
            }
        };
        let addresses = listeners.iter().map(TcpListener::local_addr).collect::<Result<_, _>>();
        let addresses =
            addresses.map_err(|error| ServerError::System { what: "cannot read our address", error })?;
        let clock = Clock::start();
        let cameras = Cameras::default();
        let (mut sources, mut renditions) = (Vec::new(), Vec::new());
        for camera in &config.cameras {
            let (hub_camera, publisher, orders) =
                Camera::new(camera.name.clone(), clock, CacheLimits::default());
            cameras.add(hub_camera);
            renditions.push((orders, encode::Settings { video: camera.source.encoding() }));
            sources.push((camera.source.clone(), publisher));
        }
        let app = AppState {
            cameras,
            clock,
            places: Places::new(config.max_viewers),
            stopping: CancellationToken::new(),
            tasks: TaskTracker::new(),
        };
        Ok(Self { listeners, addresses, sources, renditions, app })
    }

    /// Where it listens.
    #[must_use]
    pub fn addresses(&self) -> &[SocketAddr] {
        &self.addresses
    }

    /// Runs until `stop`, or until the only source came to its end.
    ///
    /// # Errors
    /// When the only source came to an end that is final.
    pub async fn run(self, stop: impl Future<Output = ()>) -> Result<(), ServerError> {
        let Self { listeners, sources, renditions, app, .. } = self;
        let stopping = app.stopping.clone();
        let clock = app.clock;
        let router = router(app.clone());
        let tasks = app.tasks.clone();
        for listener in listeners {
            tasks.spawn(serve(listener, router.clone(), stopping.clone(), tasks.clone()));
        }
        for (orders, settings) in renditions {
            tasks.spawn(encode::serve(orders, settings, stopping.clone()));
        }
        let mut supervisors = tokio::task::JoinSet::new();
        for (source, publisher) in sources {
            supervisors.spawn(supervise(source, publisher, clock, stopping.clone()));
        }
        let outcome = tokio::select! {
            () = stop => Ok(()),
            () = all_ended(&mut supervisors) => {
                let camera = app.cameras.all().into_iter().next();
                let reason = camera.map(|camera| camera.state().borrow().message().to_owned());
                Err(ServerError::SourceEnded(reason.unwrap_or_default()))
            }
        };
        stopping.cancel();
        for camera in app.cameras.all() {
            camera.close();
        }
        tasks.close();
        let finish = async {
            tokio::join!(tasks.wait(), async { while supervisors.join_next().await.is_some() {} });
        };
        if tokio::time::timeout(STOP_WITHIN, finish).await.is_err() {
            tracing::debug!("some connections had to be cut");
        }
        outcome
    }
}

/// Waits until every source has come to an end that is final.
async fn all_ended(supervisors: &mut tokio::task::JoinSet<Finished>) {
    while let Some(finished) = supervisors.join_next().await {
        if let Err(error) = finished {
            tracing::error!("a source's task has failed: {error}");
        }
    }
}

/// All addresses: each camera's tree under `/cam/NAME/`, the first camera's also at `/`.
fn router(app: AppState) -> Router {
    let tree = || {
        Router::new()
            .merge(page_routes())
            .merge(transport::ws_live::routes())
            .merge(transport::ws_mp4::routes())
            .merge(transport::ws_h264::routes())
            .merge(transport::stream_h264::routes())
            .merge(transport::stream_mp4::routes())
            .merge(transport::stream_ts::routes())
    };
    Router::new()
        .merge(tree())
        .nest("/cam/{camera}/", tree())
        .route("/cam/{camera}", any(with_slash))
        .merge(api_routes())
        .merge(metrics_routes())
        .fallback(|request: Request| async move { not_found(request.uri().path()) })
        .with_state(app)
}

/// `/cam/NAME` without its slash: relative, so that it works behind a proxy at any prefix.
async fn with_slash(CameraOf(camera): CameraOf, uri: Uri) -> axum::response::Response {
    use axum::response::IntoResponse;
    let mut response = Redirect::permanent("./").into_response();
    let query = uri.query().map_or_else(String::new, |query| format!("?{query}"));
    if let Ok(location) = HeaderValue::from_str(&format!("{}/{query}", camera.name())) {
        response.headers_mut().insert(axum::http::header::LOCATION, location);
    }
    response
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

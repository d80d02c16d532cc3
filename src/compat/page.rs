//! The page of a classic system: our own from the build, or the user's folder.
//!
//! ```text
//! GET /            pistreaming: 301 to /index.html          broadway: index.html
//! GET /index.html  with its placeholders filled in          others: as they are
//! ```
//! GET and HEAD only. A user's files carry no Content-Security-Policy of ours, and only pistreaming's index.html, which
//! always had placeholders, is changed.

use std::{sync::Arc, time::Duration};

use axum::{
    Router,
    body::Body,
    extract::{Request, State},
    http::{HeaderMap, HeaderValue, Method, StatusCode, header, request::Parts},
    response::{IntoResponse, Response},
};
use tower::ServiceExt;
use tower_http::services::ServeFile;

use super::{Folder, System, fill::Values};
use crate::{
    access::Grant,
    http::{
        AppState, LocalAddress, Remote, action, embedded_file, embedded_page, host::Host, policy::Caching,
    },
    hub::{Camera, Delivery, ViewerInfo},
};

/// A page that contains the picture's size waits for the first picture at most this long.
const SIZE_WITHIN: Duration = Duration::from_secs(1);
/// The size in pistreaming's server.py, for a camera that sends no picture in time.
const DEFAULT_SIZE: (u32, u32) = (640, 480);
/// Most bytes of an index.html.
const MAX_PAGE_BYTES: u64 = 1 << 20;
const METHODS: HeaderValue = HeaderValue::from_static("GET, HEAD");

/// One system's page.
#[derive(Clone, Debug)]
pub struct Page {
    /// The system.
    pub system: System,
    /// The user's folder; `None` for our page.
    pub folder: Option<Folder>,
    /// Port of its WebSocket.
    pub socket_port: u16,
    /// The state that all handlers share.
    pub app: AppState,
}

/// A PAGE port of its own: the page and nothing else.
pub fn routes(page: Page) -> Router {
    Router::new().fallback(alone).with_state(Arc::new(page))
}

/// The page in front of `ours`, on a port that both share.
pub fn share(page: Page, ours: Router) -> Router {
    Router::new().fallback(in_front).with_state((Arc::new(page), ours))
}

async fn alone(State(page): State<Arc<Page>>, request: Request) -> Response {
    let (request, _) = request.into_parts();
    if !is_get_or_head(&request) {
        return method_not_allowed();
    }
    let not_found = || (StatusCode::NOT_FOUND, "File not found\n").into_response();
    page.answer(&request).await.unwrap_or_else(not_found)
}

async fn in_front(State((page, ours)): State<(Arc<Page>, Router)>, request: Request) -> Response {
    let (request, body) = request.into_parts();
    // mjpg-streamer's addresses are never the page's.
    let response = if is_action(&request) {
        None
    } else if is_get_or_head(&request) {
        page.answer(&request).await
    } else {
        is_index(&request).then(method_not_allowed)
    };
    if let Some(response) = response {
        return response;
    }
    ours.oneshot(Request::from_parts(request, body)).await.into_response()
}

fn is_get_or_head(request: &Parts) -> bool {
    matches!(request.method, Method::GET | Method::HEAD)
}

/// Whether this is `/?action=…`, which no page of a classic system has.
fn is_action(request: &Parts) -> bool {
    action::asked(&request.uri).is_some()
}

fn is_index(request: &Parts) -> bool {
    matches!(request.uri.path(), "/" | "/index.html")
}

fn method_not_allowed() -> Response {
    let mut response = StatusCode::METHOD_NOT_ALLOWED.into_response();
    response.headers_mut().insert(header::ALLOW, METHODS);
    response
}

impl Page {
    /// The answer to a GET or a HEAD; `None` when it is for none of the page's files.
    async fn answer(&self, request: &Parts) -> Option<Response> {
        if request.uri.path() == "/" && self.system == System::Pistreaming {
            let location = [(header::LOCATION, HeaderValue::from_static("/index.html"))];
            return Some((StatusCode::MOVED_PERMANENTLY, location).into_response());
        }
        match &self.folder {
            Some(folder) => self.folder_answer(folder, request).await,
            None => self.built_in_answer(request).await,
        }
    }

    async fn built_in_answer(&self, request: &Parts) -> Option<Response> {
        let name = if is_index(request) { "index.html" } else { request.uri.path().strip_prefix('/')? };
        let name = format!("compat/{}/{name}", self.system.name());
        if is_index(request) {
            let values = self.values(request).await;
            embedded_page(&name, |text| values.fill(text))
        } else {
            embedded_file(&request.headers, &name)
        }
    }

    async fn folder_answer(&self, folder: &Folder, request: &Parts) -> Option<Response> {
        let path = folder.find(request.uri.path()).await?;
        if is_index(request) && self.system == System::Pistreaming {
            let text = match tokio::fs::metadata(&path).await {
                Ok(about) if about.len() <= MAX_PAGE_BYTES => tokio::fs::read_to_string(&path).await.ok(),
                _ => None,
            };
            if let Some(text) = text {
                return Some(html(self.values(request).await.fill(&text)));
            }
        }
        let mut plain = Request::new(Body::empty());
        *plain.method_mut() = request.method.clone();
        *plain.headers_mut() = request.headers.clone();
        let Ok(response) = ServeFile::new(path).oneshot(plain).await;
        Some(response.map(Body::new))
    }

    /// The values of the placeholders. A HEAD starts no camera, so it may get the default size.
    async fn values(&self, request: &Parts) -> Values {
        let camera = self.camera(request);
        let size = match camera.as_ref().and_then(|camera| known_size(camera)) {
            Some(size) => size,
            None if request.method == Method::GET => {
                first_size(camera, request).await.unwrap_or(DEFAULT_SIZE)
            }
            None => DEFAULT_SIZE,
        };
        let host = request_host(&request.headers).or_else(|| {
            let local =
                request.extensions.get::<LocalAddress>().map(|LocalAddress(local)| local.ip().to_canonical());
            local.map(|ip| if ip.is_ipv6() { format!("[{ip}]") } else { ip.to_string() })
        });
        let host = host.unwrap_or_else(|| "localhost".to_owned());
        Values { address: format!("{host}:{}", self.socket_port), socket_port: self.socket_port, size }
    }

    /// The camera that is shown: the first that the viewer may watch.
    fn camera(&self, request: &Parts) -> Option<Arc<Camera>> {
        self.app.visible(request.extensions.get::<Grant>()?).into_iter().next()
    }
}

fn known_size(camera: &Camera) -> Option<(u32, u32)> {
    let status = camera.video().status();
    status.width.zip(status.height)
}

/// The size of the first picture; subscribing starts an idle camera.
async fn first_size(camera: Option<Arc<Camera>>, request: &Parts) -> Option<(u32, u32)> {
    let camera = camera?;
    let mut subscription =
        camera.video().subscribe(ViewerInfo { transport: "page", remote: Remote::of(&request.extensions) });
    let first = async {
        loop {
            if let Delivery::Frame(shared) = subscription.next().await
                && let Some(size) = shared.frame.config.size()
            {
                return size;
            }
        }
    };
    tokio::time::timeout(SIZE_WITHIN, first).await.ok()
}

fn request_host(headers: &HeaderMap) -> Option<String> {
    let host = headers.get(header::HOST)?.to_str().ok()?;
    Host::parse(host).ok().map(|host| host.name.to_owned())
}

/// A user's page, asked for again each time, since what is filled in may change.
fn html(text: String) -> Response {
    let mut response = axum::response::Html(text).into_response();
    Caching::Revalidate.set(response.headers_mut());
    response
}

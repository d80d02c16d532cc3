//! `stream.mjpg`: JPEG pictures as an endless multipart body, for `<img>`, OctoPrint, Mainsail and Home Assistant.
//!
//! Also at `stream` (uStreamer, camera-streamer) and `?action=stream` (mjpg-streamer). The answer is HTTP/1.0, like theirs:
//! the body then has no HTTP chunks between its parts, and ends with the connection.
//!
//! While the camera is silent or gone the last picture is repeated, for proxies cut a body that is silent and an `<img>`
//! never comes back. That is no frame to the hub, and counts nowhere.

use std::{sync::Arc, time::Duration};

use axum::{
    Router,
    extract::{Request, State},
    handler::Handler,
    http::{HeaderValue, Method, Version},
    middleware::Next,
    response::Response,
    routing::get,
};
use bytes::Bytes;
use lenscast_media::{
    frame::Frame,
    multipart::{self, Boundary, Headers},
};

use super::{
    ViewerRequest,
    admission::{Admitted, Wanted},
    body::{Framing, Pieces, serve},
    jpeg_query::JpegQuery,
};
use crate::{
    http::{
        AppState,
        action::{Action, Kind, asked, is_read, numbered},
        policy::Caching,
    },
    hub::{Packetizer, Packets, SharedFrame},
    random::random_bytes,
};

/// A picture is repeated after so much silence. Proxies wait for 12 s and more.
const REPEAT_AFTER: Duration = Duration::from_secs(5);
/// What is shown before the first picture: it says that there is none.
const NO_PICTURE: &[u8] = include_bytes!("no_picture.jpg");

/// The addresses, in a camera's tree; `cam.mjpg` is mjpg-streamer's for webcamXP's clients.
pub fn routes() -> Router<AppState> {
    ["/stream.mjpg", "/stream", "/cam.mjpg"]
        .into_iter()
        .fold(Router::new(), |router, address| router.route(address, get(stream)))
}

/// Answers `?action=stream` at the page's address.
pub async fn action(State(app): State<AppState>, request: Request, next: Next) -> Response {
    match asked(request.uri()) {
        Some(Ok(Action { kind: Kind::Stream, camera })) if is_read(request.method()) => {
            stream.call(numbered(request, camera), app).await
        }
        _ => next.run(request).await,
    }
}

async fn stream(method: Method, request: ViewerRequest, query: JpegQuery) -> Response {
    let wanted = Wanted::Rendition(query.rendition);
    let headers = if query.advance_headers { Headers::Ahead } else { Headers::InFront };
    let boundary = Boundary::new(random_bytes(), headers);
    let content_type = HeaderValue::try_from(boundary.content_type()).expect("letters and digits");
    let begin =
        |viewer: &Admitted| Parts { boundary, headers, packets: viewer.track().packets(), last: None };
    let mut response = serve("stream.mjpg", &method, content_type, request, wanted, begin).await;
    *response.version_mut() = Version::HTTP_10;
    if response.status().is_success() {
        Caching::NeverByOldCaches.set(response.headers_mut());
    }
    response
}

/// A picture behind its headers, shared by all viewers.
struct Part;

impl Packetizer for Part {
    fn packetize(frame: &Frame) -> Bytes {
        multipart::part(frame)
    }
}

/// The parts of one body: the pictures are shared, the boundary is its own.
struct Parts {
    boundary: Boundary,
    headers: Headers,
    packets: Packets<Part>,
    /// Repeated while no other comes.
    last: Option<Arc<SharedFrame>>,
}

impl Framing for Parts {
    fn begin(&mut self) -> Bytes {
        self.boundary.begin()
    }

    fn frame(&mut self, shared: &Arc<SharedFrame>) -> Option<Pieces> {
        let part = match self.headers {
            Headers::InFront => self.packets.of(shared),
            Headers::Ahead => shared.frame.payload.clone(),
        };
        self.last = Some(Arc::clone(shared));
        Some([part, self.boundary.behind()])
    }

    const SILENCE: Option<Duration> = Some(REPEAT_AFTER);

    fn silent(&mut self) -> Pieces {
        let of = self.last.as_ref().map(|shared| &shared.frame);
        let picture = of.map_or(NO_PICTURE, |frame| &frame.payload);
        let part = match self.headers {
            Headers::InFront => multipart::repeated_part(picture, of),
            Headers::Ahead => of.map_or(Bytes::from_static(NO_PICTURE), |frame| frame.payload.clone()),
        };
        [part, self.boundary.behind()]
    }
}

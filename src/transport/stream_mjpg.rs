//! `stream.mjpg`: JPEG pictures as an endless multipart body, for `<img>`, OctoPrint, Mainsail and Home Assistant.
//!
//! Also at `stream` (uStreamer, camera-streamer) and `?action=stream` (mjpg-streamer). The answer is HTTP/1.0, like theirs:
//! the body then has no HTTP chunks between its parts, and ends with the connection.

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
use lenscast_media::{frame::Frame, multipart};

use super::{
    ViewerRequest,
    admission::Wanted,
    body::{Framing, Pieces, serve},
    jpeg_query::{JpegQuery, asks_for},
};
use crate::{
    http::{AppState, policy::Caching},
    hub::{Packetizer, Packets, SharedFrame, Track},
};

/// The addresses, in a camera's tree.
pub fn routes() -> Router<AppState> {
    Router::new().route("/stream.mjpg", get(stream)).route("/stream", get(stream))
}

/// Answers `?action=stream` at the page's address.
pub async fn action(State(app): State<AppState>, request: Request, next: Next) -> Response {
    let takes = matches!(*request.method(), Method::GET | Method::HEAD);
    if takes && asks_for(request.uri(), "stream") {
        stream.call(request, app).await
    } else {
        next.run(request).await
    }
}

async fn stream(method: Method, request: ViewerRequest, query: JpegQuery) -> Response {
    let wanted = Wanted::Rendition(query.rendition);
    let begin = move |track: &Track| match query.advance_headers {
        true => Parts::HeadersAhead(track.packets()),
        false => Parts::HeadersInFront(track.packets()),
    };
    let content_type = HeaderValue::from_static(multipart::CONTENT_TYPE);
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

/// A picture in front of the next one's headers, shared by all viewers that ask for that.
struct AdvancePart;

impl Packetizer for AdvancePart {
    fn packetize(frame: &Frame) -> Bytes {
        multipart::advance_part(frame)
    }
}

/// How the parts of a body are framed.
enum Parts {
    HeadersInFront(Packets<Part>),
    HeadersAhead(Packets<AdvancePart>),
}

impl Framing for Parts {
    fn begin(&mut self) -> Bytes {
        Bytes::from_static(match self {
            Self::HeadersInFront(_) => multipart::BEGIN.as_bytes(),
            Self::HeadersAhead(_) => multipart::ADVANCE_BEGIN.as_bytes(),
        })
    }

    fn frame(&mut self, shared: &SharedFrame) -> Option<Pieces> {
        let part = match self {
            Self::HeadersInFront(packets) => packets.of(shared),
            Self::HeadersAhead(packets) => packets.of(shared),
        };
        Some([part, Bytes::new()])
    }
}

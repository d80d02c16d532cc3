//! `stream.mjpg`: JPEG pictures as an endless multipart body, for `<img>`, OctoPrint, Mainsail and Home Assistant.
//!
//! Also at `stream` (uStreamer, camera-streamer) and `?action=stream` (mjpg-streamer). The answer is HTTP/1.0, like theirs:
//! the body then has no HTTP chunks between its parts, and ends with the connection.

use axum::{
    Router,
    extract::{Request, State},
    handler::Handler,
    http::{Method, Version},
    middleware::Next,
    response::Response,
    routing::get,
};
use bytes::Bytes;
use lenscast_media::{frame::Frame, multipart};

use super::{
    ViewerRequest,
    admission::Wanted,
    body::serve,
    jpeg_query::{JpegQuery, asks_for},
};
use crate::{
    http::{AppState, policy::Caching},
    hub::{Delivery, Packetizer, Track},
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
    let begin = move |track: &Track| {
        let parts = track.packets::<Part>();
        let advance_parts = track.packets::<AdvancePart>();
        let packet = move |delivery| match delivery {
            Delivery::Frame(shared) if query.advance_headers => Some(advance_parts.of(&shared)),
            Delivery::Frame(shared) => Some(parts.of(&shared)),
            Delivery::Skipped { .. } | Delivery::AwaitsKeyframe => Some(Bytes::new()),
        };
        let begin = if query.advance_headers { multipart::ADVANCE_BEGIN } else { multipart::BEGIN };
        (Bytes::from_static(begin.as_bytes()), packet)
    };
    let mut response = serve("stream.mjpg", &method, multipart::CONTENT_TYPE, request, wanted, begin).await;
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

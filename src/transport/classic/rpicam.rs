//! `rpicam/` and `rpicam/ws/`: page and WebSocket of the system of libcamera-vid, websockify, nginx and JMuxer.
//!
//! ```text
//! browser ─► nginx ─┬─ /rpicam/     a page of its own, or ours
//!                   └─ /rpicam/ws/  ─► rpicam/ws/ here, in websockify's place
//! ```
//! One access unit a message, with a tail unless `?tail=none`: with it JMuxer shows a picture at once.

use axum::{
    Router,
    extract::{OriginalUri, Path, Query},
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Redirect, Response},
    routing::{any, get},
};
use serde::Deserialize;

use super::annexb_messages::{AccessUnitMessage, AnnexBStream, Join, TailedMessage};
use crate::{
    http::{AppState, CameraOf, embedded_file, embedded_page, not_found, websocket::Handshake},
    transport::{ViewerRequest, admission::Wanted, socket::serve},
};

/// The rate that the page gives to JMuxer when the camera's is not known yet; rpicam-vid's default.
const USUAL_RATE: f64 = 30.0;

/// The addresses, in a camera's tree.
pub fn routes() -> Router<AppState> {
    Router::new()
        .route("/rpicam", any(with_slash))
        .route("/rpicam/", get(page))
        .route("/rpicam/{file}", get(file))
        .route("/rpicam/ws/", get(open))
}

/// Relative, so that it works behind a proxy at any prefix.
async fn with_slash(_: CameraOf) -> Response {
    let mut response = Redirect::permanent("./").into_response();
    response.headers_mut().insert(header::LOCATION, HeaderValue::from_static("rpicam/"));
    response
}

async fn page(CameraOf(camera): CameraOf, OriginalUri(uri): OriginalUri, headers: HeaderMap) -> Response {
    let measured = camera.video().status().frames_per_second;
    let rate = if measured >= 1.0 { measured } else { USUAL_RATE };
    let page = embedded_page("compat/rpicam/index.html", |text| text.replace("@FPS@", &format!("{rate:.0}")));
    page.unwrap_or_else(|| not_found(uri.path(), &headers))
}

async fn file(
    camera: CameraOf,
    Path(parameters): Path<Vec<(String, String)>>,
    uri: OriginalUri,
    headers: HeaderMap,
) -> Response {
    let name =
        parameters.into_iter().find(|(key, _)| key == "file").map(|(_, value)| value).unwrap_or_default();
    if name == "index.html" {
        return page(camera, uri, headers).await;
    }
    embedded_file(&headers, &format!("compat/rpicam/{name}"))
        .unwrap_or_else(|| not_found(uri.0.path(), &headers))
}

#[derive(Deserialize)]
struct Typed {
    tail: Option<String>,
    join: Option<String>,
}

async fn open(request: ViewerRequest, handshake: Handshake, Query(typed): Query<Typed>) -> Response {
    let refuse = |sentence: String| (StatusCode::BAD_REQUEST, sentence).into_response();
    let has_tail = match typed.tail.as_deref() {
        None | Some("pps") => true,
        Some("none") => false,
        Some(other) => {
            return refuse(format!(
                "tail={other} is not known: it is pps (two PPS end each message) or none\n"
            ));
        }
    };
    let join = match Join::parse(typed.join.as_deref()) {
        Ok(join) => join.unwrap_or(Join::LiveForPages),
        Err(sentence) => return refuse(sentence),
    };
    let handshake = handshake.echo_subprotocol();
    if has_tail {
        serve("rpicam/ws", handshake, request, Wanted::Video, |viewer| AnnexBStream {
            packets: viewer.track().packets::<TailedMessage>(),
            join,
            baseline_only: None,
        })
        .await
    } else {
        serve("rpicam/ws", handshake, request, Wanted::Video, |viewer| AnnexBStream {
            packets: viewer.track().packets::<AccessUnitMessage>(),
            join,
            baseline_only: None,
        })
        .await
    }
}

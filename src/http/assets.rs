//! The addresses of the pages and of the web component.
//!
//! ```text
//! /  one camera: index.html   several: grid.html      /cam/NAME/  index.html      player.js, assets/  for any origin
//! ```

use axum::{
    Extension, Router,
    extract::{OriginalUri, Path, RawPathParams, State},
    http::HeaderMap,
    response::Response,
    routing::get,
};
use tower_http::compression::CompressionLayer;

use super::{AppState, CameraOf, embedded::embedded_file, not_found};
use crate::access::Grant;

/// The page of one camera and the files it needs, relative to the camera's tree.
pub fn routes() -> Router<AppState> {
    Router::new()
        .route("/", get(page))
        .route("/index.html", get(page))
        .route("/player.js", get(component))
        .route("/licenses.txt", get(licenses))
        .route("/assets/{*file}", get(asset))
        .layer(CompressionLayer::new())
}

/// The page of one camera; at the root, when there are several, that of all.
async fn page(
    _: CameraOf,
    tree: RawPathParams,
    State(app): State<AppState>,
    Extension(grant): Extension<Grant>,
    OriginalUri(uri): OriginalUri,
    headers: HeaderMap,
) -> Response {
    let of_one = tree.iter().any(|(key, _)| key == "camera") || app.visible(&grant).len() == 1;
    let name = if of_one { "index.html" } else { "grid.html" };
    embedded_file(&headers, name).unwrap_or_else(|| not_found(uri.path(), &headers))
}

async fn component(OriginalUri(uri): OriginalUri, headers: HeaderMap) -> Response {
    embedded_file(&headers, "player.js").unwrap_or_else(|| not_found(uri.path(), &headers))
}

async fn licenses(OriginalUri(uri): OriginalUri, headers: HeaderMap) -> Response {
    embedded_file(&headers, "licenses.txt").unwrap_or_else(|| not_found(uri.path(), &headers))
}

async fn asset(
    Path(parameters): Path<Vec<(String, String)>>,
    OriginalUri(uri): OriginalUri,
    headers: HeaderMap,
) -> Response {
    let name = parameters.iter().find(|(key, _)| key == "file").map(|(_, value)| format!("assets/{value}"));
    name.and_then(|name| embedded_file(&headers, &name)).unwrap_or_else(|| not_found(uri.path(), &headers))
}

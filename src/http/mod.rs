//! HTTP: accepting, answering, and taking a connection over for a WebSocket.
//!
//! ```text
//! accept ─► Connection ─► serve ─► Router ─┬─► pages, status, metrics
//!                                          └─► transports ─► WebSocket handshake ─► the Connection again
//! ```
//! It knows the hub, for the status, and no transport: `server/mod.rs` mounts their routes.

pub mod action;
mod api;
mod assets;
mod connection;
mod connection_limit;
mod embedded;
mod guard;
mod handshake;
pub mod host;
mod links;
mod metrics;
mod opening;
mod parse_error;
pub mod policy;
mod registry;
mod request_host;
mod respond;
pub mod serve;
mod shown;
mod shown_certificate;
mod to_https;
mod trust;
mod viewer_limit;
mod watched;
pub mod websocket;

pub use api::routes as api_routes;
pub use assets::routes as page_routes;
pub use connection::{Connection, STALLED, STALLED_AFTER};
pub use connection_limit::{
    ConnectionBounds, ConnectionLimit, ConnectionPermit, ConnectionPlace, ConnectionRefused,
};
pub use embedded::{embedded_file, embedded_page};
pub use guard::login_routes;
pub use links::routes as link_routes;
pub use metrics::routes as metrics_routes;
pub use registry::{AppState, CameraOf, Cameras, Encrypted, LocalAddress, Remote};
pub use respond::{bad_request, endless, no_body, not_found, unavailable};
pub use shown::{shown_failure, shown_state, shown_status};
pub use shown_certificate::ShownCertificate;
pub use trust::routes as trust_routes;
pub use viewer_limit::{Permit, ViewerBounds, ViewerLimit, ViewerLimitReached};
pub use watched::ResetReason;

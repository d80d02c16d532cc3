//! What serves the players of 2013 to 2018: JMuxer, Broadway, h264-live-player, jsmpeg, and programs that take Annex B.
//!
//! ```text
//! ws/h264   rpicam/ws/   ws/nal     H.264 without time stamps: annexb_messages.rs, baseline_only.rs
//! ws/jsmpeg   ws/jsmp               MPEG-1: one_size.rs
//! ```
//! One file a transport here, too; the other files are what these players have in common. `server/classic.rs` decides which
//! transport is served on the port of a classic system.

mod annexb_messages;
mod baseline_only;
mod one_size;
pub mod rpicam;
pub mod ws_h264;
pub mod ws_jsmp;
pub mod ws_jsmpeg;
pub mod ws_nal;

use axum::Router;

use crate::http::AppState;

/// All their addresses, in a camera's tree.
pub fn routes() -> Router<AppState> {
    Router::new()
        .merge(ws_h264::routes())
        .merge(ws_nal::routes())
        .merge(rpicam::routes())
        .merge(ws_jsmp::routes())
        .merge(ws_jsmpeg::routes())
}

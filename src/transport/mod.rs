//! Out: one file a transport. Each sees subscriptions and HTTP, none sees another.
//!
//! ```text
//! ws/live  ws/mp4  ws/h264      a WebSocket: socket.rs drives, the transport says what to send
//! stream.h264  stream.mp4       an endless HTTP body: body.rs
//! ```

mod body;
mod socket;
pub mod stream_h264;
pub mod stream_mp4;
pub mod ws_h264;
pub mod ws_live;
pub mod ws_mp4;

use std::{net::SocketAddr, sync::Arc};

use crate::{http::AppState, hub::Camera};

/// Who wants to watch what, and by what.
struct Visit {
    app: AppState,
    camera: Arc<Camera>,
    remote: SocketAddr,
    /// Name of the transport, as in its address.
    name: &'static str,
}

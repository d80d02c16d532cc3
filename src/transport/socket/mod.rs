//! WebSocket viewers: how one is admitted, what a transport sends it, and how its connection ends.
//!
//! ```text
//! WebSocket handshake ─► admission ─┬─► Session ─► closing handshake
//!                                   ├─► viewer limit reached: closing handshake, 1013
//!                                   └─► track cannot be made: 503
//! ```

mod close_handshake;
mod keepalive;
mod outbox;
mod session;

use std::{future::poll_fn, sync::Arc, time::Duration};

use axum::response::Response;

use self::{
    close_handshake::close,
    session::{Session, SessionEnd},
};
pub(super) use self::{close_handshake::code, outbox::Outbox};
use super::{
    ViewerRequest,
    admission::{Admitted, Refusal, Wanted, admit},
};
use crate::{
    http::websocket::{Handshake, Upgraded},
    hub::{CameraState, Delivery, DisconnectReason, Follower, Subscription},
};

/// Bytes read from the connection at once.
const READ_BYTES: usize = 4 << 10;

/// What one transport sends to its viewers. All methods put whole WebSocket messages into the outbox.
pub(super) trait Transport: Send {
    /// How long the viewer needs, once it is connected, until it can play what it gets.
    fn joins_after(&self) -> Duration {
        Duration::ZERO
    }
    /// The subscription is new: chooses where it begins, if not at the newest keyframe.
    fn join(&mut self, _: &mut Subscription) {}
    /// The connection is open.
    fn begin(&mut self, out: &mut Outbox);
    /// The subscription has something.
    fn deliver(&mut self, delivery: Delivery, out: &mut Outbox);
    /// The camera's state, at the beginning and at each change.
    fn state(&mut self, _: &CameraState, _: &mut Outbox) {}
    /// The number of viewers, at the beginning and when it changed.
    fn viewers(&mut self, _: usize, _: &mut Outbox) {}
    /// The viewer sent a text message.
    fn text(&mut self, _: &str, _: &mut Subscription, _: &mut Outbox) {}
    /// Whether a viewer whose track cannot be made is closed with the reason, instead of waiting for the track.
    fn needs_its_track(&self) -> bool {
        false
    }
    /// How to go on after a delivery or a message.
    fn flow(&mut self) -> Flow {
        Flow::Continue
    }
}

/// How a session goes on.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Flow {
    /// With the next delivery.
    Continue,
    /// Without deliveries, until the viewer asks for them: it does not count as a viewer.
    Pause,
    /// Not at all: the connection is closed with this code and reason.
    Close(u16, String),
}

/// Answers a viewer's handshake and serves it by what `transport` makes, if the viewer is admitted. `name` is the
/// transport's, as in its address.
pub(super) async fn serve<T>(
    name: &'static str,
    handshake: Handshake,
    request: ViewerRequest,
    wanted: Wanted,
    transport: impl FnOnce(&Admitted) -> T,
) -> Response
where
    T: Transport + 'static,
{
    match admit(name, request, wanted).await {
        Ok(viewer) => {
            let transport = transport(&viewer);
            handshake.accept(|upgraded| run(upgraded, viewer, transport))
        }
        // A browser hides from its page why a handshake was refused, but not why a connection was closed.
        Err(Refusal::Full(reason)) => handshake.accept(|upgraded| async move {
            close(upgraded.connection, Outbox::default(), code::TRY_AGAIN_LATER, &reason).await;
        }),
        Err(refusal) => refusal.into_response(),
    }
}

/// Serves a viewer until one side ends the connection.
async fn run<T: Transport + 'static>(upgraded: Upgraded, viewer: Admitted, transport: T) {
    let Upgraded { connection, received } = upgraded;
    let Admitted { subscription, request, permit } = viewer;
    let track = Arc::clone(subscription.track());
    let joins_after = transport.joins_after();
    if !joins_after.is_zero() {
        tokio::time::sleep(joins_after).await;
    }
    let session = Arc::new(Session::new(connection, &received, request.camera, subscription, transport));
    let following = track.follow(Arc::clone(&session) as Arc<dyn Follower>);
    let (end, connection, outbox) = poll_fn(|context| session.poll(context)).await;
    drop(following);
    match end {
        SessionEnd::Disconnected(DisconnectReason::Stalled | DisconnectReason::Silent, _) => {
            connection.reset_when_dropped();
        }
        SessionEnd::Disconnected(..) => {}
        SessionEnd::Close(_, code, reason) => close(connection, outbox, code, &reason).await,
    }
    drop(permit);
}

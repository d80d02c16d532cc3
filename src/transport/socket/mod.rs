//! WebSocket viewers: who is let in, what a transport has to say, and how a connection ends.
//!
//! ```text
//! Handshake ─► place? ─► Session ─► farewell
//!                └─ no ─► farewell, 1013
//! ```

mod farewell;
mod keepalive;
mod outbox;
mod session;

use std::{future::poll_fn, sync::Arc, time::Duration};

use axum::response::Response;

pub(super) use self::outbox::Outbox;
use self::{
    farewell::farewell,
    session::{End, Session},
};
use super::{
    ViewerRequest,
    admission::{Admitted, Refusal, Wanted, admit},
};
use crate::{
    http::websocket::{Handshake, Upgraded},
    hub::{CameraState, Delivery, DisconnectReason, Follower, Subscription},
};

/// Close code for a viewer there is no place for ("try again later").
const TOO_MANY: u16 = 1013;
/// Bytes asked of the socket at once.
const READ_BYTES: usize = 4 << 10;

/// What one transport says to its viewers. All methods put whole WebSocket messages into the outbox.
pub(super) trait Transport: Send {
    /// How long the viewer needs, once it is connected, until it can take anything.
    fn joins_after(&self) -> Duration {
        Duration::ZERO
    }
    /// The subscription is new; where it is to begin, if not at the newest keyframe.
    fn join(&mut self, _: &mut Subscription) {}
    /// The connection is open.
    fn begin(&mut self, out: &mut Outbox);
    /// The subscription has something.
    fn deliver(&mut self, delivery: Delivery, out: &mut Outbox);
    /// The camera's state, at the beginning and at each change.
    fn state(&mut self, _: &CameraState, _: &mut Outbox) {}
    /// The number of viewers, at the beginning and when it changed.
    fn viewers(&mut self, _: usize, _: &mut Outbox) {}
    /// The viewer said something.
    fn text(&mut self, _: &str, _: &mut Subscription, _: &mut Outbox) {}
    /// Whether there is no point in waiting for a track that cannot be made: the viewer is told why instead.
    fn needs_its_track(&self) -> bool {
        false
    }
    /// What is to happen now that it has been told something.
    fn flow(&mut self) -> Flow {
        Flow::Continue
    }
}

/// What a transport wants of its subscription.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Flow {
    /// More of it.
    Continue,
    /// Nothing, until its viewer asks: it does not count as one.
    Pause,
    /// To end the connection with this code and reason.
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
        // A browser does not tell its page why a handshake was refused, but it does tell why a connection was closed.
        Err(Refusal::Full(reason)) => handshake.accept(|upgraded| async move {
            farewell(upgraded.connection, Outbox::default(), TOO_MANY, &reason).await;
        }),
        Err(refusal) => refusal.into_response(),
    }
}

/// Serves a viewer until one side ends the connection.
async fn run<T: Transport + 'static>(upgraded: Upgraded, viewer: Admitted, transport: T) {
    let Upgraded { connection, read } = upgraded;
    let Admitted { subscription, request, permit } = viewer;
    let track = Arc::clone(subscription.track());
    let joins_after = transport.joins_after();
    if !joins_after.is_zero() {
        tokio::time::sleep(joins_after).await;
    }
    let session = Arc::new(Session::new(connection, &read, request.camera, subscription, transport));
    let following = track.follow(Arc::clone(&session) as Arc<dyn Follower>);
    let (end, connection, outbox) = poll_fn(|context| session.poll(context)).await;
    drop(following);
    match end {
        End::Gone(DisconnectReason::Stalled | DisconnectReason::Silent, _) => {
            connection.reset_when_dropped();
        }
        End::Gone(..) => {}
        End::Close(_, code, reason) => farewell(connection, outbox, code, &reason).await,
    }
    drop(permit);
}

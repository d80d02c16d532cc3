//! WebSocket viewers: how one is admitted, what a transport sends it, and how its connection ends.
//!
//! ```text
//! WebSocket handshake ─► admission ─┬─► Session ─► closing handshake
//!                                   ├─► viewer limit reached: closing handshake, 1013
//!                                   └─► track cannot be made: 503
//! ```

mod allowance;
mod close_handshake;
mod input;
mod keepalive;
mod listener;
mod outbox;
mod session;
mod session_end;
mod tracks;
mod transport;

use std::{future::poll_fn, sync::Arc};

use axum::response::Response;

use self::{
    close_handshake::close, listener::Listener, session::Session, session_end::SessionEnd, tracks::Tracks,
};
pub(super) use self::{
    close_handshake::code,
    outbox::Outbox,
    transport::{Flow, Transport},
};
use super::{
    ViewerRequest,
    admission::{Admitted, Refusal, Wanted, admit},
};
use crate::{
    http::websocket::{Handshake, Upgraded},
    hub::{DisconnectReason, Follower},
};

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
    let Admitted { subscription, sound, request, permit } = viewer;
    let track = Arc::clone(subscription.track());
    let sound_track = sound.as_ref().map(|sound| Arc::clone(sound.track()));
    let joins_after = transport.joins_after();
    if !joins_after.is_zero() {
        tokio::time::sleep(joins_after).await;
    }
    let tracks = Tracks { subscription, sound };
    let session =
        Arc::new(Session::new(connection, &received, request.camera, request.grant, tracks, transport));
    let following = track.follow(Arc::clone(&session) as Arc<dyn Follower>);
    let listening = sound_track.map(|track| track.follow(Arc::new(Listener(Arc::clone(&session)))));
    let (end, connection, outbox) = poll_fn(|context| session.poll(context)).await;
    drop((following, listening));
    match end {
        SessionEnd::Disconnected(DisconnectReason::Stalled | DisconnectReason::Silent, _) => {
            connection.reset_when_dropped();
        }
        SessionEnd::Disconnected(..) => {}
        SessionEnd::Close(_, code, reason) => close(connection, outbox, code, &reason).await,
    }
    drop(permit);
}

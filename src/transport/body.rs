//! Serves one viewer of an endless HTTP body with what a transport makes of each delivery, until the viewer disconnects
//! or the camera is closed (it was removed from the configuration, or the server stops).
//!
//! Hyper asks for more when it has room, so a slow viewer falls behind in the hub, which skips frames for it.

use std::{convert::Infallible, time::Duration};

use axum::{http::Method, response::Response};
use bytes::Bytes;
use futures_util::{Stream, stream};

use super::{
    ViewerRequest,
    admission::{Admitted, Wanted, admit},
};
use crate::{
    http::{endless, unavailable},
    hub::{AWAITS_KEYFRAME, Delivery, DisconnectReason, Subscription, Track},
};

/// Time for a keyframe to come before a request is refused.
const KEYFRAME_WITHIN: Duration = Duration::from_secs(5);

/// Answers with an endless body. `begin` returns its first bytes, which may be none, and the function that makes the bytes
/// of each delivery; the body ends at the first `None`. HEAD gets the headers and starts nothing. `name` is the
/// transport's, as in its address.
pub(super) async fn serve<F>(
    name: &'static str,
    method: &Method,
    content_type: &'static str,
    request: ViewerRequest,
    wanted: Wanted,
    begin: impl FnOnce(&Track) -> (Bytes, F),
) -> Response
where
    F: FnMut(Delivery) -> Option<Bytes> + Send + 'static,
{
    if method == Method::HEAD {
        return endless(content_type, None::<stream::Empty<_>>);
    }
    match admit(name, request, wanted).await {
        Ok(mut viewer) => {
            if let Err(sentence) = first_frame(&mut viewer.subscription).await {
                return unavailable(sentence);
            }
            let (first, packet) = begin(viewer.track());
            endless(content_type, Some(Body { first, packet, viewer }.into_stream()))
        }
        Err(refusal) => refusal.into_response(),
    }
}

/// Waits for a keyframe while frames come without one.
///
/// # Errors
/// When none comes within [`KEYFRAME_WITHIN`]: why.
async fn first_frame(subscription: &mut Subscription) -> Result<(), &'static str> {
    if !subscription.track().awaits_keyframe() {
        return Ok(());
    }
    let ready = subscription.wait_for(|subscription| {
        (subscription.has_frame() || !subscription.track().awaits_keyframe()).then_some(())
    });
    tokio::time::timeout(KEYFRAME_WITHIN, ready).await.map_err(|_| AWAITS_KEYFRAME)
}

struct Body<F> {
    /// Sent at once, unless empty.
    first: Bytes,
    packet: F,
    viewer: Admitted,
}

impl<F> Drop for Body<F> {
    fn drop(&mut self) {
        if let Some(reason) = self.viewer.request.reset_reason.reason() {
            self.viewer.subscription.part(DisconnectReason::Stalled, reason);
        }
    }
}

impl<F> Body<F>
where
    F: FnMut(Delivery) -> Option<Bytes> + Send + 'static,
{
    fn into_stream(self) -> impl Stream<Item = Result<Bytes, Infallible>> + Send + 'static {
        stream::unfold(self, |mut body| async move { body.next().await.map(|bytes| (Ok(bytes), body)) })
    }

    async fn next(&mut self) -> Option<Bytes> {
        if !self.first.is_empty() {
            return Some(std::mem::take(&mut self.first));
        }
        let Admitted { subscription, request, .. } = &mut self.viewer;
        loop {
            let next = subscription.wait_for(|subscription| match request.camera.is_closed() {
                Some(reason) => Some(Err(reason.to_owned())),
                None => subscription.poll().map(Ok),
            });
            let delivery = match next.await {
                Ok(delivery) => delivery,
                Err(reason) => {
                    subscription.part(DisconnectReason::Stopped, &reason);
                    return None;
                }
            };
            let Some(bytes) = (self.packet)(delivery) else {
                subscription.part(DisconnectReason::Ended, "the stream's configuration has changed");
                return None;
            };
            if !bytes.is_empty() {
                return Some(bytes);
            }
        }
    }
}

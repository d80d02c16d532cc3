//! Serves one viewer of an endless HTTP body with what a transport makes of each delivery, until the viewer disconnects
//! or the camera is closed (it was removed from the configuration, or the server stops).
//!
//! ```text
//! Subscription ─► Delivery ─► Framing ─► Pieces: [own, shared] or [shared, own] ─► hyper, one write for both
//! ```
//! Hyper asks for more when it has room, so a slow viewer falls behind in the hub, which skips frames for it.

use std::{convert::Infallible, time::Duration};

use axum::{
    http::{HeaderValue, Method},
    response::Response,
};
use bytes::Bytes;
use futures_util::{Stream, stream};

use super::{
    ViewerRequest,
    admission::{Admitted, Wanted, admit},
};
use crate::{
    http::{endless, unavailable},
    hub::{AWAITS_KEYFRAME, Delivery, DisconnectReason, SharedFrame, Subscription, Track},
};

/// Time for a keyframe to come before a request is refused.
const KEYFRAME_WITHIN: Duration = Duration::from_secs(5);

/// What is sent for one frame: what all viewers share and what only this one gets, in the order of the body. Either may
/// be empty.
pub(super) type Pieces = [Bytes; 2];

/// How a transport frames the body of one viewer.
pub(super) trait Framing: Send + 'static {
    /// The first bytes, which may be none.
    fn begin(&mut self) -> Bytes {
        Bytes::new()
    }
    /// What is sent for a frame; the body ends at the first `None`.
    fn frame(&mut self, shared: &SharedFrame) -> Option<Pieces>;
}

/// Answers with an endless body, framed by what `begin` returns. HEAD gets the headers and starts nothing. `name` is the
/// transport's, as in its address.
pub(super) async fn serve<F: Framing>(
    name: &'static str,
    method: &Method,
    content_type: HeaderValue,
    request: ViewerRequest,
    wanted: Wanted,
    begin: impl FnOnce(&Track) -> F,
) -> Response {
    if method == Method::HEAD {
        return endless(content_type, None::<stream::Empty<_>>);
    }
    match admit(name, request, wanted).await {
        Ok(mut viewer) => {
            if let Err(sentence) = first_frame(&mut viewer.subscription).await {
                return unavailable(sentence);
            }
            let mut framing = begin(viewer.track());
            let next = framing.begin();
            endless(content_type, Some(Body { next, framing, viewer }.into_stream()))
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
    /// The second piece of what is being sent; sent at once, unless empty.
    next: Bytes,
    framing: F,
    viewer: Admitted,
}

impl<F> Drop for Body<F> {
    fn drop(&mut self) {
        if let Some(reason) = self.viewer.request.reset_reason.reason() {
            self.viewer.subscription.part(DisconnectReason::Stalled, reason);
        }
    }
}

impl<F: Framing> Body<F> {
    fn into_stream(self) -> impl Stream<Item = Result<Bytes, Infallible>> + Send + 'static {
        stream::unfold(self, |mut body| async move { body.next().await.map(|bytes| (Ok(bytes), body)) })
    }

    async fn next(&mut self) -> Option<Bytes> {
        loop {
            if !self.next.is_empty() {
                return Some(std::mem::take(&mut self.next));
            }
            let pieces = match self.delivery().await? {
                Delivery::Frame(shared) => self.framing.frame(&shared),
                Delivery::Skipped { .. } | Delivery::AwaitsKeyframe => continue,
            };
            let Some([first, second]) = pieces else {
                let reason = "the stream's configuration has changed";
                self.viewer.subscription.part(DisconnectReason::Ended, reason);
                return None;
            };
            self.next = second;
            if !first.is_empty() {
                return Some(first);
            }
        }
    }

    /// The next delivery; `None` when the camera is closed.
    async fn delivery(&mut self) -> Option<Delivery> {
        let Admitted { subscription, request, .. } = &mut self.viewer;
        let next = subscription.wait_for(|subscription| match request.camera.is_closed() {
            Some(reason) => Some(Err(reason.to_owned())),
            None => subscription.poll().map(Ok),
        });
        match next.await {
            Ok(delivery) => Some(delivery),
            Err(reason) => {
                subscription.part(DisconnectReason::Stopped, &reason);
                None
            }
        }
    }
}

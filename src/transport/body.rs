//! Drives one viewer of an endless HTTP body: what a transport makes of each delivery, until the viewer leaves or the
//! camera is closed: taken out of the configuration, or the server stops.
//!
//! Hyper asks for more when it has room, so a slow viewer falls behind in the hub and skips there.

use std::convert::Infallible;

use axum::{http::Method, response::Response};
use bytes::Bytes;
use futures_util::{Stream, stream};

use lenscast_media::rendition::Rendition;

use super::{ViewerRequest, rendition};
use crate::{
    http::{Permit, endless, too_many},
    hub::{Delivery, DisconnectReason, Subscription, Track, ViewerInfo},
};

/// Answers with the bytes that `packet` makes of the deliveries of the camera's video; the body ends at its first `None`.
/// HEAD gets the headers and starts nothing. `name` is the transport's, as in its address.
pub(super) fn serve<F>(
    name: &'static str,
    method: &Method,
    content_type: &'static str,
    request: ViewerRequest,
    packet: F,
) -> Response
where
    F: FnMut(Delivery) -> Option<Bytes> + Send + 'static,
{
    if method == Method::HEAD {
        return endless(content_type, None::<stream::Empty<_>>);
    }
    let Some(permit) = request.app.viewer_limit.take(request.remote) else {
        return too_many(&request.app.viewer_limit);
    };
    let subscription =
        request.camera.video().subscribe(ViewerInfo { transport: name, remote: request.remote });
    let body = Body { first: Bytes::new(), subscription, packet, request, _permit: permit };
    endless(content_type, Some(body.into_stream()))
}

/// Like [`serve`], for a rendition: what `begin` gives for its track is the first bytes, and what makes the others.
pub(super) async fn serve_rendition<F>(
    name: &'static str,
    method: &Method,
    content_type: &'static str,
    mut request: ViewerRequest,
    wanted: Rendition,
    begin: impl FnOnce(&Track) -> (Bytes, F),
) -> Response
where
    F: FnMut(Delivery) -> Option<Bytes> + Send + 'static,
{
    if method == Method::HEAD {
        return endless(content_type, None::<stream::Empty<_>>);
    }
    let Some(permit) = request.app.viewer_limit.take(request.remote) else {
        return too_many(&request.app.viewer_limit);
    };
    let track = match rendition::subscribe(&mut request, name, wanted).await {
        Ok(track) => track,
        Err(refused) => return refused,
    };
    let subscription = request.subscription.take().expect("it has just been let in");
    let (first, packet) = begin(&track);
    let body = Body { first, subscription, packet, request, _permit: permit };
    endless(content_type, Some(body.into_stream()))
}

struct Body<F> {
    /// Sent at once, if there is something.
    first: Bytes,
    subscription: Subscription,
    packet: F,
    request: ViewerRequest,
    _permit: Permit,
}

impl<F> Drop for Body<F> {
    fn drop(&mut self) {
        if let Some(reason) = self.request.reset_reason.reason() {
            self.subscription.part(DisconnectReason::Stalled, reason);
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
        loop {
            let camera = &self.request.camera;
            let next = self.subscription.wait_for(|subscription| match camera.is_closed() {
                Some(reason) => Some(Err(reason.to_owned())),
                None => subscription.poll().map(Ok),
            });
            let delivery = match next.await {
                Ok(delivery) => delivery,
                Err(reason) => {
                    self.subscription.part(DisconnectReason::Stopped, &reason);
                    return None;
                }
            };
            let Some(bytes) = (self.packet)(delivery) else {
                self.subscription.part(DisconnectReason::Ended, "the stream has changed");
                return None;
            };
            if !bytes.is_empty() {
                return Some(bytes);
            }
        }
    }
}

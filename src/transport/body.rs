//! Drives one viewer of an endless HTTP body: what a transport makes of each delivery, until the viewer leaves or the
//! server stops.
//!
//! Hyper asks for more when it has room, so a slow viewer falls behind in the hub and skips there.

use std::convert::Infallible;

use axum::{http::Method, response::Response};
use bytes::Bytes;
use futures_util::{Stream, stream};

use super::Visit;
use crate::{
    http::{Place, endless, too_many},
    hub::{Delivery, Subscription, ViewerInfo},
};

/// Answers with the bytes that `packet` makes of the deliveries; the body ends at its first `None`. HEAD gets the
/// headers and starts nothing. `name` is the transport's, as in its address.
pub(super) fn serve<F>(
    name: &'static str,
    method: &Method,
    content_type: &'static str,
    visit: Visit,
    packet: F,
) -> Response
where
    F: FnMut(Delivery) -> Option<Bytes> + Send + 'static,
{
    if method == Method::HEAD {
        return endless(content_type, None::<stream::Empty<_>>);
    }
    let Some(place) = visit.app.places.take() else { return too_many(&visit.app.places) };
    let info = ViewerInfo { transport: name, remote: visit.remote };
    let subscription = visit.camera.video().subscribe(info);
    endless(content_type, Some(Body { subscription, packet, visit, _place: place }.into_stream()))
}

struct Body<F> {
    subscription: Subscription,
    packet: F,
    visit: Visit,
    _place: Place,
}

impl<F> Body<F>
where
    F: FnMut(Delivery) -> Option<Bytes> + Send + 'static,
{
    fn into_stream(self) -> impl Stream<Item = Result<Bytes, Infallible>> + Send + 'static {
        stream::unfold(self, |mut body| async move { body.next().await.map(|bytes| (Ok(bytes), body)) })
    }

    async fn next(&mut self) -> Option<Bytes> {
        loop {
            let delivery = tokio::select! {
                () = self.visit.app.stopping.cancelled() => return None,
                delivery = self.subscription.next() => delivery,
            };
            let bytes = (self.packet)(delivery)?;
            if !bytes.is_empty() {
                return Some(bytes);
            }
        }
    }
}

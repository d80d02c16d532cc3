//! An endless HTTP body: what a transport makes of each delivery, until the viewer leaves or the server stops.

use std::convert::Infallible;

use bytes::Bytes;
use futures_util::{Stream, stream};
use tokio_util::sync::CancellationToken;

use crate::hub::{Delivery, Subscription};

/// The bytes that `packet` makes of the deliveries; the body ends at its first `None`. Hyper asks for the
/// next one when it has room, so a slow viewer falls behind in the hub and skips there.
pub(super) fn body<F>(
    subscription: Subscription,
    stopping: CancellationToken,
    packet: F,
) -> impl Stream<Item = Result<Bytes, Infallible>> + Send + 'static
where
    F: FnMut(Delivery) -> Option<Bytes> + Send + 'static,
{
    stream::unfold((subscription, stopping, packet), |(mut subscription, stopping, mut packet)| async move {
        loop {
            let delivery = tokio::select! {
                () = stopping.cancelled() => return None,
                delivery = subscription.next() => delivery,
            };
            let bytes = packet(delivery)?;
            if !bytes.is_empty() {
                return Some((Ok(bytes), (subscription, stopping, packet)));
            }
        }
    })
}

//! Serves one viewer of an endless HTTP body with what a transport makes of each delivery, until the viewer disconnects
//! or the camera is closed (it was removed from the configuration, or the server stops).
//!
//! ```text
//! Subscription ─► Delivery ─► Framing ─► Pieces: [own, shared] or [shared, own] ─► hyper, one write for both
//!  and that of the sound ──────┘              in the order in which they come: no picture waits for sound
//! ```
//! Hyper asks for more when it has room, so a slow viewer falls behind in the hub, which skips frames for it. A transport may
//! send something while the camera is silent; that costs a viewer one timer, which is looked at when it ends.

use std::{convert::Infallible, pin::Pin, sync::Arc, time::Duration};

use axum::{
    http::{HeaderValue, Method},
    response::Response,
};
use bytes::Bytes;
use futures_util::{Stream, stream};
use tokio::time::{Instant, Sleep};

use super::{
    ViewerRequest,
    admission::{Admitted, Wanted, admit},
};
use crate::{
    http::{endless, unavailable},
    hub::{AWAITS_KEYFRAME, Delivery, DisconnectReason, SharedFrame, Subscription},
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
    fn frame(&mut self, shared: &Arc<SharedFrame>) -> Option<Pieces>;
    /// What is sent for a frame of sound, which may be nothing.
    fn sound(&mut self, _: &Arc<SharedFrame>) -> Pieces {
        Pieces::default()
    }
    /// What is sent when nothing has been for so long.
    const SILENCE: Option<Duration> = None;
    /// What is sent then.
    fn silent(&mut self) -> Pieces {
        Pieces::default()
    }
}

/// Answers with an endless body, framed by what `begin` returns. HEAD gets the headers and starts nothing. `name` is the
/// transport's, as in its address.
pub(super) async fn serve<F: Framing>(
    name: &'static str,
    method: &Method,
    content_type: HeaderValue,
    request: ViewerRequest,
    wanted: Wanted,
    begin: impl FnOnce(&Admitted) -> F,
) -> Response {
    if method == Method::HEAD {
        return endless(content_type, None::<stream::Empty<_>>);
    }
    match admit(name, request, wanted).await {
        Ok(mut viewer) => {
            if let Err(sentence) = first_frame(&mut viewer.subscription).await {
                return unavailable(sentence);
            }
            let mut framing = begin(&viewer);
            let next = framing.begin();
            let silence = F::SILENCE.map(Silence::new);
            endless(content_type, Some(Body { next, framing, silence, viewer }.into_stream()))
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
    silence: Option<Silence>,
    viewer: Admitted,
}

/// Ends when nothing has been sent for a while.
struct Silence {
    limit: Duration,
    last_sent: Instant,
    timer: Pin<Box<Sleep>>,
}

impl Silence {
    fn new(limit: Duration) -> Self {
        Self { limit, last_sent: Instant::now(), timer: Box::pin(tokio::time::sleep(limit)) }
    }

    async fn ends(&mut self) {
        loop {
            self.timer.as_mut().await;
            let ends = self.last_sent + self.limit;
            if ends <= Instant::now() {
                return;
            }
            self.timer.as_mut().reset(ends);
        }
    }
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
            let silence = async {
                match &mut self.silence {
                    Some(silence) => silence.ends().await,
                    None => std::future::pending().await,
                }
            };
            let delivery = tokio::select! {
                biased;
                delivery = delivery(&mut self.viewer) => Some(delivery?),
                () = silence => None,
            };
            let pieces = match delivery {
                Some(Next::Video(Delivery::Frame(shared))) => self.framing.frame(&shared),
                Some(Next::Sound(Delivery::Frame(shared))) => Some(self.framing.sound(&shared)),
                Some(Next::Video(_) | Next::Sound(_)) => continue,
                None => Some(self.framing.silent()),
            };
            let Some([first, second]) = pieces else {
                let reason = "the stream's configuration has changed";
                self.viewer.subscription.part(DisconnectReason::Ended, reason);
                return None;
            };
            if let Some(silence) = &mut self.silence {
                silence.last_sent = Instant::now();
            }
            self.next = second;
            if !first.is_empty() {
                return Some(first);
            }
        }
    }
}

/// What comes next, and of what.
enum Next {
    Video(Delivery),
    Sound(Delivery),
}

/// The next delivery; `None` when the camera is closed, or the viewer may not watch any more.
async fn delivery(viewer: &mut Admitted) -> Option<Next> {
    let Admitted { subscription, sound, request, .. } = viewer;
    let next = subscription.wait_for(|subscription| match request.camera.is_closed() {
        Some(reason) => Some(Err((DisconnectReason::Stopped, reason.to_owned()))),
        None => subscription.poll().map(Ok),
    });
    let next = tokio::select! {
        biased;
        end = request.grant.end() => Err((DisconnectReason::Denied, end.to_string())),
        next = next => next.map(Next::Video),
        heard = heard(sound) => Ok(Next::Sound(heard)),
    };
    match next {
        Ok(delivery) => Some(delivery),
        Err((kind, reason)) => {
            subscription.part(kind, &reason);
            None
        }
    }
}

/// The next of the sound, if there is any.
async fn heard(sound: &mut Option<Subscription>) -> Delivery {
    match sound {
        Some(sound) => sound.next().await,
        None => std::future::pending().await,
    }
}

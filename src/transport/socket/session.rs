//! One WebSocket viewer while it watches: frames from its subscription out, its few messages in.
//!
//! ```text
//!                        ┌────────────── Session ───────────────┐
//! fan-out of the track ─►│ Subscription ─► Transport ─► Outbox ─┼─► Connection ─► viewer    while it keeps up
//! own task ─────────────►│                Transport ◄─ Reader ◄─┼── Connection ◄─ viewer    always
//!                        └───────────────────────────────────────┘
//! ```
//! A viewer that keeps up is written to by the track's fan-out, and its own task sleeps until the viewer says something.
//! When its socket is full the fan-out passes it by, and its own task writes as the socket has room, until it has caught
//! up. The next delivery is taken only when the outbox is empty, so a viewer never has more waiting here than one
//! delivery; while the socket is full, the cursor stays where it is and the hub decides what is skipped.

use std::{
    io::ErrorKind,
    sync::{Arc, Mutex, MutexGuard},
    task::{Context, Poll, Waker},
    time::Duration,
};

use lenscast_media::websocket::{self, Message, Reader};
use tokio::{sync::watch, time::Instant};

use super::{
    Flow, READ_BYTES, Transport,
    keepalive::{Keepalive, Liveness},
    outbox::Outbox,
};
use crate::{
    http::Connection,
    hub::{Camera, CameraState, DisconnectReason, Follower, Subscription},
};

/// A client's message may be this long.
const MAX_MESSAGE_BYTES: usize = 64 << 10;
/// Answers to what a client asks may wait in the outbox until this many; what it asks then is read when they are written.
const MAX_ANSWERS: usize = 64;

/// A viewer who needs a track that cannot be made is told so when it has got nothing for so long: it was tried again by then,
/// as a rule.
const FAILED_FOR: Duration = Duration::from_secs(5);
/// Close code for what is our fault.
const FAULT: u16 = 1011;

/// How a viewer's connection ended.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum End {
    /// The viewer left, its connection broke, or it is let go without a word.
    Gone(DisconnectReason, String),
    /// We say why, by a code and a reason, and close.
    Close(DisconnectReason, u16, String),
}

impl End {
    fn broken(error: &std::io::Error) -> Self {
        Self::Gone(DisconnectReason::Broken, error.to_string())
    }

    /// Why, for the counters.
    pub(super) const fn reason(&self) -> DisconnectReason {
        match self {
            Self::Gone(reason, _) | Self::Close(reason, ..) => *reason,
        }
    }

    /// Why, in words.
    pub(super) fn message(&self) -> &str {
        match self {
            Self::Gone(_, message) | Self::Close(_, _, message) => message,
        }
    }
}

/// A viewer's connection and all that belongs to it; nothing once the session has ended.
pub(super) struct Session<T>(Mutex<Option<Inner<T>>>);

struct Inner<T> {
    connection: Connection,
    transport: T,
    subscription: Subscription,
    camera: Arc<Camera>,
    state: watch::Receiver<CameraState>,
    viewers: watch::Receiver<usize>,
    outbox: Outbox,
    reader: Reader,
    /// There is more of what it said than is answered for now.
    says_more: bool,
    keepalive: Keepalive,
    writer: Writer,
    end: Option<End>,
    /// The session's own task.
    waker: Option<Waker>,
}

/// Who writes to the socket.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Writer {
    /// The track's fan-out: all that there was has been written.
    FanOut,
    /// The session's own task: the viewer is new, or its socket is full.
    Own,
}

impl<T: Transport> Session<T> {
    /// A session whose first words are in its outbox; `read` is what the viewer has said already.
    pub(super) fn new(
        connection: Connection,
        read: &[u8],
        camera: Arc<Camera>,
        subscription: Subscription,
        transport: T,
    ) -> Self {
        let mut inner = Inner {
            connection,
            transport,
            state: camera.state(),
            viewers: camera.viewers(),
            subscription,
            camera,
            outbox: Outbox::default(),
            reader: Reader::new(MAX_MESSAGE_BYTES),
            says_more: false,
            keepalive: Keepalive::new(Instant::now()),
            writer: Writer::Own,
            end: None,
            waker: None,
        };
        inner.begin();
        inner.take_in(read);
        Self(Mutex::new(Some(inner)))
    }

    /// The own task's turn: reads what the viewer says, and writes while that is the task's part. Ready when the session
    /// has ended: how, the connection, and what still waited for it. From then on the viewer does not count, and the
    /// fan-out writes nothing.
    pub(super) fn poll(&self, context: &mut Context<'_>) -> Poll<(End, Connection, Outbox)> {
        let mut session = self.lock();
        let Some(inner) = session.as_mut() else { return Poll::Pending };
        let end = std::task::ready!(inner.poll(context));
        let Inner { connection, outbox, mut subscription, .. } =
            session.take().expect("it was polled just now");
        subscription.part(end.reason(), end.message());
        Poll::Ready((end, connection, outbox))
    }

    fn lock(&self) -> MutexGuard<'_, Option<Inner<T>>> {
        self.0.lock().expect("no holder of this lock panics")
    }
}

impl<T: Transport> Follower for Session<T> {
    fn follow(&self, now: Instant) {
        if let Some(inner) = self.lock().as_mut() {
            inner.fan_out(now);
        }
    }

    fn tick(&self, now: Instant) {
        if let Some(inner) = self.lock().as_mut() {
            inner.tick(now);
            inner.fan_out(now);
        }
    }
}

impl<T: Transport> Inner<T> {
    fn begin(&mut self) {
        self.transport.join(&mut self.subscription);
        self.transport.begin(&mut self.outbox);
        let state = self.state.borrow_and_update().clone();
        self.transport.state(&state, &mut self.outbox);
        self.tell_viewers();
    }

    fn tell_viewers(&mut self) {
        let count = *self.viewers.borrow_and_update();
        self.transport.viewers(count, &mut self.outbox);
    }

    fn poll(&mut self, context: &mut Context<'_>) -> Poll<End> {
        self.wake_me(context);
        loop {
            self.read(context);
            self.write(Instant::now());
            if let Some(end) = self.end.take() {
                return Poll::Ready(end);
            }
            if self.writer == Writer::FanOut {
                if self.says_more {
                    continue;
                }
                return Poll::Pending;
            }
            match self.connection.poll_write_ready(context) {
                Poll::Ready(Ok(())) => {}
                Poll::Ready(Err(error)) => return Poll::Ready(End::broken(&error)),
                Poll::Pending => return Poll::Pending,
            }
        }
    }

    fn wake_me(&mut self, context: &Context<'_>) {
        match &mut self.waker {
            Some(waker) => waker.clone_from(context.waker()),
            none => *none = Some(context.waker().clone()),
        }
    }

    /// The fan-out's turn: writes while that is its part. Wakes the own task if the rest is for it.
    fn fan_out(&mut self, now: Instant) {
        let mut hands_over = false;
        match self.writer {
            Writer::FanOut => {
                self.write(now);
                hands_over = self.writer == Writer::Own;
            }
            Writer::Own => self.look_for_the_end(),
        }
        if (hands_over || self.end.is_some())
            && let Some(waker) = &self.waker
        {
            waker.wake_by_ref();
        }
    }

    /// Reads what there is.
    fn read(&mut self, context: &mut Context<'_>) {
        let mut bytes = [0; READ_BYTES];
        self.take_in(&[]);
        while self.end.is_none() && !self.says_more {
            let read = match self.connection.poll_read_ready(context) {
                Poll::Ready(ready) => ready.and_then(|()| self.connection.try_read(&mut bytes)),
                Poll::Pending => return,
            };
            match read {
                Ok(0) => self.end = Some(End::Gone(DisconnectReason::Left, "connection ended".into())),
                Ok(count) => {
                    self.keepalive.spoke();
                    self.take_in(&bytes[..count]);
                }
                Err(error) if error.kind() == ErrorKind::WouldBlock => {}
                Err(error) => self.end = Some(End::broken(&error)),
            }
        }
    }

    /// Writes what waits, then what comes next, until there is nothing more or the socket is full.
    fn write(&mut self, now: Instant) {
        self.look_for_the_end();
        while self.end.is_none() {
            match self.outbox.write(&mut self.connection) {
                Ok(true) => self.keepalive.took(now),
                Ok(false) => {}
                Err(error) => return self.end = Some(End::broken(&error)),
            }
            if !self.outbox.is_empty() {
                return self.writer = Writer::Own;
            }
            if !self.next_event() {
                return self.writer = Writer::FanOut;
            }
        }
    }

    /// It is over for all, whatever still waits.
    fn look_for_the_end(&mut self) {
        if self.end.is_none()
            && let Some(reason) = self.camera.is_closed()
        {
            self.end = Some(End::Close(DisconnectReason::Stopped, 1001, reason.to_owned()));
        }
    }

    /// Puts what the viewer is to be told next into the outbox; whether there was anything. A camera is said to be live
    /// before its first frame, and to be gone after its last.
    fn next_event(&mut self) -> bool {
        let changed = self.state.has_changed().unwrap_or(false);
        let gone = changed
            && matches!(*self.state.borrow(), CameraState::Offline { .. } | CameraState::Ended { .. });
        if changed && !gone {
            self.tell_state();
        } else if let Some(delivery) = self.subscription.poll() {
            self.transport.deliver(delivery, &mut self.outbox);
            self.apply_flow();
        } else if changed {
            self.tell_state();
        } else {
            return false;
        }
        true
    }

    fn tell_state(&mut self) {
        let state = self.state.borrow_and_update().clone();
        self.transport.state(&state, &mut self.outbox);
    }

    fn apply_flow(&mut self) {
        match self.transport.flow() {
            Flow::Continue => {}
            Flow::Pause => self.subscription.pause(),
            Flow::Close(code, reason) => self.end = Some(End::Close(DisconnectReason::Ended, code, reason)),
        }
    }

    /// Looks at what depends on time alone.
    fn tick(&mut self, now: Instant) {
        let waits = !self.outbox.is_empty();
        match self.keepalive.check(now, waits) {
            Liveness::Alive => {}
            Liveness::Ping => self.outbox.framed(websocket::ping()),
            Liveness::Stalled => {
                self.end = Some(End::Gone(DisconnectReason::Stalled, "took nothing for 10 s".into()));
            }
            Liveness::Silent => {
                self.end = Some(End::Gone(DisconnectReason::Silent, "did not answer a ping for 20 s".into()));
            }
        }
        if let Some(reason) = self.cannot_be_made(now) {
            self.end = Some(End::Close(DisconnectReason::Ended, FAULT, reason));
        }
        if !waits && self.viewers.has_changed().unwrap_or(false) {
            self.tell_viewers();
        }
    }

    /// Why its track cannot be made, if that was tried more than once since it last got something.
    fn cannot_be_made(&self, now: Instant) -> Option<String> {
        if !self.transport.needs_its_track() || self.keepalive.waits_for(now) < FAILED_FOR {
            return None;
        }
        self.subscription.track().encoder_state().borrow().failure().map(str::to_owned)
    }

    /// Takes in what the viewer sent.
    fn take_in(&mut self, bytes: &[u8]) {
        self.reader.push(bytes);
        self.says_more = false;
        while self.end.is_none() {
            if self.outbox.len() > MAX_ANSWERS {
                self.says_more = true;
                return;
            }
            match self.reader.next_message() {
                Ok(None) => return,
                Ok(Some(Message::Text(text))) => {
                    self.transport.text(&text, &mut self.subscription, &mut self.outbox);
                    self.apply_flow();
                }
                Ok(Some(Message::Ping(payload))) => self.outbox.framed(websocket::pong(&payload)),
                Ok(Some(Message::Binary(_) | Message::Pong(_))) => {}
                Ok(Some(Message::Close(code))) => {
                    self.end = Some(End::Close(DisconnectReason::Left, code.unwrap_or(1000), String::new()));
                }
                Err(error) => {
                    let (code, reason) = (error.close_code(), error.to_string());
                    self.end = Some(End::Close(DisconnectReason::Misbehaved, code, reason));
                }
            }
        }
    }
}

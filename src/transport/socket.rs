//! Drives one WebSocket viewer: frames from its subscription out, its few messages in.
//!
//! ```text
//! Subscription ─► Transport::deliver ─► Outbox ─► TcpStream ─► viewer
//!                 Transport::text    ◄─ Reader ◄─ TcpStream ◄─ viewer
//! ```
//! The next delivery is taken only when the outbox is empty, so a viewer never has more waiting here than one
//! delivery; while the socket is full, the cursor stays where it is and the hub decides what is skipped.

use std::{
    collections::VecDeque,
    future::poll_fn,
    io::{ErrorKind, IoSlice},
    net::SocketAddr,
    sync::Arc,
    time::Duration,
};

use axum::response::Response;
use bytes::{Buf, Bytes};
use lenscast_media::websocket::{self, Message, Reader};
use tokio::{net::TcpStream, sync::watch, time::Instant};

use super::{
    Visit,
    life::{Life, Verdict},
};
use crate::{
    http::websocket::{Handshake, Upgraded},
    hub::{Camera, CameraState, Delivery, Subscription, ViewerInfo},
};

/// A client's message may be this long.
const MAX_MESSAGE_BYTES: usize = 64 << 10;
/// Answers to what a client asks may wait in the outbox until this many; a client that asks on without reading is closed.
const MAX_ANSWERS: usize = 64;
/// A viewer has so long to take our last words.
const CLOSE_WITHIN: Duration = Duration::from_millis(300);
/// Close code for a viewer there is no place for ("try again later").
const TOO_MANY: u16 = 1013;
/// How often the signs of a viewer's life are looked at.
const TICK: Duration = Duration::from_secs(1);
/// Bytes asked of the socket at once.
const READ_BYTES: usize = 4 << 10;

/// What one transport says to its viewers. All methods put whole WebSocket messages into the outbox.
pub(super) trait Transport: Send {
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
    /// What is to happen now that it has been told something.
    fn wish(&mut self) -> Wish {
        Wish::GoOn
    }
}

/// What a transport wants of its subscription.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Wish {
    /// More of it.
    GoOn,
    /// Nothing, until its viewer asks: it does not count as one.
    Rest,
    /// To end the connection with this code and reason.
    Close(u16, String),
}

/// Whole WebSocket messages that wait for the socket.
#[derive(Debug, Default)]
pub(super) struct Outbox(VecDeque<Bytes>);

impl Outbox {
    /// Adds bytes that are framed already, usually shared with other viewers.
    pub(super) fn framed(&mut self, message: Bytes) {
        if !message.is_empty() {
            self.0.push_back(message);
        }
    }

    /// Adds a text message.
    pub(super) fn text(&mut self, text: &str) {
        self.framed(websocket::text(text));
    }

    /// Adds a text message with `value` as JSON.
    pub(super) fn json(&mut self, value: &impl serde::Serialize) {
        self.text(
            &serde_json::to_string(value).expect("our messages have string keys and no maps that fail"),
        );
    }

    /// Adds a binary message.
    pub(super) fn binary(&mut self, payload: &[u8]) {
        self.framed(websocket::binary(payload));
    }

    /// Writes what the socket takes now; whether anything went out.
    fn write(&mut self, stream: &TcpStream) -> std::io::Result<bool> {
        let mut wrote = false;
        while !self.0.is_empty() {
            let written = match self.0.len() {
                1 => stream.try_write(&self.0[0]),
                waiting => {
                    let mut slices = [IoSlice::new(&[]); 16];
                    for (slice, waiting) in slices.iter_mut().zip(&self.0) {
                        *slice = IoSlice::new(waiting);
                    }
                    stream.try_write_vectored(&slices[..waiting.min(16)])
                }
            };
            match written {
                Ok(0) => return Err(ErrorKind::WriteZero.into()),
                Ok(written) => self.advance(written),
                Err(error) if error.kind() == ErrorKind::WouldBlock => break,
                Err(error) => return Err(error),
            }
            wrote = true;
        }
        Ok(wrote)
    }

    fn advance(&mut self, mut written: usize) {
        while let Some(front) = self.0.front_mut() {
            if written < front.len() {
                return front.advance(written);
            }
            written -= front.len();
            self.0.pop_front();
        }
    }
}

/// How a viewer's connection ended.
#[derive(Debug, PartialEq, Eq)]
enum End {
    /// The viewer left or its connection broke.
    Left(String),
    /// We say why and close.
    Close(u16, String),
}

/// Answers a viewer's handshake and serves it by what `transport` makes; turns it away when there are too many. `name`
/// is the transport's, as in its address.
pub(super) fn serve<T, F>(
    name: &'static str,
    handshake: Handshake,
    subprotocol: Option<&str>,
    visit: Visit,
    transport: F,
) -> Response
where
    T: Transport + 'static,
    F: FnOnce(&Arc<Camera>) -> T + Send + 'static,
{
    let Visit { app, camera, remote } = visit;
    let Some(place) = app.places.take() else {
        tracing::warn!(%remote, "turned away: {}", app.places);
        let reason = app.places.to_string();
        return handshake.accept(subprotocol, move |upgraded| async move {
            farewell(&upgraded.stream, Outbox::default(), TOO_MANY, &reason).await;
        });
    };
    handshake.accept(subprotocol, move |upgraded| async move {
        let session = Session {
            transport: transport(&camera),
            subscription: camera.video().subscribe(ViewerInfo { transport: name, remote }),
            state: camera.state(),
            camera,
            remote,
        };
        session.run(upgraded).await;
        drop(place);
    })
}

struct Session<T> {
    transport: T,
    subscription: Subscription,
    state: watch::Receiver<CameraState>,
    camera: Arc<Camera>,
    remote: SocketAddr,
}

impl<T: Transport> Session<T> {
    /// Serves the viewer until it leaves or the server stops.
    async fn run(mut self, upgraded: Upgraded) {
        let Upgraded { stream, read } = upgraded;
        let mut outbox = Outbox::default();
        let end = self.watch(&stream, &read, &mut outbox).await;
        drop(self.subscription);
        match end {
            End::Left(why) => tracing::debug!(remote = %self.remote, "viewer left: {why}"),
            End::Close(code, reason) => {
                tracing::debug!(remote = %self.remote, code, "viewer closed: {reason}");
                farewell(&stream, outbox, code, &reason).await;
            }
        }
    }

    async fn watch(&mut self, stream: &TcpStream, already_read: &[u8], outbox: &mut Outbox) -> End {
        let mut reader = Reader::new(MAX_MESSAGE_BYTES);
        let mut viewers = self.camera.viewers();
        viewers.mark_changed();
        let mut tick = tokio::time::interval(TICK);
        let mut life = Life::new(Instant::now());
        self.transport.join(&mut self.subscription);
        self.transport.begin(outbox);
        let state = self.state.borrow_and_update().clone();
        self.transport.state(&state, outbox);
        if let Some(end) = self.take_in(&mut reader, already_read, outbox) {
            return end;
        }
        loop {
            match outbox.write(stream) {
                Ok(true) => life.took(Instant::now()),
                Ok(false) => {}
                Err(error) => return End::Left(error.to_string()),
            }
            let writing = !outbox.0.is_empty();
            tokio::select! {
                biased;
                readable = poll_fn(|context| stream.poll_read_ready(context)) => {
                    if let Err(error) = readable {
                        return End::Left(error.to_string());
                    }
                    let mut bytes = [0; READ_BYTES];
                    match stream.try_read(&mut bytes) {
                        Ok(0) => return End::Left("connection ended".into()),
                        Ok(count) => {
                            life.spoke();
                            if let Some(end) = self.take_in(&mut reader, &bytes[..count], outbox) {
                                return end;
                            }
                        }
                        Err(error) if error.kind() == ErrorKind::WouldBlock => {}
                        Err(error) => return End::Left(error.to_string()),
                    }
                }
                event = self.next_event(writing) => match event {
                    Event::Delivery(delivery) => {
                        self.transport.deliver(delivery, outbox);
                        if let Some(end) = self.grant_wish() {
                            return end;
                        }
                    }
                    Event::State(state) => self.transport.state(&state, outbox),
                    Event::Closed(reason) => return End::Close(1001, reason),
                },
                writable = poll_fn(|context| stream.poll_write_ready(context)), if writing => {
                    if let Err(error) = writable {
                        return End::Left(error.to_string());
                    }
                }
                _ = tick.tick() => {
                    match life.check(Instant::now(), writing) {
                        Verdict::Well => {}
                        Verdict::Ping => outbox.framed(websocket::ping()),
                        Verdict::Gone(why) => return End::Left(why.into()),
                    }
                    if !writing && viewers.has_changed().unwrap_or(false) {
                        let count = *viewers.borrow_and_update();
                        self.transport.viewers(count, outbox);
                    }
                }
            }
        }
    }

    /// What the viewer is to be told next; while something is still being written, only that it is over. A camera is
    /// said to be live before its first frame, and to be gone after its last.
    async fn next_event(&mut self, writing: bool) -> Event {
        let Self { camera, state, subscription, .. } = self;
        let check = |subscription: &mut Subscription| {
            if let Some(reason) = camera.is_closed() {
                return Some(Event::Closed(reason.to_owned()));
            }
            if writing {
                return None;
            }
            let changed = state.has_changed().unwrap_or(false);
            let gone = matches!(*state.borrow(), CameraState::Offline { .. } | CameraState::Ended { .. });
            if changed && !gone {
                return Some(Event::State(state.borrow_and_update().clone()));
            }
            let delivery = subscription.poll().map(Event::Delivery);
            delivery.or_else(|| changed.then(|| Event::State(state.borrow_and_update().clone())))
        };
        subscription.wait_for(check).await
    }

    fn grant_wish(&mut self) -> Option<End> {
        match self.transport.wish() {
            Wish::GoOn => None,
            Wish::Rest => {
                self.subscription.pause();
                None
            }
            Wish::Close(code, reason) => Some(End::Close(code, reason)),
        }
    }

    /// Takes in what the viewer sent; its end if that is one.
    fn take_in(&mut self, reader: &mut Reader, bytes: &[u8], outbox: &mut Outbox) -> Option<End> {
        reader.push(bytes);
        loop {
            match reader.next_message() {
                Ok(None) => return None,
                Ok(Some(Message::Text(text))) => {
                    self.transport.text(&text, &mut self.subscription, outbox);
                    if let Some(end) = self.grant_wish() {
                        return Some(end);
                    }
                }
                Ok(Some(Message::Ping(payload))) => outbox.framed(websocket::pong(&payload)),
                Ok(Some(Message::Binary(_) | Message::Pong(_))) => {}
                Ok(Some(Message::Close(code))) => {
                    return Some(End::Close(code.unwrap_or(1000), String::new()));
                }
                Err(error) => return Some(End::Close(error.close_code(), error.to_string())),
            }
            if outbox.0.len() > MAX_ANSWERS {
                return Some(End::Close(1008, "asks on without reading the answers".into()));
            }
        }
    }
}

/// What a viewer is to be told.
enum Event {
    Delivery(Delivery),
    State(CameraState),
    Closed(String),
}

/// Ends the connection politely: what is begun is finished, then the close frame, for as long as it may take.
async fn farewell(stream: &TcpStream, mut outbox: Outbox, code: u16, reason: &str) {
    outbox.0.truncate(1);
    // 1005 and 1006 stand for "no code" and may not be sent (RFC 6455 section 7.4.1).
    let code = if matches!(code, 1000..=1003 | 1007..=1014 | 3000..=4999) { code } else { 1002 };
    outbox.framed(websocket::close(code, reason));
    let goodbye = async {
        while !outbox.0.is_empty() {
            stream.writable().await?;
            outbox.write(stream)?;
        }
        rustix::net::shutdown(stream, rustix::net::Shutdown::Write)?;
        let mut rest = [0; READ_BYTES];
        loop {
            stream.readable().await?;
            match stream.try_read(&mut rest) {
                Ok(0) => return Ok(()),
                Err(error) if error.kind() != ErrorKind::WouldBlock => return Err(error),
                _ => {}
            }
        }
    };
    let goodbye: Result<std::io::Result<()>, _> = tokio::time::timeout(CLOSE_WITHIN, goodbye).await;
    if !matches!(goodbye, Ok(Ok(()))) {
        tracing::trace!(code, "viewer did not answer the close");
    }
}

//! One WebSocket viewer while it watches: frames of its subscription out, its few messages in.
//!
//! ```text
//!                        ┌────────────── Session ───────────────┐
//! fan-out of the track ─►│ Subscription ─► Transport ─► Outbox ─┼─► Connection ─► viewer    while it keeps up
//! own task ─────────────►│                Transport ◄─ Reader ◄─┼── Connection ◄─ viewer    always
//!                        └──────────────────────────────────────┘
//! ```
//! The track's fan-out writes to a viewer that keeps up, and the session's own task sleeps until the viewer sends
//! something. When the connection is full the fan-out skips the session, and its own task writes as the connection has
//! room, until the viewer has caught up. The fan-out never waits for a session: one whose own
//! task is at work is passed, and does that part itself. The next delivery is taken only when the outbox is empty, so at most one waits
//! here for each viewer; while the connection is full, the cursor stands still and the hub decides which frames to skip.

use std::{
    sync::{
        Arc, Mutex, MutexGuard, TryLockError,
        atomic::{AtomicBool, Ordering},
    },
    task::{Context, Poll, Waker},
    time::Duration,
};

use lenscast_media::websocket::{self, Message};
use tokio::{sync::watch, time::Instant};

use super::{
    close_handshake::code,
    input::{Input, Next},
    keepalive::{Keepalive, Liveness, SILENT},
    outbox::Outbox,
    session_end::SessionEnd,
    tracks::{Tracks, pause_with},
    transport::{Flow, Transport},
};
use crate::{
    access::Grant,
    http::{Connection, STALLED, shown_failure, shown_state},
    hub::{AWAITS_KEYFRAME, Camera, CameraState, Delivery, DisconnectReason, Follower, Subscription},
};

/// Answers to a viewer's messages that may wait in the outbox; above that, its next message is read when some are written.
const MAX_ANSWERS: usize = 64;

/// A viewer of a track that cannot be made is closed when it has got no data for this long: by then the encoder has been
/// tried again.
const FAILED_FOR: Duration = Duration::from_secs(5);

/// A viewer's connection and all that belongs to it.
pub(super) struct Session<T> {
    /// Nothing once the session has ended.
    inner: Mutex<Option<Inner<T>>>,
    /// A fan-out passed while another task held the lock, and has left its part to it.
    is_passed: AtomicBool,
    /// Two fan-outs write, that of the pictures and that of the sound.
    listens: bool,
}

struct Inner<T> {
    connection: Connection,
    transport: T,
    subscription: Subscription,
    sound: Option<Subscription>,
    camera: Arc<Camera>,
    grant: Grant,
    state: watch::Receiver<CameraState>,
    viewers: watch::Receiver<usize>,
    outbox: Outbox,
    input: Input,
    keepalive: Keepalive,
    writer: Writer,
    end: Option<SessionEnd>,
    /// The session's own task.
    waker: Option<Waker>,
}

/// Who writes to the connection.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Writer {
    /// The track's fan-out: everything there was has been written.
    FanOut,
    /// The session's own task: the viewer is new, or its connection is full.
    OwnTask,
}

impl<T: Transport> Session<T> {
    /// A session whose first messages are in its outbox; `received` came behind the viewer's handshake.
    pub(super) fn new(
        connection: Connection,
        received: &[u8],
        camera: Arc<Camera>,
        grant: Grant,
        Tracks { subscription, sound }: Tracks,
        transport: T,
    ) -> Self {
        let listens = sound.is_some();
        let mut inner = Inner {
            connection,
            transport,
            state: camera.state(),
            viewers: camera.viewers(),
            subscription,
            sound,
            camera,
            grant,
            outbox: Outbox::default(),
            input: Input::new(received, Instant::now()),
            keepalive: Keepalive::new(Instant::now()),
            writer: Writer::OwnTask,
            end: None,
            waker: None,
        };
        inner.begin();
        Self { inner: Mutex::new(Some(inner)), is_passed: AtomicBool::new(false), listens }
    }

    /// The own task's turn: reads what the viewer sends, and writes while that is the task's part. Ready when the session
    /// has ended: how, the connection, and what still waited to be written. From then on the viewer does not count, and
    /// the fan-out writes nothing.
    pub(super) fn poll(&self, context: &mut Context<'_>) -> Poll<(SessionEnd, Connection, Outbox)> {
        let mut is_passed = false;
        loop {
            let mut session = self.lock();
            let Some(inner) = session.as_mut() else { return Poll::Pending };
            if is_passed {
                inner.tick(Instant::now());
            }
            match inner.poll(context) {
                Poll::Pending => drop(session),
                Poll::Ready(end) => {
                    let Inner { connection, outbox, mut subscription, sound, .. } =
                        session.take().expect("it was polled just now");
                    drop(sound);
                    subscription.part(end.reason(), end.message());
                    return Poll::Ready((end, connection, outbox));
                }
            }
            // Each pass of the fan-out is one more turn, no more.
            is_passed = self.is_passed.swap(false, Ordering::AcqRel);
            if !is_passed {
                return Poll::Pending;
            }
        }
    }

    fn lock(&self) -> MutexGuard<'_, Option<Inner<T>>> {
        self.inner.lock().expect("no holder of this lock panics")
    }

    /// Calls `part` with what the session has, unless its own task is at work: then that does it. The fan-out has others
    /// to serve and never waits for one.
    fn pass(&self, part: impl Fn(&mut Inner<T>)) {
        let mut is_second_try = false;
        loop {
            match self.inner.try_lock() {
                Ok(mut session) => {
                    if let Some(inner) = session.as_mut() {
                        part(inner);
                    }
                    drop(session);
                    // The other fan-out may have passed meanwhile.
                    if !(self.listens && self.is_passed.swap(false, Ordering::AcqRel)) {
                        return;
                    }
                    is_second_try = false;
                }
                Err(TryLockError::Poisoned(_)) => unreachable!("no holder of this lock panics"),
                // The holder looks at this after it has unlocked. Either it sees it, or the second try finds the lock free.
                Err(TryLockError::WouldBlock) if !is_second_try => {
                    self.is_passed.swap(true, Ordering::AcqRel);
                    is_second_try = true;
                }
                Err(TryLockError::WouldBlock) => return,
            }
        }
    }
}

impl<T: Transport> Follower for Session<T> {
    fn follow(&self, now: Instant) {
        self.pass(|inner| inner.fan_out(now));
    }

    fn tick(&self, now: Instant) {
        self.pass(|inner| {
            inner.tick(now);
            inner.fan_out(now);
        });
    }
}

impl<T: Transport> Inner<T> {
    fn begin(&mut self) {
        self.transport.join(&mut self.subscription);
        self.transport.begin(&mut self.outbox);
        self.send_state();
        self.send_viewer_count();
    }

    fn send_state(&mut self) {
        let state = self.state.borrow_and_update().clone();
        let state = shown_state(&self.camera, state, &self.grant);
        self.transport.state(&state, &mut self.outbox);
    }

    fn send_viewer_count(&mut self) {
        let count = *self.viewers.borrow_and_update();
        self.transport.viewers(count, &mut self.outbox);
    }

    fn poll(&mut self, context: &mut Context<'_>) -> Poll<SessionEnd> {
        self.set_waker(context);
        let may_have_more = self.read(context);
        loop {
            self.write(Instant::now());
            if let Some(end) = self.end.take() {
                return Poll::Ready(end);
            }
            if may_have_more && self.outbox.len() <= MAX_ANSWERS {
                // Other tasks have their turn first.
                context.waker().wake_by_ref();
                return Poll::Pending;
            }
            if self.writer == Writer::FanOut {
                return Poll::Pending;
            }
            match self.connection.poll_write_ready(context) {
                Poll::Ready(Ok(())) => {}
                Poll::Ready(Err(error)) => return Poll::Ready(SessionEnd::broken(&error)),
                Poll::Pending => return Poll::Pending,
            }
        }
    }

    fn set_waker(&mut self, context: &Context<'_>) {
        match &mut self.waker {
            Some(waker) => waker.clone_from(context.waker()),
            none => *none = Some(context.waker().clone()),
        }
    }

    /// The fan-out's turn: writes while that is its part, and wakes the own task to write the rest or to end the session.
    fn fan_out(&mut self, now: Instant) {
        let mut is_own_tasks_turn = false;
        match self.writer {
            Writer::FanOut => {
                self.write(now);
                is_own_tasks_turn = self.writer == Writer::OwnTask;
            }
            Writer::OwnTask => self.check_closed(),
        }
        if (is_own_tasks_turn || self.end.is_some())
            && let Some(waker) = &self.waker
        {
            waker.wake_by_ref();
        }
    }

    /// Reads and handles a turn's share of what the viewer sends; whether there may be more.
    fn read(&mut self, context: &mut Context<'_>) -> bool {
        self.input.begin_turn();
        let may_have_more = loop {
            if self.end.is_some() || self.outbox.len() > MAX_ANSWERS {
                break true;
            }
            match self.input.next(&mut self.connection, context) {
                Next::Message(message) => self.receive(message),
                Next::End(end) => self.end = Some(end),
                Next::Nothing => break false,
                Next::TurnIsOver => break true,
            }
        };
        if self.input.has_read() {
            self.keepalive.data_received();
        }
        may_have_more
    }

    fn receive(&mut self, message: Message) {
        match message {
            Message::Text(text) => {
                self.transport.text(&text, &mut self.subscription, &mut self.outbox);
                self.apply_flow();
                pause_with(&self.subscription, self.sound.as_mut());
            }
            Message::Ping(payload) => self.outbox.framed(websocket::pong(&payload)),
            Message::Binary(_) | Message::Pong(_) => {}
            Message::Close(code) => {
                let code = code.unwrap_or(code::NORMAL);
                self.end = Some(SessionEnd::Close(DisconnectReason::Left, code, String::new()));
            }
        }
    }

    /// Writes what waits, then what comes next, until there is nothing more or the connection is full.
    fn write(&mut self, now: Instant) {
        self.check_closed();
        while self.end.is_none() {
            match self.outbox.write(&mut self.connection) {
                Ok(true) => self.keepalive.data_accepted(now),
                Ok(false) => {}
                Err(error) => return self.end = Some(SessionEnd::broken(&error)),
            }
            if self.is_data_waiting() {
                return self.writer = Writer::OwnTask;
            }
            if !self.next_event() {
                return self.writer = Writer::FanOut;
            }
        }
    }

    /// Whether the connection has not yet taken all that it was given.
    fn is_data_waiting(&self) -> bool {
        !self.outbox.is_empty() || self.connection.has_unsent()
    }

    /// Ends the session when the camera is closed, whatever still waits.
    fn check_closed(&mut self) {
        if self.end.is_none()
            && let Some(reason) = self.camera.is_closed()
        {
            let reason = reason.to_owned();
            self.end = Some(SessionEnd::Close(DisconnectReason::Stopped, code::GOING_AWAY, reason));
        }
    }

    /// Puts what the viewer is to be sent next into the outbox; whether there was anything. The state "live" is sent
    /// before the first frame, and "offline" or "ended" after the last.
    fn next_event(&mut self) -> bool {
        let is_changed = self.state.has_changed().unwrap_or(false);
        let is_over = is_changed
            && matches!(*self.state.borrow(), CameraState::Offline { .. } | CameraState::Ended { .. });
        if is_changed && !is_over {
            self.send_state();
        } else if let Some(heard) = self.sound.as_mut().and_then(Subscription::poll) {
            // Before the pictures: it is small, and a viewer that hears holes is worse off than one that sees them.
            if let Delivery::Frame(shared) = heard {
                self.transport.sound(&shared, &mut self.outbox);
            }
        } else if let Some(delivery) = self.subscription.poll() {
            self.transport.deliver(delivery, &mut self.outbox);
            self.apply_flow();
        } else if is_changed {
            self.send_state();
        } else {
            return false;
        }
        true
    }

    fn apply_flow(&mut self) {
        match self.transport.flow() {
            Flow::Continue => {}
            Flow::Pause => self.subscription.pause(),
            Flow::Close(code, reason) => {
                self.end = Some(SessionEnd::Close(DisconnectReason::Ended, code, reason));
            }
        }
    }

    /// Checks what depends on time alone.
    fn tick(&mut self, now: Instant) {
        let is_data_waiting = self.is_data_waiting();
        let disconnected = |reason, message: &str| Some(SessionEnd::Disconnected(reason, message.to_owned()));
        match self.keepalive.check(now, is_data_waiting) {
            Liveness::Alive => {}
            Liveness::Ping => self.outbox.framed(websocket::ping()),
            Liveness::Stalled => self.end = disconnected(DisconnectReason::Stalled, STALLED),
            Liveness::Silent => self.end = disconnected(DisconnectReason::Silent, SILENT),
        }
        if let Err(end) = self.grant.check() {
            let (reason, code) = (DisconnectReason::Denied, code::POLICY_VIOLATION);
            self.end = Some(SessionEnd::Close(reason, code, end.to_string()));
        }
        if let Some(reason) = self.track_failure(now) {
            self.end = Some(SessionEnd::Close(DisconnectReason::Ended, code::INTERNAL_ERROR, reason));
        }
        if !is_data_waiting && self.viewers.has_changed().unwrap_or(false) {
            self.send_viewer_count();
        }
    }

    /// Why there is nothing to play, if the viewer needs to know it and has got no data for [`FAILED_FOR`].
    fn track_failure(&self, now: Instant) -> Option<String> {
        if self.keepalive.idle_for(now) < FAILED_FOR {
            return None;
        }
        if !self.transport.explains_waiting() && self.subscription.track().awaits_keyframe() {
            return Some(AWAITS_KEYFRAME.to_owned());
        }
        if !self.transport.needs_its_track() {
            return None;
        }
        let encoder = self.subscription.track().encoder_state();
        encoder.borrow().failure().map(|failure| shown_failure(&self.camera, failure, &self.grant))
    }
}

#[cfg(test)]
mod tests {
    use tokio::{
        io::{AsyncReadExt, AsyncWriteExt},
        net::{TcpListener, TcpStream},
    };

    use super::*;
    use crate::{
        access::{Access, Rules},
        clock::Clock,
        hub::{CacheLimits, Publisher, ViewerInfo},
    };

    /// Sends the name of each state.
    struct States;

    impl Transport for States {
        fn begin(&mut self, _: &mut Outbox) {}

        fn deliver(&mut self, _: Delivery, _: &mut Outbox) {}

        fn state(&mut self, state: &CameraState, out: &mut Outbox) {
            out.text(state.name());
        }
    }

    async fn connected() -> (Connection, TcpStream) {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("bound");
        let (client, accepted) = tokio::join!(TcpStream::connect(address), listener.accept());
        let (stream, remote) = accepted.expect("a client");
        (Connection::new(stream, remote).expect("a client"), client.expect("it listens"))
    }

    /// A camera, and a session of a viewer of it, who has sent `received` with its handshake.
    async fn watched(received: &[u8]) -> (Arc<Camera>, Publisher, Session<States>, TcpStream) {
        let (camera, publisher, _requests) =
            Camera::new("cam1".into(), Clock::start(), CacheLimits::default(), crate::encode::admit);
        let (connection, client) = connected().await;
        let info = ViewerInfo { transport: "test", remote: connection.remote() };
        let subscription = camera.video().subscribe(info);
        let access = Access::new(Rules::default(), None, Clock::start()).expect("random numbers");
        let grant = Grant::anyone(&access);
        let tracks = Tracks { subscription, sound: None };
        let session = Session::new(connection, received, Arc::clone(&camera), grant, tracks, States);
        (camera, publisher, session, client)
    }

    #[tokio::test]
    async fn the_fan_out_passes_a_session_at_work_which_does_that_part_itself() {
        let (_camera, mut publisher, session, mut client) = watched(&[]).await;
        let one_poll = || std::future::poll_fn(|context| Poll::Ready(session.poll(context).is_pending()));
        assert!(one_poll().await);
        let at_work = session.lock();
        publisher.set_state(CameraState::Idle);
        // These would never return.
        session.follow(Instant::now());
        session.tick(Instant::now());
        assert!(session.is_passed.load(Ordering::Acquire));
        drop(at_work);
        assert!(one_poll().await);
        assert!(!session.is_passed.load(Ordering::Acquire));
        let expected = [websocket::text("starting"), websocket::text("idle")].concat();
        let mut received = vec![0; expected.len()];
        client.read_exact(&mut received).await.expect("it is open");
        assert_eq!(received, expected);
    }

    #[tokio::test]
    async fn a_turn_answers_64_messages() {
        let ping = [0x89, 0x80, 0, 0, 0, 0];
        let (_camera, _publisher, session, mut client) = watched(&ping.repeat(150)).await;
        let beginning = websocket::text("starting");
        let mut received = vec![0; beginning.len()];
        for (turn, pongs) in [64, 64, 22].into_iter().enumerate() {
            let is_pending = std::future::poll_fn(|context| Poll::Ready(session.poll(context).is_pending()));
            assert!(is_pending.await, "turn {turn}");
            if turn == 0 {
                client.read_exact(&mut received).await.expect("it is open");
                assert_eq!(received, beginning);
            }
            let mut answers = vec![0; 2 * pongs];
            client.read_exact(&mut answers).await.expect("it is open");
            assert_eq!(answers, [0x8a, 0].repeat(pongs), "turn {turn}");
            let more = client.try_read(&mut [0; 1]).map_err(|error| error.kind());
            assert_eq!(more, Err(std::io::ErrorKind::WouldBlock), "turn {turn}");
        }
    }

    #[tokio::test]
    async fn the_fan_out_writes_nothing_after_the_end() {
        let (camera, mut publisher, session, mut client) = watched(&[]).await;
        let first = websocket::text("starting");
        let viewer = async {
            let mut received = vec![0; first.len()];
            client.read_exact(&mut received).await.expect("it is open");
            assert_eq!(received, first);
            // Masked with zeros: a close frame with code 1000.
            client.write_all(&[0x88, 0x82, 0, 0, 0, 0, 0x03, 0xe8]).await.expect("it is open");
        };
        let own_task = std::future::poll_fn(|context| session.poll(context));
        let ((end, connection, outbox), ()) = tokio::join!(own_task, viewer);
        assert_eq!(end, SessionEnd::Close(DisconnectReason::Left, code::NORMAL, String::new()));
        assert_eq!(camera.video().viewers().len(), 0);

        publisher.set_state(CameraState::Idle);
        session.follow(Instant::now());
        session.tick(Instant::now());
        drop((connection, outbox));
        let mut received = Vec::new();
        client.read_to_end(&mut received).await.expect("an end");
        assert!(received.is_empty(), "{received:?}");
    }
}

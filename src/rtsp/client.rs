//! One connection of a client: its requests are answered, and its viewer is sent what comes next.
//!
//! ```text
//! OPTIONS ─► DESCRIBE ─► SETUP ─► PLAY ─► frames …  OPTIONS, GET_PARAMETER: I am still there  … ─► TEARDOWN, or the end
//! ```
//! Requests are read while frames wait to be written, so that an answer never waits for a slow network longer than the frame
//! before it. A session ends with its connection.

use std::{net::Ipv4Addr, sync::Arc, time::Duration};

use lenscast_media::{
    rtp::rtp_time,
    rtsp::{Incoming, Method, Offer, Reader, Request, Response, Status, TRACK, describe, offered},
};
use tokio::time::{Instant, MissedTickBehavior};

use super::{
    door::{Entered, enter},
    offer::description,
    outbox::Outbox,
    viewer::{PAYLOAD_TYPE, Viewer},
};
use crate::{
    http::{AppState, Connection, ConnectionPlace, STALLED, STALLED_AFTER},
    hub::{Delivery, DisconnectReason, ViewerInfo},
    random::random_bytes,
};

/// Bytes read from the connection at once.
const READ_BYTES: usize = 4 << 10;
/// How often what depends on time alone is looked at.
const TICK: Duration = Duration::from_secs(1);
/// A client to which nothing is sent is to ask for something within this. Answers say so, and players keep their session by it.
const SESSION_TIMEOUT: Duration = Duration::from_secs(60);
/// What this server does.
const METHODS: &str = "OPTIONS, DESCRIBE, SETUP, PLAY, GET_PARAMETER, SET_PARAMETER, TEARDOWN";

/// How a connection ends.
struct End(DisconnectReason, String);

impl End {
    fn broken(error: &std::io::Error) -> Self {
        Self(DisconnectReason::Broken, error.to_string())
    }
}

/// A connection and all that belongs to it.
pub(super) struct Client {
    connection: Connection,
    place: ConnectionPlace,
    app: AppState,
    reader: Reader,
    outbox: Outbox,
    viewer: Option<Viewer>,
    /// When it last sent or accepted something.
    alive_at: Instant,
    /// Since when the connection accepts nothing, while something waits.
    full_since: Option<Instant>,
    /// How the connection ends when all is written. Nothing more is answered.
    leaving: Option<End>,
}

impl Client {
    pub(super) fn new(connection: Connection, place: ConnectionPlace, app: AppState) -> Self {
        Self {
            connection,
            place,
            app,
            reader: Reader::default(),
            outbox: Outbox::default(),
            viewer: None,
            alive_at: Instant::now(),
            full_since: None,
            leaving: None,
        }
    }

    /// Serves it until one side ends the connection.
    pub(super) async fn run(mut self) {
        let End(reason, message) = self.serve().await;
        if reason == DisconnectReason::Stalled {
            self.connection.reset_when_dropped();
        }
        tracing::debug!(remote = %self.connection.remote(), reason = reason.name(), "RTSP connection ended: {message}");
        if let Some(viewer) = &mut self.viewer {
            viewer.subscription.part(reason, &message);
        }
    }

    async fn serve(&mut self) -> End {
        let mut tick = tokio::time::interval(TICK);
        tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            let has_answered_all = self.answer_all().await;
            if let Err(end) = self.write_all() {
                return end;
            }
            if !has_answered_all && !self.outbox.is_full() {
                // Nothing more is read until then: what a client sends waits in its own socket.
                if let Err(end) = self.check() {
                    return end;
                }
                tokio::task::yield_now().await;
                continue;
            }
            if self.outbox.is_empty()
                && let Some(end) = self.leaving.take()
            {
                return end;
            }
            let waits_for_frames = self.outbox.is_empty() && self.leaving.is_none();
            let Self { connection, outbox, viewer, .. } = self;
            let (may_read, must_write) = (has_answered_all, !outbox.is_empty());
            let ready = std::future::poll_fn(|context| {
                let can_read = may_read && connection.poll_read_ready(context).is_ready();
                let can_write = must_write && connection.poll_write_ready(context).is_ready();
                if can_read || can_write {
                    std::task::Poll::Ready(can_read)
                } else {
                    std::task::Poll::Pending
                }
            });
            let delivery = async {
                match viewer {
                    Some(viewer) if waits_for_frames => viewer.next().await,
                    _ => std::future::pending().await,
                }
            };
            tokio::select! {
                // First, so that a client that never stops asking does not outlive its time-outs and its right to watch.
                biased;
                _ = tick.tick() => if let Err(end) = self.check() {
                    return end;
                },
                can_read = ready => if can_read && let Err(end) = self.read() {
                    return end;
                },
                delivery = delivery => match delivery {
                    Ok(delivery) => self.deliver(&delivery),
                    Err(reason) => return End(DisconnectReason::Stopped, reason),
                },
            }
        }
    }

    /// Reads what is there once.
    fn read(&mut self) -> Result<(), End> {
        let mut bytes = [0; READ_BYTES];
        match self.connection.try_read(&mut bytes) {
            Ok(0) => Err(End(DisconnectReason::Left, String::new())),
            Ok(count) => {
                self.alive_at = Instant::now();
                if self.leaving.is_none() {
                    self.reader.push(&bytes[..count]);
                }
                Ok(())
            }
            Err(error) if error.kind() == std::io::ErrorKind::WouldBlock => Ok(()),
            Err(error) => Err(End::broken(&error)),
        }
    }

    /// Answers the requests that are whole, as long as there is room for answers; whether there are no more.
    async fn answer_all(&mut self) -> bool {
        while self.leaving.is_none() {
            if self.outbox.is_full() {
                return false;
            }
            match self.reader.next_incoming() {
                Ok(Some(Incoming::Request(request))) => {
                    let response = self.answer(&request).await;
                    self.outbox.answer(response.into_bytes());
                }
                // Receivers report what they have lost: nothing is lost in a connection.
                Ok(Some(Incoming::Packet { .. })) => {}
                Ok(None) => break,
                Err(error) => {
                    let sentence = error.to_string();
                    self.outbox.answer(Response::new(Status::BadRequest, &sentence, None).into_bytes());
                    self.leaving = Some(End(DisconnectReason::Misbehaved, sentence));
                }
            }
        }
        true
    }

    /// Writes what waits, then what comes next, until there is nothing more or the connection is full.
    fn write_all(&mut self) -> Result<(), End> {
        loop {
            let wrote = self.outbox.write(&mut self.connection).map_err(|error| End::broken(&error))?;
            if wrote {
                (self.alive_at, self.full_since) = (Instant::now(), None);
            }
            if !self.outbox.is_empty() {
                self.full_since.get_or_insert_with(Instant::now);
                return Ok(());
            }
            let Some(delivery) = self.viewer.as_mut().and_then(Viewer::poll) else { return Ok(()) };
            self.deliver(&delivery);
        }
    }

    fn deliver(&mut self, delivery: &Delivery) {
        if let Some(viewer) = &mut self.viewer {
            viewer.deliver(delivery, &mut self.outbox, Instant::now());
        }
    }

    /// Checks what depends on time alone.
    fn check(&self) -> Result<(), End> {
        let now = Instant::now();
        if self.full_since.is_some_and(|since| now.duration_since(since) >= STALLED_AFTER) {
            return Err(End(DisconnectReason::Stalled, STALLED.to_owned()));
        }
        if now.duration_since(self.alive_at) >= SESSION_TIMEOUT {
            return Err(End(
                DisconnectReason::Silent,
                "asked for nothing and got nothing for 60 s".to_owned(),
            ));
        }
        if let Some(viewer) = &self.viewer {
            if let Some(reason) = viewer.camera.is_closed() {
                return Err(End(DisconnectReason::Stopped, reason.to_owned()));
            }
            viewer.grant.check().map_err(|end| End(DisconnectReason::Denied, end.to_string()))?;
        }
        Ok(())
    }

    async fn answer(&mut self, request: &Request) -> Response {
        self.place.request_begins();
        let sequence = request.sequence();
        match request.method {
            Method::Options => self.with_session(Response::ok(sequence).with("Public", METHODS)),
            Method::Describe => self.describe(request).await.unwrap_or_else(|refusal| refusal),
            Method::Setup => self.set_up(request).await.unwrap_or_else(|refusal| refusal),
            Method::Play => self.play(request),
            Method::GetParameter | Method::SetParameter => self.with_session(Response::ok(sequence)),
            Method::Teardown => {
                let response = self.with_session(Response::ok(sequence));
                self.viewer = None;
                response
            }
            Method::Other => Response::new(Status::NotImplemented, "This server does not do that", sequence)
                .with("Allow", METHODS),
        }
    }

    async fn describe(&mut self, request: &Request) -> Result<Response, Response> {
        let mut viewer = self.admit(request).await?;
        let config = description(&mut viewer).await;
        let config = config.map_err(|why| Response::new(Status::Unavailable, &why, request.sequence()))?;
        let server = self.connection.local().map_or(Ipv4Addr::UNSPECIFIED.into(), |local| local.ip());
        let body = describe(&Offer {
            name: viewer.camera.name(),
            id: viewer.camera.clock().now().as_micros(),
            server: &server.to_canonical().to_string(),
            payload_type: PAYLOAD_TYPE,
            avcc: &config.description,
        });
        // A camera that runs on demand has been started for it, and is not to stop before it plays.
        self.viewer = Some(viewer);
        let base = request.address.trim_end_matches('/');
        Ok(Response::ok(request.sequence())
            .with("Content-Base", format!("{base}/"))
            .with_body("application/sdp", body))
    }

    async fn set_up(&mut self, request: &Request) -> Result<Response, Response> {
        let channels = offered(request.header("Transport").unwrap_or_default()).ok_or_else(|| {
            let sentence = "Packets travel in the connection only: RTP/AVP/TCP";
            Response::new(Status::UnsupportedTransport, sentence, request.sequence())
        })?;
        let mut viewer = self.admit(request).await?;
        viewer.set_up(channels);
        let transport = channels.answer(viewer.ssrc());
        self.viewer = Some(viewer);
        Ok(self.with_session(Response::ok(request.sequence()).with("Transport", transport)))
    }

    /// The viewer of the camera that is asked for: the one that is here already, or one more.
    async fn admit(&mut self, request: &Request) -> Result<Viewer, Response> {
        let remote = self.connection.remote();
        let Entered { grant, camera } = enter(&self.app, remote, request).await?;
        let refuse = |status, sentence: &str| Response::new(status, sentence, request.sequence());
        if self.viewer.as_ref().is_some_and(|viewer| viewer.is_playing) {
            let sentence = "It plays already: another connection can play more";
            return Err(refuse(Status::NotValidInThisState, sentence));
        }
        if let Some(mut viewer) = self.viewer.take().filter(|viewer| Arc::ptr_eq(&viewer.camera, &camera)) {
            viewer.grant = grant;
            return Ok(viewer);
        }
        // A viewer above the limit starts nothing.
        let permit = self.app.viewer_limit.acquire(remote, Some(&self.place));
        let permit = permit.map_err(|reached| refuse(Status::NotEnoughBandwidth, &reached.to_string()))?;
        let subscription = camera.video().subscribe(ViewerInfo { transport: "rtsp", remote });
        Ok(Viewer::new((grant, camera), subscription, permit, random_bytes()))
    }

    fn play(&mut self, request: &Request) -> Response {
        let refuse = |status, sentence| Response::new(status, sentence, request.sequence());
        let Some(viewer) = self.viewer.as_mut().filter(|viewer| viewer.is_set_up()) else {
            return refuse(Status::NotValidInThisState, "Nothing was set up in this connection");
        };
        if request.session() != Some(viewer.session.as_str()) {
            return refuse(Status::SessionNotFound, "There is no such session in this connection");
        }
        let (sequence, time) = viewer.play();
        let base = request.address.trim_end_matches('/');
        let time = time.map_or_else(String::new, |pts| format!(";rtptime={}", rtp_time(pts)));
        let info = format!("url={base}/{TRACK};seq={sequence}{time}");
        let response = Response::ok(request.sequence()).with("Range", "npt=now-").with("RTP-Info", info);
        self.with_session(response)
    }

    /// Adds the session, if there is one.
    fn with_session(&self, response: Response) -> Response {
        match &self.viewer {
            Some(viewer) if viewer.is_set_up() => {
                response.with("Session", format!("{};timeout={}", viewer.session, SESSION_TIMEOUT.as_secs()))
            }
            _ => response,
        }
    }
}

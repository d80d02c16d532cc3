//! A camera: a name, a catalogue of tracks, and what its source is doing.

use std::sync::{
    Arc, Mutex, MutexGuard, OnceLock,
    atomic::{AtomicU8, Ordering},
};

use lenscast_media::time::Moment;
use tokio::sync::{mpsc, watch};

use super::{
    CacheLimits, JpegSettings, Publisher, RenditionRequest, RenditionRequests, Subscription,
    TooManyRenditions, Track, TrackKind, TrackPublisher, ViewerInfo,
    rendition_requests::{MAX_JPEG_RENDITIONS, MAX_REQUESTS},
};
use crate::clock::Clock;

/// What a camera's source is doing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CameraState {
    /// Not running, because nobody watches; the first viewer starts it.
    Idle,
    /// It is being looked for.
    Searching,
    /// Being started, or running without a frame so far.
    Starting,
    /// Frames are coming.
    Live,
    /// Failed or ended. `reason` is a sentence for a person.
    Offline {
        /// What happened.
        reason: String,
        /// When the source is tried again; `None` while it still runs but gives nothing that can be shown.
        retry_at: Option<Moment>,
    },
    /// Ended and not tried again.
    Ended {
        /// What happened.
        reason: String,
    },
}

impl CameraState {
    /// Its name in the status and on the wires.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Idle => "idle",
            Self::Searching => "searching",
            Self::Starting => "starting",
            Self::Live => "live",
            Self::Offline { .. } => "offline",
            Self::Ended { .. } => "ended",
        }
    }

    /// What a person should read, or nothing.
    #[must_use]
    pub fn message(&self) -> &str {
        match self {
            Self::Idle | Self::Starting | Self::Live => "",
            Self::Searching => "Looking for cameras (Raspberry Pi, then USB)",
            Self::Offline { reason, .. } | Self::Ended { reason } => reason,
        }
    }

    /// Milliseconds from `now` until the source is tried again, where that is known.
    #[must_use]
    pub fn retry_ms(&self, now: Moment) -> Option<u64> {
        match self {
            Self::Offline { retry_at: Some(retry_at), .. } => Some(retry_at.micros_since(now) / 1_000),
            _ => None,
        }
    }
}

/// One camera.
#[derive(Debug)]
pub struct Camera {
    name: Arc<str>,
    clock: Clock,
    limits: CacheLimits,
    video: Arc<Track>,
    /// The tracks besides, made when they are first asked for.
    others: Mutex<Vec<Arc<Track>>>,
    next_track: AtomicU8,
    requests: mpsc::Sender<RenditionRequest>,
    /// The kind of track that the source writes.
    origin: watch::Sender<TrackKind>,
    /// Viewers of all tracks.
    viewers: Arc<watch::Sender<usize>>,
    state: watch::Sender<CameraState>,
    /// Why it is over, once it is.
    closed: OnceLock<String>,
}

impl Camera {
    /// A camera with a video track, the publisher for its source, and the requests for what the source does not give.
    #[must_use]
    pub fn new(name: String, clock: Clock, limits: CacheLimits) -> (Arc<Self>, Publisher, RenditionRequests) {
        let viewers = Arc::new(watch::Sender::new(0));
        let video = Arc::new(Track::new(0, TrackKind::Video, clock, limits, Arc::clone(&viewers)));
        let (requests, waiting) = mpsc::channel(MAX_REQUESTS);
        let camera = Arc::new(Self {
            name: name.into(),
            clock,
            limits,
            video: Arc::clone(&video),
            others: Mutex::default(),
            next_track: AtomicU8::new(1),
            requests,
            origin: watch::Sender::new(TrackKind::Video),
            viewers,
            state: watch::Sender::new(CameraState::Starting),
            closed: OnceLock::new(),
        });
        camera.request(&video).expect("the channel is new");
        let publisher = Publisher::new(Arc::clone(&camera), camera.publisher(video));
        (Arc::clone(&camera), publisher, RenditionRequests { camera, waiting })
    }

    /// Its name, as in `/cam/NAME/`.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The server's clock.
    #[must_use]
    pub const fn clock(&self) -> Clock {
        self.clock
    }

    /// Its tracks; the first is its video.
    #[must_use]
    pub fn tracks(&self) -> Vec<Arc<Track>> {
        let others = self.others();
        std::iter::once(&self.video).chain(others.iter()).map(Arc::clone).collect()
    }

    /// The track that has its H.264 video.
    #[must_use]
    pub const fn video(&self) -> &Arc<Track> {
        &self.video
    }

    /// A new viewer of the track of this kind. If the source does not give it, it is made from now on.
    ///
    /// # Errors
    /// When more JPEG renditions would be needed than are made.
    pub fn subscribe(&self, kind: TrackKind, info: ViewerInfo) -> Result<Subscription, TooManyRenditions> {
        // Under the lock, so that no track is let go between being found and being subscribed to.
        let mut others = self.others();
        self.track(&mut others, kind).map(|track| track.subscribe(info))
    }

    /// The frames of the track of this kind, for a recipe that makes another track of them.
    ///
    /// # Errors
    /// When more JPEG renditions would be needed than are made.
    pub fn subscribe_recipe(&self, kind: TrackKind) -> Result<Subscription, TooManyRenditions> {
        let mut others = self.others();
        self.track(&mut others, kind).map(|track| track.subscribe_recipe())
    }

    /// Forgets a rendition that nobody wants any more; whether it is gone, now or before.
    #[must_use]
    pub fn let_go(&self, track: &Arc<Track>) -> bool {
        let mut others = self.others();
        let Some(at) = others.iter().position(|other| Arc::ptr_eq(other, track)) else { return true };
        if track.is_wanted() || *self.origin.borrow() == track.kind() {
            return false;
        }
        others.remove(at).forget(&self.video);
        true
    }

    /// The kind of track that the source writes, now and whenever it changes.
    #[must_use]
    pub fn origin(&self) -> watch::Receiver<TrackKind> {
        self.origin.subscribe()
    }

    /// When the first byte of the source's newest frame was here, if there is one.
    #[must_use]
    pub fn newest_received_at(&self) -> Option<Moment> {
        let origin = *self.origin.borrow();
        self.known(&self.others(), origin).and_then(|track| track.newest_received_at())
    }

    /// Viewers of all its tracks, now and whenever that changes.
    #[must_use]
    pub fn viewers(&self) -> watch::Receiver<usize> {
        self.viewers.subscribe()
    }

    /// What its source is doing, now and whenever it changes.
    #[must_use]
    pub fn state(&self) -> watch::Receiver<CameraState> {
        self.state.subscribe()
    }

    /// Tells all viewers that it is over, and why.
    pub fn close(&self, reason: &str) {
        let _ = self.closed.set(reason.to_owned());
        self.wake_viewers();
    }

    /// Why it is over, if it is.
    #[must_use]
    pub fn is_closed(&self) -> Option<&str> {
        self.closed.get().map(String::as_str)
    }

    /// Viewers wait for one thing only, their track: whatever happens to the camera wakes them there.
    fn wake_viewers(&self) {
        for track in self.tracks() {
            track.wake_viewers();
        }
    }

    pub(super) fn set_state(&self, new: CameraState) {
        let changed = self.state.send_if_modified(|state| {
            let changed = *state != new;
            if changed {
                tracing::debug!(camera = self.name(), state = new.name(), "{}", new.message());
                *state = new;
            }
            changed
        });
        if changed {
            self.wake_viewers();
        }
    }

    pub(super) fn set_origin(&self, origin: TrackKind) {
        self.origin.send_if_modified(|current| std::mem::replace(current, origin) != origin);
    }

    /// A publisher for the track that the source writes from now on.
    pub(super) fn origin_publisher(&self, kind: TrackKind) -> TrackPublisher {
        let mut others = self.others();
        // The source's own track is not one of the renditions that are limited.
        let track = self.known(&others, kind).unwrap_or_else(|| {
            let track = self.add(&mut others, kind);
            // When the source gives something else later, a recipe makes what it gives now.
            if self.request(&track).is_err() {
                tracing::warn!(camera = self.name(), "no more renditions can be made of this camera");
            }
            track
        });
        self.publisher(track)
    }

    /// Nobody is to join in the past of what was made of the source's last run.
    pub(super) fn seal_renditions(&self) {
        let origin = *self.origin.borrow();
        for track in self.tracks().iter().filter(|track| track.kind() != origin) {
            track.seal_rendition();
        }
    }

    fn others(&self) -> MutexGuard<'_, Vec<Arc<Track>>> {
        self.others.lock().expect("no holder of this lock panics")
    }

    fn known(&self, others: &[Arc<Track>], kind: TrackKind) -> Option<Arc<Track>> {
        std::iter::once(&self.video).chain(others).find(|track| track.kind() == kind).cloned()
    }

    /// The track of this kind, requested now if it is asked for the first time.
    fn track(&self, others: &mut Vec<Arc<Track>>, kind: TrackKind) -> Result<Arc<Track>, TooManyRenditions> {
        if let Some(track) = self.known(others, kind) {
            return Ok(track);
        }
        let origin = *self.origin.borrow();
        // Whoever asks for nothing in particular always gets it.
        let is_special = |settings| settings != JpegSettings::default();
        let is_limited =
            |kind| matches!(kind, TrackKind::Jpeg(settings) if is_special(settings)) && kind != origin;
        let limited = others.iter().filter(|track| is_limited(track.kind())).count();
        if is_limited(kind) && limited >= MAX_JPEG_RENDITIONS {
            // One that is only kept in case somebody comes back makes room.
            let unwanted = others.iter().position(|track| is_limited(track.kind()) && !track.is_wanted());
            others.remove(unwanted.ok_or(TooManyRenditions)?).forget(&self.video);
        }
        let track = self.add(others, kind);
        if let Err(refused) = self.request(&track) {
            others.pop();
            return Err(refused);
        }
        Ok(track)
    }

    fn add(&self, others: &mut Vec<Arc<Track>>, kind: TrackKind) -> Arc<Track> {
        let id = self.next_track.fetch_add(1, Ordering::Relaxed);
        let track = Arc::new(Track::new(id, kind, self.clock, self.limits, Arc::clone(&self.viewers)));
        others.push(Arc::clone(&track));
        track
    }

    fn request(&self, track: &Arc<Track>) -> Result<(), TooManyRenditions> {
        let request = RenditionRequest { publisher: self.publisher(Arc::clone(track)) };
        self.requests.try_send(request).map_err(|_| TooManyRenditions)
    }

    fn publisher(&self, track: Arc<Track>) -> TrackPublisher {
        TrackPublisher::new(Arc::clone(&self.name), self.clock.epoch(), track)
    }
}

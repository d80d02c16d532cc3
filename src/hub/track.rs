//! One track of a camera: the ring, its viewers, what they want, and its counters.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard},
};

use lenscast_media::{codec::CodecConfig, frame::Frame, time::Moment};
use serde::Serialize;
use tokio::sync::{Notify, watch};

use super::{
    CacheLimits, Demand, Packetizer, Packets, SharedFrame, Subscription, Viewer, ViewerInfo, ViewerStatus,
    demand::KeyframeRequests,
    gop_cache::{Cursor, GopCache, Step},
    packets::PacketizerTable,
};
use crate::clock::Clock;

/// What a track carries.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum TrackKind {
    /// Pictures.
    Video,
}

impl TrackKind {
    /// Its name on the wires.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Video => "video",
        }
    }
}

/// One track of a camera.
#[derive(Debug)]
pub struct Track {
    id: u8,
    kind: TrackKind,
    clock: Clock,
    inner: Mutex<Inner>,
    wake: Notify,
    demand: watch::Sender<Demand>,
}

#[derive(Debug)]
struct Inner {
    cache: GopCache,
    packetizers: PacketizerTable,
    viewers: BTreeMap<u64, Arc<Viewer>>,
    next_viewer: u64,
    keyframe_requests: KeyframeRequests,
    counters: TrackCounters,
}

/// What a track has carried since the start.
#[derive(Clone, Debug, Default, Serialize)]
pub struct TrackCounters {
    /// Frames published.
    pub frames: u64,
    /// Keyframes among them.
    pub keyframes: u64,
    /// Payload bytes published.
    pub bytes: u64,
    /// Frames thrown away before publishing, for want of a keyframe before them.
    pub dropped: u64,
    /// Frames by the rule that told their end, where the source has to find it.
    pub ended_by: BTreeMap<&'static str, u64>,
}

/// A track at one moment.
#[derive(Clone, Debug, Serialize)]
pub struct TrackStatus {
    /// Number of the track.
    pub track: u8,
    /// What it carries.
    pub kind: TrackKind,
    /// RFC 6381 codec string, once known.
    pub codec: Option<String>,
    /// Pixels across, once known.
    pub width: Option<u32>,
    /// Pixels down, once known.
    pub height: Option<u32>,
    /// Frames per second over the newest second or two.
    pub frames_per_second: f64,
    /// Bits per second over the same time.
    pub bits_per_second: f64,
    /// Frames that B frames hold back in a decoder.
    pub reorder_depth: u32,
    /// Payload bytes held for newcomers.
    pub cached_bytes: usize,
    /// Since the start.
    #[serde(flatten)]
    pub counters: TrackCounters,
}

impl Track {
    pub(super) fn new(id: u8, kind: TrackKind, clock: Clock, limits: CacheLimits) -> Self {
        Self {
            id,
            kind,
            clock,
            inner: Mutex::new(Inner {
                cache: GopCache::new(limits),
                packetizers: PacketizerTable::default(),
                viewers: BTreeMap::new(),
                next_viewer: 0,
                keyframe_requests: KeyframeRequests::default(),
                counters: TrackCounters::default(),
            }),
            wake: Notify::new(),
            demand: watch::Sender::new(Demand::default()),
        }
    }

    /// Number of the track.
    #[must_use]
    pub const fn id(&self) -> u8 {
        self.id
    }

    /// What it carries.
    #[must_use]
    pub const fn kind(&self) -> TrackKind {
        self.kind
    }

    /// A new viewer, who begins at the newest keyframe.
    #[must_use]
    pub fn subscribe(self: &Arc<Self>, info: ViewerInfo) -> Subscription {
        let viewer = Arc::new(Viewer::new(info, self.clock.now()));
        let number = {
            let mut inner = self.lock();
            let number = inner.next_viewer;
            inner.next_viewer += 1;
            inner.viewers.insert(number, Arc::clone(&viewer));
            number
        };
        self.count_viewers();
        Subscription::new(Arc::clone(self), number, viewer)
    }

    /// The track's frames as packets of `P`, made once for all viewers.
    #[must_use]
    pub fn packets<P: Packetizer>(&self) -> Packets<P> {
        Packets::new(self.id, self.lock().packetizers.cell_of::<P>())
    }

    /// What the viewers want, now and whenever it changes.
    #[must_use]
    pub fn demand(&self) -> watch::Receiver<Demand> {
        self.demand.subscribe()
    }

    /// The viewers of this track at this moment.
    #[must_use]
    pub fn viewers(&self) -> Vec<ViewerStatus> {
        let now = self.clock.now();
        let inner = self.lock();
        let newest = inner.cache.iter().next_back().map_or(Moment::default(), |newest| newest.frame.ready_at);
        inner.viewers.values().map(|viewer| viewer.status(now, newest)).collect()
    }

    /// The track at this moment.
    #[must_use]
    pub fn status(&self) -> TrackStatus {
        let inner = self.lock();
        let config = inner.cache.iter().next_back().map(|newest| Arc::clone(&newest.frame.config));
        let (frames_per_second, bits_per_second) = rates(&inner.cache);
        TrackStatus {
            track: self.id,
            kind: self.kind,
            codec: config.as_ref().map(|config| config.codec.clone()),
            width: config.as_ref().map(|config| config.width),
            height: config.as_ref().map(|config| config.height),
            frames_per_second,
            bits_per_second,
            reorder_depth: config.as_ref().map_or(0, |config| config.reorder_depth),
            cached_bytes: inner.cache.bytes(),
            counters: inner.counters.clone(),
        }
    }

    /// Asks the source for a keyframe; shared with all others who ask within the same second.
    pub fn request_keyframe(&self) {
        if self.lock().keyframe_requests.request(self.clock.now()) {
            self.pass_keyframe_request();
        }
    }

    pub(super) fn publish(&self, mut frame: Frame) -> PublishOutcome {
        let keyframe = frame.role == lenscast_media::frame::Role::Key;
        let ready_at = frame.ready_at;
        let (outcome, request) = {
            let mut inner = self.lock();
            frame.sequence = inner.cache.end();
            let previous = inner.cache.iter().next_back().map(|newest| Arc::clone(&newest.frame.config));
            let outcome = PublishOutcome::of(previous.as_ref(), &frame.config);
            inner.counters.frames += 1;
            inner.counters.keyframes += u64::from(keyframe);
            inner.counters.bytes += frame.payload.len() as u64;
            if keyframe {
                inner.keyframe_requests.satisfied();
            }
            inner.cache.push(Arc::new(SharedFrame::new(frame)));
            (outcome, inner.keyframe_requests.poll(ready_at))
        };
        self.wake_viewers();
        if request {
            self.pass_keyframe_request();
        }
        outcome
    }

    pub(super) fn count_dropped(&self) {
        self.lock().counters.dropped += 1;
    }

    pub(super) fn count_ended_by(&self, rule: &'static str) {
        *self.lock().counters.ended_by.entry(rule).or_default() += 1;
    }

    pub(super) fn seal(&self) {
        self.lock().cache.seal();
    }

    pub(super) fn wake_viewers(&self) {
        self.wake.notify_waiters();
    }

    pub(super) fn woken(&self) -> impl Future<Output = ()> {
        self.wake.notified()
    }

    /// Moves a viewer's cursor one step. For one that is late, the source is asked for a
    /// keyframe to go on at.
    pub(super) fn step(&self, cursor: &mut Cursor) -> Step {
        let mut inner = self.lock();
        let step = inner.cache.step(cursor);
        let Step::Frame(shared) = &step else { return step };
        let late = inner.cache.is_late(shared.frame.sequence);
        let request = late && inner.keyframe_requests.request(self.clock.now());
        drop(inner);
        if request {
            self.pass_keyframe_request();
        }
        step
    }

    pub(super) fn remove_viewer(&self, number: u64) {
        self.lock().viewers.remove(&number);
        self.count_viewers();
    }

    pub(super) fn count_viewers(&self) {
        let viewers = self.lock().viewers.values().filter(|viewer| !viewer.is_paused()).count();
        self.demand.send_if_modified(|demand| {
            let changed = demand.viewers != viewers;
            demand.viewers = viewers;
            changed
        });
    }

    fn pass_keyframe_request(&self) {
        self.demand.send_modify(|demand| demand.keyframe_requests += 1);
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().expect("no holder of this lock panics")
    }
}

/// What a published frame changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum PublishOutcome {
    /// Nothing but the picture.
    SameConfig,
    /// It is the first with its configuration.
    NewConfig,
}

impl PublishOutcome {
    fn of(previous: Option<&Arc<CodecConfig>>, new: &Arc<CodecConfig>) -> Self {
        if previous.is_some_and(|previous| Arc::ptr_eq(previous, new)) {
            Self::SameConfig
        } else {
            Self::NewConfig
        }
    }
}

/// Frames and bits per second over the newest two seconds of `cache`.
fn rates(cache: &GopCache) -> (f64, f64) {
    const WINDOW_US: u64 = 2_000_000;
    let Some(newest) = cache.iter().next_back().map(|newest| newest.frame.received_at) else {
        return (0.0, 0.0);
    };
    let mut frames = 0_u32;
    let mut bytes = 0;
    let mut span_us = 0;
    for shared in cache.iter().rev() {
        let age_us = newest.micros_since(shared.frame.received_at);
        if age_us > WINDOW_US {
            break;
        }
        span_us = age_us;
        frames += 1;
        bytes += shared.frame.payload.len();
    }
    if span_us == 0 {
        return (0.0, 0.0);
    }
    let per_second = f64::from(frames - 1) * 1e6 / span_us as f64;
    (per_second, bytes as f64 * 8.0 / f64::from(frames) * per_second)
}

//! One track of a camera: the ring, its viewers, what they want, and its counters.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard},
};

use lenscast_media::{codec::CodecConfig, frame::Frame, time::Moment};
use tokio::sync::{Notify, watch};

use super::{
    CacheLimits, Demand, Disconnect, DisconnectReason, EncoderState, Packetizer, Packets, SharedFrame,
    Subscription, TrackKind, Viewer, ViewerInfo, ViewerStatus,
    demand::KeyframeRequests,
    disconnects::Disconnects,
    fan_out::{FanOut, Follower, Following},
    gop_cache::{Cursor, GopCache, JoinPolicy, Step},
    packets::PacketizerTable,
    track_status::{TrackCounters, TrackStatus, rates},
};
use crate::clock::Clock;

/// One track of a camera.
#[derive(Debug)]
pub struct Track {
    id: u8,
    kind: TrackKind,
    clock: Clock,
    inner: Mutex<Inner>,
    wake: Notify,
    demand: watch::Sender<Demand>,
    encoder: watch::Sender<EncoderState>,
    /// Viewers of all tracks of the camera.
    camera_viewers: Arc<watch::Sender<usize>>,
    fan_out: FanOut,
}

#[derive(Debug)]
struct Inner {
    cache: GopCache,
    packetizers: PacketizerTable,
    viewers: BTreeMap<u64, Arc<Viewer>>,
    /// Recipes that make other tracks of this one.
    recipes: usize,
    /// Viewers that this track has added to its camera's.
    counted: usize,
    next_viewer: u64,
    keyframe_requests: KeyframeRequests,
    counters: TrackCounters,
    disconnects: Disconnects,
}

impl Inner {
    fn newest_ready_at(&self) -> Moment {
        self.cache.iter().next_back().map_or(Moment::default(), |newest| newest.frame.ready_at)
    }
}

impl Track {
    pub(super) fn new(
        id: u8,
        kind: TrackKind,
        clock: Clock,
        limits: CacheLimits,
        camera_viewers: Arc<watch::Sender<usize>>,
    ) -> Self {
        Self {
            id,
            kind,
            clock,
            inner: Mutex::new(Inner {
                cache: GopCache::new(limits),
                packetizers: PacketizerTable::default(),
                viewers: BTreeMap::new(),
                recipes: 0,
                counted: 0,
                next_viewer: 0,
                keyframe_requests: KeyframeRequests::default(),
                counters: TrackCounters::default(),
                disconnects: Disconnects::default(),
            }),
            wake: Notify::new(),
            demand: watch::Sender::new(Demand::default()),
            encoder: watch::Sender::default(),
            camera_viewers,
            fan_out: FanOut::default(),
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
        Subscription::new(Arc::clone(self), Some(number), viewer)
    }

    /// The pictures for a recipe, which makes another track of them. It is no viewer, but the track is wanted.
    #[must_use]
    pub fn subscribe_recipe(self: &Arc<Self>) -> Subscription {
        let nobody = ViewerInfo { transport: "recipe", remote: ([0, 0, 0, 0], 0).into() };
        let viewer = Arc::new(Viewer::new(nobody, self.clock.now()));
        self.lock().recipes += 1;
        self.count_viewers();
        Subscription::new(Arc::clone(self), None, viewer)
    }

    /// How its making goes, now and whenever that changes; [`EncoderState::Idle`] for what comes from the source.
    #[must_use]
    pub fn encoder_state(&self) -> watch::Receiver<EncoderState> {
        self.encoder.subscribe()
    }

    pub(super) fn set_encoder_state(&self, new: EncoderState) {
        let changed = self.encoder.send_if_modified(|state| {
            let before = std::mem::replace(state, new);
            before != *state
        });
        if changed {
            self.wake_viewers();
        }
    }

    /// There is a frame, so it can be made, whatever was said before.
    pub(super) fn can_be_made(&self) {
        if self.encoder.borrow().failure().is_some() {
            self.set_encoder_state(EncoderState::Running);
        }
    }

    /// Whether somebody wants it.
    pub(super) fn is_wanted(&self) -> bool {
        let inner = self.lock();
        inner.recipes > 0 || !inner.viewers.is_empty()
    }

    /// Nobody can want it any more: whoever makes it ends at once. Who has left it is told by `heir` from now on.
    pub(super) fn forget(&self, heir: &Self) {
        let disconnects = std::mem::take(&mut self.lock().disconnects);
        heir.lock().disconnects.inherit(disconnects);
        self.demand.send_modify(|demand| demand.forgotten = true);
    }

    /// Tells `follower` from now on whenever there is something new. Needs a tokio runtime.
    #[must_use]
    pub fn follow(self: &Arc<Self>, follower: Arc<dyn Follower>) -> Following {
        FanOut::add(self, follower)
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
        let newest = inner.newest_ready_at();
        inner.viewers.values().map(|viewer| viewer.status(now, newest)).collect()
    }

    /// The newest disconnects, and how many there were by transport and reason.
    #[must_use]
    pub fn disconnects(&self) -> (Vec<Disconnect>, BTreeMap<(&'static str, &'static str), u64>) {
        let inner = self.lock();
        (inner.disconnects.newest(), inner.disconnects.counts())
    }

    /// The track at this moment.
    #[must_use]
    pub fn status(&self) -> TrackStatus {
        let inner = self.lock();
        let config = inner.cache.iter().next_back().map(|newest| Arc::clone(&newest.frame.config));
        let size = config.as_ref().and_then(|config| config.size());
        let (frames_per_second, bits_per_second) = rates(&inner.cache);
        TrackStatus {
            track: self.id,
            kind: self.kind.name(),
            making: matches!(*self.encoder.borrow(), EncoderState::Running | EncoderState::Degraded(_)),
            message: match &*self.encoder.borrow() {
                EncoderState::Degraded(reason) | EncoderState::Failed(reason) => reason.clone(),
                EncoderState::Idle | EncoderState::Running => String::new(),
            },
            codec: config.as_ref().map(|config| config.codec_string.clone()),
            width: size.map(|(width, _)| width),
            height: size.map(|(_, height)| height),
            frames_per_second,
            bits_per_second,
            reorder_depth: config.as_ref().map_or(0, |config| config.reorder_depth()),
            cached_bytes: inner.cache.bytes(),
            counters: inner.counters.clone(),
        }
    }

    /// When the first byte of its newest frame was here, if there is one.
    #[must_use]
    pub fn newest_received_at(&self) -> Option<Moment> {
        self.lock().cache.iter().next_back().map(|newest| newest.frame.received_at)
    }

    /// Asks the source for a keyframe; shared with all others who ask within the same second.
    pub fn request_keyframe(&self) {
        if self.lock().keyframe_requests.request(self.clock.now()) {
            self.pass_keyframe_request();
        }
    }

    /// Whether a keyframe that is asked for comes, and not only the next that is due anyway: where we encode.
    #[must_use]
    pub fn answers_keyframe_requests(&self) -> bool {
        *self.encoder.borrow() == EncoderState::Running
    }

    /// Whether a frame after number `sequence` is there already.
    #[must_use]
    pub fn has_newer(&self, sequence: u64) -> bool {
        self.lock().cache.end() > sequence + 1
    }

    /// A newcomer's cursor, and whether it finds a frame at once.
    pub(super) fn newcomer(&self, policy: JoinPolicy) -> (Cursor, bool) {
        let inner = self.lock();
        let cursor = inner.cache.newcomer(policy);
        let found = inner.cache.step(&mut cursor.clone());
        (cursor, matches!(found, Step::Frame(_)))
    }

    pub(super) fn publish(&self, mut frame: Frame) -> PublishOutcome {
        let keyframe = frame.role == lenscast_media::frame::Role::Key;
        let ready_at = frame.ready_at;
        let (outcome, request, late_keyframe) = {
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
            (outcome, inner.keyframe_requests.poll(ready_at), keyframe && inner.cache.is_sealed())
        };
        self.wake_viewers();
        // One that was made late of the last run is not the one that the next run was to begin with.
        if request || late_keyframe {
            self.pass_keyframe_request();
        }
        outcome
    }

    /// Decode time behind the newest frame, in its ticks; 0 before the first.
    pub(super) fn next_dts(&self) -> i64 {
        let inner = self.lock();
        let newest = inner.cache.iter().next_back();
        newest.map_or(0, |newest| newest.frame.dts.ticks + i64::from(newest.frame.duration))
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

    /// The source's run is over: nobody joins in the past of what is made of it, and its encoder begins anew.
    pub(super) fn seal_rendition(&self) {
        self.lock().cache.seal_what_came_before(self.clock.now());
        self.pass_keyframe_request();
    }

    pub(super) const fn fan_out(&self) -> &FanOut {
        &self.fan_out
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

    /// Takes a viewer out, or a recipe if there is no number.
    pub(super) fn remove_viewer(&self, number: Option<u64>, reason: DisconnectReason, message: &str) {
        {
            let mut inner = self.lock();
            match number {
                Some(number) => {
                    let newest = inner.newest_ready_at();
                    if let Some(viewer) = inner.viewers.remove(&number) {
                        let status = viewer.status(self.clock.now(), newest);
                        viewer.log_disconnect(reason, message);
                        inner.disconnects.add(reason, message.to_owned(), status);
                    }
                }
                None => inner.recipes -= 1,
            }
        }
        self.count_viewers();
    }

    pub(super) fn count_viewers(&self) {
        let (viewers, counted, recipes) = {
            let mut inner = self.lock();
            let viewers = inner.viewers.values().filter(|viewer| !viewer.is_paused()).count();
            (viewers, std::mem::replace(&mut inner.counted, viewers), inner.recipes)
        };
        if viewers != counted {
            self.camera_viewers.send_modify(|all| *all = *all + viewers - counted);
        }
        let viewers = viewers + recipes;
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

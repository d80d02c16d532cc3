//! One track of a camera: the ring of its frames, its audience, and its counters.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard},
};

use lenscast_media::{
    codec::CodecConfig,
    frame::{Frame, Role},
    pcm::SoundClock,
    rendition::Rendition,
    time::Moment,
};
use tokio::sync::{Notify, watch};

use super::{
    audience::{Audience, SubscriberKind},
    demand::Demand,
    disconnect_reason::DisconnectReason,
    disconnects::Disconnect,
    encoder_state::EncoderState,
    followers::Followers,
    gop_cache::{CacheLimits, Cursor, GopCache, JoinPolicy, Step},
    packets::{Packetizer, PacketizerTable, Packets, SharedFrame},
    retention::{CacheMemory, Retention},
    track_status::{TrackCounters, TrackStatus, rates},
    viewer::ViewerStatus,
};
use crate::{address_group::AddressGroup, clock::Clock};

/// Why a newcomer gets nothing while frames are coming.
pub const AWAITS_KEYFRAME: &str = "Waiting for the next keyframe: this camera's keyframes are too far apart to keep. \
                                   A shorter keyframe interval mends that";

/// What all tracks of a camera have in common.
#[derive(Clone, Debug)]
pub(super) struct TrackContext {
    pub(super) clock: Clock,
    pub(super) limits: CacheLimits,
    /// Of the camera, for the rings of all its tracks.
    pub(super) memory: Arc<CacheMemory>,
    /// Viewers of all tracks of the camera.
    pub(super) camera_viewers: Arc<watch::Sender<usize>>,
}

/// One track of a camera.
#[derive(Debug)]
pub struct Track {
    id: u32,
    rendition: Rendition,
    clock: Clock,
    inner: Mutex<Inner>,
    wake: Notify,
    demand: watch::Sender<Demand>,
    encoder: watch::Sender<EncoderState>,
    camera_viewers: Arc<watch::Sender<usize>>,
    followers: Followers,
}

#[derive(Debug)]
struct Inner {
    ring: GopCache,
    packetizers: PacketizerTable,
    audience: Audience,
    counters: TrackCounters,
    sound_clock: Option<SoundClock>,
}

impl Inner {
    fn newest_ready_at(&self) -> Moment {
        self.ring.newest().map_or(Moment::default(), |newest| newest.ready_at)
    }
}

impl Track {
    pub(super) fn new(id: u32, rendition: Rendition, context: TrackContext) -> Self {
        Self {
            id,
            rendition,
            clock: context.clock,
            inner: Mutex::new(Inner {
                ring: GopCache::new(context.limits, context.memory),
                packetizers: PacketizerTable::default(),
                audience: Audience::default(),
                counters: TrackCounters::default(),
                sound_clock: None,
            }),
            wake: Notify::new(),
            demand: watch::Sender::new(Demand::default()),
            encoder: watch::Sender::default(),
            camera_viewers: context.camera_viewers,
            followers: Followers::default(),
        }
    }

    /// Number of the track in the status. No other track of the camera has or had it.
    #[must_use]
    pub const fn id(&self) -> u32 {
        self.id
    }

    /// What it carries.
    #[must_use]
    pub const fn rendition(&self) -> Rendition {
        self.rendition
    }

    /// The frames that each subscriber asks this track to keep.
    pub(super) const fn usual_retention(&self) -> Retention {
        Retention::usual(self.rendition.codec.medium())
    }

    /// Adds a subscriber, and gives it a number.
    pub(super) fn add_subscriber(&self, kind: SubscriberKind, retention: Retention) -> u64 {
        let number = {
            let mut inner = self.lock();
            let number = inner.audience.add(kind, retention);
            let retention = inner.audience.retention(self.usual_retention());
            inner.ring.set_retention(retention);
            number
        };
        self.count_viewers();
        number
    }

    /// The present moment on the server's clock.
    pub(super) fn now(&self) -> Moment {
        self.clock.now()
    }

    /// What its encoder does, now and whenever that changes; [`EncoderState::Idle`] for what comes from the source.
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

    /// There is a frame, so the encoder works, whatever it said before.
    pub(super) fn clear_encoder_failure(&self) {
        if self.encoder.borrow().failure().is_some() {
            self.set_encoder_state(EncoderState::Running);
        }
    }

    /// Whether somebody wants it.
    pub(super) fn is_wanted(&self) -> bool {
        !self.lock().audience.is_empty()
    }

    /// Whether somebody wants it, and nobody but viewers from `address`.
    pub(super) fn is_wanted_only_from(&self, address: AddressGroup) -> bool {
        self.lock().audience.is_only_from(address)
    }

    /// The track is removed: its encoder stops, and its disconnect log moves to `successor`.
    pub(super) fn retire(&self, successor: &Self) {
        let disconnects = std::mem::take(&mut self.lock().audience.disconnects);
        successor.lock().audience.disconnects.inherit(disconnects);
        self.demand.send_modify(|demand| demand.is_retired = true);
    }

    /// The track's frames as packets of `P`, made once for all viewers.
    #[must_use]
    pub fn packets<P: Packetizer>(&self) -> Packets<P> {
        Packets::new(self.lock().packetizers.cell_of::<P>())
    }

    /// What the subscribers want, now and whenever it changes.
    #[must_use]
    pub fn demand(&self) -> watch::Receiver<Demand> {
        self.demand.subscribe()
    }

    /// The viewers of this track at this moment.
    #[must_use]
    pub fn viewers(&self) -> Vec<ViewerStatus> {
        let now = self.clock.now();
        let inner = self.lock();
        inner.audience.statuses(now, inner.newest_ready_at())
    }

    /// The newest disconnects, and how many there were by transport and reason.
    #[must_use]
    pub fn disconnects(&self) -> (Vec<Disconnect>, BTreeMap<(&'static str, &'static str), u64>) {
        let inner = self.lock();
        (inner.audience.disconnects.newest(), inner.audience.disconnects.counts())
    }

    /// The track at this moment.
    #[must_use]
    pub fn status(&self) -> TrackStatus {
        let encoder = self.encoder.borrow().clone();
        let inner = self.lock();
        let config = inner.ring.newest().map(|newest| Arc::clone(&newest.config));
        let size = config.as_ref().and_then(|config| config.size());
        let (frames_per_second, bits_per_second) = rates(&inner.ring);
        TrackStatus {
            track: self.id,
            kind: self.rendition.name(),
            making: matches!(encoder, EncoderState::Running | EncoderState::Degraded(_)),
            message: match encoder {
                EncoderState::Degraded(reason) | EncoderState::Failed(reason) => reason,
                _ if inner.ring.awaits_keyframe() => AWAITS_KEYFRAME.to_owned(),
                EncoderState::Idle | EncoderState::Running => String::new(),
            },
            codec: config.as_ref().map(|config| config.codec_string.clone()),
            width: size.map(|(width, _)| width),
            height: size.map(|(_, height)| height),
            frames_per_second,
            bits_per_second,
            reorder_depth: config.as_ref().map_or(0, |config| config.reorder_depth()),
            cached_bytes: inner.ring.bytes(),
            counters: inner.counters.clone(),
            sound_clock: inner.sound_clock,
        }
    }

    /// What its newest frame is decoded with, if there is one.
    #[must_use]
    pub fn config(&self) -> Option<Arc<CodecConfig>> {
        self.lock().ring.newest().map(|newest| Arc::clone(&newest.config))
    }

    /// When the first byte of its newest frame was here, if there is one.
    #[must_use]
    pub fn newest_received_at(&self) -> Option<Moment> {
        self.lock().ring.newest().map(|newest| newest.received_at)
    }

    /// Asks the source for a keyframe; shared with all others who ask within the same second.
    pub fn request_keyframe(&self) {
        if self.lock().audience.keyframe_requests.request(self.clock.now()) {
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
        self.lock().ring.end() > sequence + 1
    }

    /// A newcomer's cursor, and whether it finds a frame at once.
    pub(super) fn newcomer(&self, policy: JoinPolicy) -> (Cursor, bool) {
        let inner = self.lock();
        let cursor = inner.ring.newcomer(policy);
        let found = inner.ring.step(&mut cursor.clone());
        (cursor, matches!(found, Step::Frame(_)))
    }

    /// Adds `frame` to the ring and wakes the viewers; whether it is the first with its configuration. `boundary` names
    /// what said that it is complete, for the counters.
    pub(super) fn publish(&self, mut frame: Frame, boundary: Option<&'static str>) -> bool {
        let keyframe = frame.role == Role::Key;
        let ready_at = frame.ready_at;
        let (is_new_config, request, late_keyframe) = {
            let mut inner = self.lock();
            frame.sequence = inner.ring.end();
            let is_new_config = !keep_known_config(&mut frame, inner.ring.newest());
            inner.counters.count(&frame, boundary);
            if keyframe {
                inner.audience.keyframe_requests.satisfied();
            }
            inner.ring.push(Arc::new(SharedFrame::new(frame)));
            let request = inner.audience.keyframe_requests.poll(ready_at);
            (is_new_config, request, keyframe && inner.ring.is_sealed())
        };
        self.wake_viewers();
        // One that was made late of the last run is not the one that the next run was to begin with.
        if request || late_keyframe {
            self.pass_keyframe_request();
        }
        is_new_config
    }

    /// Whether frames are coming, and newcomers wait for a keyframe all the same.
    #[must_use]
    pub fn awaits_keyframe(&self) -> bool {
        self.lock().ring.awaits_keyframe()
    }

    /// Decode time behind the newest frame, in its ticks; 0 before the first.
    pub(super) fn next_dts(&self) -> i64 {
        let inner = self.lock();
        inner.ring.newest().map_or(0, |newest| newest.dts.ticks + i64::from(newest.duration))
    }

    pub(super) fn count_dropped(&self) {
        self.lock().counters.dropped += 1;
    }

    pub(super) fn set_sound_clock(&self, clock: SoundClock) {
        self.lock().sound_clock = Some(clock);
    }

    pub(super) fn seal(&self) {
        self.lock().ring.seal();
    }

    /// The source's run is over: nobody joins in the past of what is made of it, and its encoder begins again.
    pub(super) fn seal_rendition(&self) {
        self.lock().ring.seal_what_came_before(self.clock.now());
        self.pass_keyframe_request();
    }

    pub(super) const fn followers(&self) -> &Followers {
        &self.followers
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
        let step = inner.ring.step(cursor);
        let Step::Frame(shared) = &step else { return step };
        let late = inner.ring.is_late(shared.frame.sequence);
        let request = late && inner.audience.keyframe_requests.request(self.clock.now());
        drop(inner);
        if request {
            self.pass_keyframe_request();
        }
        step
    }

    /// Removes a subscriber; `reason` and `message` say why, for the log and the counters.
    pub(super) fn unsubscribe(&self, number: u64, reason: DisconnectReason, message: &str) {
        {
            let mut inner = self.lock();
            let newest = inner.newest_ready_at();
            inner.audience.remove(number, (reason, message), self.clock.now(), newest);
            let retention = inner.audience.retention(self.usual_retention());
            inner.ring.set_retention(retention);
        }
        self.count_viewers();
    }

    pub(super) fn count_viewers(&self) {
        let count = self.lock().audience.count();
        if count.viewers != count.viewers_before {
            self.camera_viewers.send_modify(|all| *all = *all + count.viewers - count.viewers_before);
        }
        let viewers = count.viewers + count.recipes;
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

/// Gives `frame` the configuration of `newest` if its own is equal, so that one configuration is one `Arc` for as long as it
/// holds, over all runs of a source. Whether it is.
fn keep_known_config(frame: &mut Frame, newest: Option<&Frame>) -> bool {
    let Some(known) = newest.map(|newest| &newest.config) else { return false };
    let is_equal = Arc::ptr_eq(known, &frame.config) || *known == frame.config;
    if is_equal {
        frame.config = Arc::clone(known);
    }
    is_equal
}

//! The ring of a track's newest frames, and the cursors into it. Pure: no clock, no waiting.
//!
//! ```text
//!        previous GOP          current GOP
//!  evicted │ K p p p p p p p p │ K p p p p p ← push
//!          ▲ oldest              ▲ newest_key   ▲ end
//!              ▲ a cursor: the next frame of one viewer
//! ```
//! It holds the current GOP and what its subscribers ask for ([`Retention`]), within the memory of the camera. A cursor
//! whose frame is gone, or that is late while a newer keyframe is there, jumps to the newest keyframe and says what it
//! skipped; before that, one that is a little late leaves out what no other frame needs. The front of the current GOP goes
//! only when the memory is exceeded, however old it is; then newcomers wait for the next keyframe.
//!
//! Frames that come behind a keyframe and are shown before it need frames before the keyframe (an open GOP): a cursor that
//! begins at the keyframe leaves them out. Where pictures are whole only some frames behind the keyframe (intra refresh), a
//! cursor begins at the newest one whose pictures are whole by now, if that is held.

use std::{collections::VecDeque, sync::Arc};

use lenscast_media::{
    frame::{Frame, Role},
    time::Moment,
};

use super::{
    packets::SharedFrame,
    retention::{CacheMemory, Retention},
};

/// How much a track keeps for newcomers and late viewers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CacheLimits {
    /// Bytes that all tracks of a camera keep at most, payload and 1 KiB a frame; a track always keeps
    /// its newest frame.
    pub bytes: usize,
    /// Lag in microseconds from which a viewer goes without disposable frames.
    pub disposable_lag_us: u64,
    /// Lag in microseconds from which a viewer goes on at a newer keyframe, if there is one.
    pub lag_us: u64,
}

impl Default for CacheLimits {
    fn default() -> Self {
        Self { bytes: 32 << 20, disposable_lag_us: 100_000, lag_us: 500_000 }
    }
}

/// What a frame costs beside its payload: its own fields, the ranges of its units, the packets made of it.
const FRAME_OVERHEAD_BYTES: usize = 1024;

/// What `shared` counts for in the limit.
fn cost(shared: &SharedFrame) -> usize {
    shared.frame.payload.len() + FRAME_OVERHEAD_BYTES
}

/// Where a newcomer begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum JoinPolicy {
    /// At the newest keyframe; what came since comes at once.
    Newest,
    /// At the next keyframe to come.
    Next,
    /// At the newest keyframe if what came since is at most `near_us` long, or at least `far_us`; until then the viewer
    /// waits. For players that show a short burst at its own pace and jump over a long one.
    Unless {
        /// Microseconds that a player may stay behind.
        near_us: u64,
        /// Microseconds from which a player jumps to the end.
        far_us: u64,
    },
}

/// Where one viewer stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Cursor {
    /// Has had nothing yet; begins at the newest keyframe.
    Joining,
    /// Has had nothing yet; begins at the first keyframe from number `from` on.
    JoiningFrom { from: u64 },
    /// Has had nothing yet; [`JoinPolicy::Unless`].
    JoiningUnless { near_us: u64, far_us: u64 },
    /// Gets frame number `next` next.
    At { next: u64 },
    /// Has begun at a keyframe shown at `shown_from`, in ticks. Gets frame number `next` next, if it is shown then or later.
    Began { next: u64, shown_from: i64 },
    /// Missed frames from number `from` on and goes on at a keyframe after them.
    Lost { from: u64 },
    /// Was paused from number `from` on; goes on at the newest keyframe.
    Returning { from: u64 },
}

/// What a cursor meets.
#[derive(Clone, Debug)]
pub(super) enum Step {
    /// The next frame.
    Frame(Arc<SharedFrame>),
    /// So many frames were left out; a keyframe comes next. 0 for one that returns within a GOP.
    Skipped { frames: u64 },
    /// A frame that no other needs was left out.
    LeftOut,
    /// Nothing yet.
    Empty,
    /// Nothing before the next keyframe, though frames are coming.
    AwaitsKeyframe,
}

/// The newest frames of one track.
#[derive(Debug)]
pub(super) struct GopCache {
    limits: CacheLimits,
    memory: Arc<CacheMemory>,
    retention: Retention,
    frames: VecDeque<Arc<SharedFrame>>,
    bytes: usize,
    end: u64,
    /// Keyframes that are held, oldest first.
    keys: VecDeque<u64>,
    sealed: bool,
    /// What was received before it is the past, whenever it is pushed.
    past_until: Moment,
}

impl GopCache {
    pub(super) const fn new(limits: CacheLimits, memory: Arc<CacheMemory>) -> Self {
        Self {
            limits,
            memory,
            retention: Retention::VIEWER,
            frames: VecDeque::new(),
            bytes: 0,
            end: 0,
            keys: VecDeque::new(),
            sealed: true,
            past_until: Moment::from_micros(0),
        }
    }

    /// Keeps as much as `retention` says from the next frame on.
    pub(super) const fn set_retention(&mut self, retention: Retention) {
        self.retention = retention;
    }

    /// The newest frame.
    pub(super) fn newest(&self) -> Option<&Frame> {
        self.frames.back().map(|newest| &newest.frame)
    }

    /// Number of the next frame to be pushed.
    pub(super) const fn end(&self) -> u64 {
        self.end
    }

    /// Bytes held, as the limit counts them.
    pub(super) const fn bytes(&self) -> usize {
        self.bytes
    }

    /// Frames held, oldest first.
    pub(super) fn iter(&self) -> impl DoubleEndedIterator<Item = &Arc<SharedFrame>> {
        self.frames.iter()
    }

    /// Adds the next frame, whose sequence is [`Self::end`], and removes what is no longer needed.
    pub(super) fn push(&mut self, shared: Arc<SharedFrame>) {
        let now = shared.frame.ready_at;
        if shared.frame.role == Role::Key {
            self.keys.push_back(self.end);
            self.sealed = shared.frame.received_at < self.past_until;
        }
        let bytes = cost(&shared);
        self.bytes += bytes;
        self.memory.add(bytes);
        self.end += 1;
        if let Some(newest) = self.frames.back() {
            newest.set_followed();
        }
        self.frames.push_back(shared);
        while self.oldest() < self.needed_from(now) {
            self.evict_front();
        }
        while self.frames.len() > 1 && self.memory.is_exceeded() {
            self.evict_front();
        }
    }

    /// The source has stopped: what is held is the past, and newcomers wait for the next run.
    pub(super) const fn seal(&mut self) {
        self.sealed = true;
    }

    /// As [`Self::seal`], for a track that is made of the source's: what was received before `now` and is still being
    /// made will be the past too.
    pub(super) const fn seal_what_came_before(&mut self, now: Moment) {
        self.sealed = true;
        self.past_until = now;
    }

    /// Whether newcomers wait for what comes next.
    pub(super) const fn is_sealed(&self) -> bool {
        self.sealed
    }

    /// Moves `cursor` one step.
    pub(super) fn step(&self, cursor: &mut Cursor) -> Step {
        match *cursor {
            Cursor::Joining => match self.join_point() {
                Some(key) => {
                    *cursor = self.begin_at(key);
                    self.step(cursor)
                }
                None if self.sealed => Step::Empty,
                None => Step::AwaitsKeyframe,
            },
            Cursor::JoiningFrom { from } => self.join(cursor, |key| key >= from),
            Cursor::JoiningUnless { near_us, far_us } => self.join(cursor, |key| {
                let age_us = self.lag_us(key);
                age_us <= near_us || age_us >= far_us
            }),
            Cursor::Lost { from } => match self.join_point().filter(|key| *key >= from) {
                Some(key) => {
                    *cursor = self.begin_at(key);
                    if key == from { self.step(cursor) } else { Step::Skipped { frames: key - from } }
                }
                None => Step::Empty,
            },
            Cursor::Returning { from } => match self.join_point() {
                Some(key) => {
                    *cursor = self.begin_at(key);
                    Step::Skipped { frames: key.saturating_sub(from) }
                }
                None => Step::Empty,
            },
            Cursor::At { next } | Cursor::Began { next, .. } if next >= self.end => Step::Empty,
            Cursor::At { next } | Cursor::Began { next, .. } => {
                if next < self.oldest() || (self.is_late(next) && self.whole_key() > Some(next)) {
                    *cursor = Cursor::Lost { from: next };
                    return self.step(cursor);
                }
                let Some(shared) = self.get(next) else { return Step::Empty };
                let shown_from = match *cursor {
                    Cursor::Began { shown_from, .. } => Some(shown_from),
                    _ => None,
                };
                let shown_at = shared.frame.pts.ticks;
                *cursor = match shown_from {
                    Some(shown_from) if shown_at <= shown_from => {
                        Cursor::Began { next: next + 1, shown_from }
                    }
                    _ => Cursor::At { next: next + 1 },
                };
                let disposable = shared.frame.role == Role::Disposable;
                if shown_from.is_some_and(|shown_from| shown_at < shown_from)
                    || (disposable && self.lag_us(next) > self.limits.disposable_lag_us)
                {
                    return Step::LeftOut;
                }
                Step::Frame(Arc::clone(shared))
            }
        }
    }

    /// A cursor whose next frame is the keyframe number `key`.
    fn begin_at(&self, key: u64) -> Cursor {
        match self.get(key) {
            Some(shared) => Cursor::Began { next: key, shown_from: shared.frame.pts.ticks },
            None => Cursor::At { next: key },
        }
    }

    /// Begins at the newest keyframe, if that `fits`.
    fn join(&self, cursor: &mut Cursor, fits: impl Fn(u64) -> bool) -> Step {
        let Some(key) = self.join_point().filter(|key| fits(*key)) else { return Step::Empty };
        *cursor = self.begin_at(key);
        self.step(cursor)
    }

    /// The cursor of a newcomer.
    pub(super) const fn newcomer(&self, policy: JoinPolicy) -> Cursor {
        match policy {
            JoinPolicy::Newest => Cursor::Joining,
            JoinPolicy::Next => Cursor::JoiningFrom { from: self.end },
            JoinPolicy::Unless { near_us, far_us } => Cursor::JoiningUnless { near_us, far_us },
        }
    }

    /// Microseconds that `next` is behind the newest frame.
    pub(super) fn lag_us(&self, next: u64) -> u64 {
        let newest = self.frames.back().map(|newest| newest.frame.ready_at);
        let own = self.get(next.max(self.oldest())).map(|own| own.frame.ready_at);
        newest.zip(own).map_or(0, |(newest, own)| newest.micros_since(own))
    }

    /// Whether a viewer that gets `next` next is so late that a new keyframe would help it.
    pub(super) fn is_late(&self, next: u64) -> bool {
        self.lag_us(next) > self.limits.lag_us
    }

    /// The keyframe at which newcomers begin.
    fn join_point(&self) -> Option<u64> {
        if self.sealed { None } else { self.whole_key() }
    }

    /// The newest keyframe whose pictures are whole by now, else the newest.
    fn whole_key(&self) -> Option<u64> {
        let newest = self.newest_key();
        self.keys.iter().rev().copied().find(|key| self.is_recovered(*key)).or(newest)
    }

    /// Whether the pictures of a decoder that began at `key` are whole by now.
    fn is_recovered(&self, key: u64) -> bool {
        let Some(shared) = self.get(key) else { return false };
        let needed = usize::try_from(shared.frame.recovery_frames).unwrap_or(usize::MAX);
        if needed == 0 {
            return true;
        }
        let begins = usize::try_from(key + 1 - self.oldest()).unwrap_or(usize::MAX);
        let behind = self.frames.iter().skip(begins);
        behind.filter(|shared| shared.frame.role != Role::Disposable).take(needed).count() == needed
    }

    /// Whether frames are here, and newcomers wait for a keyframe all the same.
    pub(super) fn awaits_keyframe(&self) -> bool {
        !self.sealed && !self.frames.is_empty() && self.keys.is_empty()
    }

    fn oldest(&self) -> u64 {
        self.end - self.frames.len() as u64
    }

    fn get(&self, sequence: u64) -> Option<&Arc<SharedFrame>> {
        let index = sequence.checked_sub(self.oldest())?;
        self.frames.get(usize::try_from(index).ok()?)
    }

    /// The newest keyframe, if its GOP is held from the front on.
    fn newest_key(&self) -> Option<u64> {
        self.keys.back().copied()
    }

    /// Number of the oldest frame that somebody needs at `now`.
    fn needed_from(&self, now: Moment) -> u64 {
        let Retention { previous_gops, age_us } = self.retention;
        let by_gops = self.keys.iter().rev().nth(previous_gops);
        let by_age = match age_us {
            0 => None,
            _ => {
                let is_old = |key: &&u64| {
                    self.get(**key).is_some_and(|key| now.micros_since(key.frame.ready_at) >= age_us)
                };
                Some(self.keys.iter().rev().find(is_old).copied().unwrap_or(0))
            }
        };
        by_gops.copied().unwrap_or(0).min(by_age.unwrap_or(u64::MAX))
    }

    fn evict_front(&mut self) {
        let oldest = self.oldest();
        if let Some(gone) = self.frames.pop_front() {
            let bytes = cost(&gone);
            self.bytes -= bytes;
            self.memory.remove(bytes);
            if self.keys.front() == Some(&oldest) {
                self.keys.pop_front();
            }
        }
    }
}

impl Drop for GopCache {
    fn drop(&mut self) {
        self.memory.remove(self.bytes);
    }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use lenscast_media::{fixtures::lettered, frame::Frame};

    use super::*;

    const FRAME_US: u64 = 33_333;

    fn cache(limits: CacheLimits) -> GopCache {
        GopCache::new(limits, Arc::new(CacheMemory::new(limits.bytes)))
    }

    /// Pushes one frame a letter ([`lettered`]).
    fn push(cache: &mut GopCache, letters: &str) {
        for letter in letters.chars() {
            let sequence = cache.end();
            let at = Moment::from_micros(sequence * FRAME_US);
            cache.push(Arc::new(SharedFrame::new(Frame {
                received_at: at,
                ready_at: at,
                payload: Bytes::from_static(&[0; 100]),
                ..lettered(letter, sequence)
            })));
        }
    }

    /// Everything `cursor` meets until there is nothing more: `3` a frame, `-2` two skipped, `x` a disposable frame left
    /// out, `?` awaits a keyframe.
    fn drain(cache: &GopCache, cursor: &mut Cursor) -> String {
        let mut met = Vec::new();
        loop {
            match cache.step(cursor) {
                Step::Frame(shared) => met.push(shared.frame.sequence.to_string()),
                Step::Skipped { frames } => met.push(format!("-{frames}")),
                Step::LeftOut => met.push("x".into()),
                Step::AwaitsKeyframe => {
                    met.push("?".into());
                    break;
                }
                Step::Empty => break,
            }
        }
        met.join(" ")
    }

    #[test]
    fn a_newcomer_begins_at_the_newest_keyframe() {
        let table = [
            ("nothing yet", "", ""),
            ("one GOP", "Kpp", "0 1 2"),
            ("the second GOP", "KppKp", "3 4"),
            ("on the keyframe itself", "KppK", "3"),
        ];
        for (name, frames, expected) in table {
            let mut cache = cache(CacheLimits::default());
            push(&mut cache, frames);
            assert_eq!(drain(&cache, &mut Cursor::Joining), expected, "{name}");
        }
    }

    #[test]
    fn who_begins_at_a_keyframe_gets_nothing_that_is_shown_before_it() {
        let table = [
            ("one leading frame", "KlpKlp", "", "3 x 5"),
            ("it comes later", "KpK", "lplp", "2 x 4 5 6"),
            ("in the middle of the GOP all are needed", "Kplp", "lp", "0 1 2 3 4 5"),
        ];
        for (name, before, after, expected) in table {
            let mut cache = cache(CacheLimits::default());
            push(&mut cache, before);
            let mut cursor = Cursor::Joining;
            let mut met = vec![drain(&cache, &mut cursor)];
            push(&mut cache, after);
            met.push(drain(&cache, &mut cursor));
            assert_eq!(met.join(" ").trim(), expected, "{name}");
        }
        let mut cache = cache(CacheLimits::default());
        push(&mut cache, "Kppplp");
        let mut at_live = Cursor::At { next: 3 };
        push(&mut cache, "Klp");
        assert_eq!(drain(&cache, &mut at_live), "3 4 5 6 7 8", "who watches on needs all of them");
    }

    #[test]
    fn a_newcomer_begins_where_pictures_are_whole() {
        let table = [
            ("not whole yet, and nothing else", "Rp", "0 1"),
            ("whole", "Rpp", "0 1 2"),
            ("the newest is not whole yet", "RppRp", "0 1 2 3 4"),
            ("it is now", "RppRpp", "3 4 5"),
            ("disposable frames do not count", "RppRpd", "0 1 2 3 4 5"),
            ("behind an IDR picture", "KppRp", "0 1 2 3 4"),
        ];
        for (name, frames, expected) in table {
            let mut cache = cache(CacheLimits::default());
            push(&mut cache, frames);
            assert_eq!(drain(&cache, &mut Cursor::Joining), expected, "{name}");
        }
    }

    #[test]
    fn a_newcomer_that_is_late_at_once_gets_the_frames_all_the_same() {
        // The newest keyframe is not whole yet, and the one before is older than a viewer may be late.
        let mut cache = cache(CacheLimits { lag_us: 2 * FRAME_US, ..CacheLimits::default() });
        push(&mut cache, "RppppppRp");
        let mut cursor = Cursor::Joining;
        assert_eq!(drain(&cache, &mut cursor), "0 1 2 3 4 5 6 7 8");
        push(&mut cache, "p");
        assert_eq!(drain(&cache, &mut cursor), "9");
        let mut late = Cursor::At { next: 1 };
        assert_eq!(drain(&cache, &mut late), "-6 7 8 9", "it goes on at the newest one that is whole by now");
    }

    #[test]
    fn a_viewer_that_keeps_up_gets_every_frame() {
        let mut cache = cache(CacheLimits::default());
        let mut cursor = Cursor::Joining;
        let mut met = Vec::new();
        for letter in "KppKppKpp".chars() {
            push(&mut cache, &letter.to_string());
            met.push(drain(&cache, &mut cursor));
        }
        assert_eq!(met.join(" "), "0 1 2 3 4 5 6 7 8");
    }

    #[test]
    fn a_newcomer_may_choose_its_keyframe() {
        let unless = JoinPolicy::Unless { near_us: 2 * FRAME_US, far_us: 5 * FRAME_US };
        let table = [
            ("the newest", JoinPolicy::Newest, "KKpppp", "", "1 2 3 4 5"),
            ("the next, when there is none yet", JoinPolicy::Next, "", "Kp", "0 1"),
            ("the next", JoinPolicy::Next, "KpKp", "pp", ""),
            ("the next has come", JoinPolicy::Next, "KpKp", "ppKp", "6 7"),
            ("near", unless, "Kpp", "", "0 1 2"),
            ("neither near nor far", unless, "Kpp", "p", ""),
            ("far", unless, "Kpppp", "p", "0 1 2 3 4 5"),
            ("the next keyframe before it is far", unless, "Kppp", "K", "4"),
        ];
        for (name, policy, before, after, expected) in table {
            let mut cache = cache(CacheLimits::default());
            push(&mut cache, before);
            let mut cursor = cache.newcomer(policy);
            if !after.is_empty() {
                push(&mut cache, after);
            }
            assert_eq!(drain(&cache, &mut cursor), expected, "{name}");
        }
    }

    #[test]
    fn a_viewer_whose_frame_is_gone_goes_on_at_the_newest_keyframe() {
        let mut cache = cache(CacheLimits::default());
        let mut cursor = Cursor::Joining;
        push(&mut cache, "Kp");
        assert_eq!(drain(&cache, &mut cursor), "0 1");
        push(&mut cache, "ppKpppKpp");
        assert_eq!(drain(&cache, &mut cursor), "-6 8 9 10");
    }

    #[test]
    fn a_late_viewer_jumps_only_when_a_newer_keyframe_is_there() {
        let limits = CacheLimits { lag_us: 3 * FRAME_US, ..CacheLimits::default() };
        let mut cache = cache(limits);
        let mut cursor = Cursor::Joining;
        push(&mut cache, "K");
        assert_eq!(drain(&cache, &mut cursor), "0");
        push(&mut cache, "pppppp");
        assert_eq!(drain(&cache, &mut cursor), "1 2 3 4 5 6", "no newer keyframe: all of it");
        push(&mut cache, "ppppKp");
        assert_eq!(drain(&cache, &mut cursor), "-4 11 12");
        push(&mut cache, "ppK");
        assert_eq!(drain(&cache, &mut cursor), "13 14 15", "not late enough");
    }

    #[test]
    fn a_viewer_that_is_a_little_late_goes_without_disposable_frames() {
        let limits = CacheLimits { disposable_lag_us: 2 * FRAME_US, ..CacheLimits::default() };
        let mut cache = cache(limits);
        let mut cursor = Cursor::Joining;
        push(&mut cache, "Kd");
        assert_eq!(drain(&cache, &mut cursor), "0 1");
        push(&mut cache, "dpdpdpd");
        assert_eq!(drain(&cache, &mut cursor), "x 3 x 5 6 7 8", "the newest three are not late");
    }

    #[test]
    fn a_gop_larger_than_the_cache_makes_newcomers_wait() {
        let limits = CacheLimits { bytes: 3 * (100 + FRAME_OVERHEAD_BYTES) + 50, ..CacheLimits::default() };
        let mut cache = cache(limits);
        let mut viewer = Cursor::Joining;
        push(&mut cache, "Kp");
        assert_eq!(drain(&cache, &mut viewer), "0 1");
        push(&mut cache, "ppp");
        let mut newcomer = Cursor::Joining;
        assert_eq!(drain(&cache, &mut newcomer), "?");
        assert_eq!(drain(&cache, &mut viewer), "2 3 4", "who follows is not disturbed");
        push(&mut cache, "K");
        assert_eq!(drain(&cache, &mut newcomer), "5");
        assert!(cache.bytes() <= limits.bytes);
    }

    #[test]
    fn a_viewer_lost_in_a_gop_too_large_waits_for_the_next_keyframe() {
        let mut cache =
            cache(CacheLimits { bytes: 3 * (100 + FRAME_OVERHEAD_BYTES) + 50, ..CacheLimits::default() });
        let mut cursor = Cursor::Joining;
        push(&mut cache, "K");
        assert_eq!(drain(&cache, &mut cursor), "0");
        push(&mut cache, "pppppp");
        assert_eq!(drain(&cache, &mut cursor), "");
        push(&mut cache, "pK");
        assert_eq!(drain(&cache, &mut cursor), "-7 8");
    }

    #[test]
    fn a_viewer_that_returns_goes_on_at_the_newest_keyframe() {
        let table = [
            ("within the GOP", "Kpp", "pp", "-0 0 1 2 3 4"),
            ("in a later GOP", "Kp", "pKpKp", "-3 5 6"),
            ("nothing new", "Kp", "", "-0 0 1"),
        ];
        for (name, before, meanwhile, expected) in table {
            let mut cache = cache(CacheLimits::default());
            let mut cursor = Cursor::Joining;
            push(&mut cache, before);
            drain(&cache, &mut cursor);
            let Cursor::At { next } = cursor else { panic!("{name}: it follows") };
            cursor = Cursor::Returning { from: next };
            push(&mut cache, meanwhile);
            assert_eq!(drain(&cache, &mut cursor), expected, "{name}");
        }
    }

    #[test]
    fn the_front_of_the_only_gop_stays_however_old_it_is() {
        let mut cache = cache(CacheLimits::default());
        push(&mut cache, "K");
        push(&mut cache, &"p".repeat(1_000));
        assert_eq!(cache.iter().count(), 1_001);
        assert!(drain(&cache, &mut Cursor::Joining).starts_with("0 1 2 "));
    }

    #[test]
    fn frames_are_kept_as_long_as_somebody_asks_for_them() {
        // What is held after two further GOPs of three frames, by number of the oldest frame.
        let table = [
            ("a viewer: this GOP and the one before", Retention::VIEWER, 3),
            ("this GOP alone", Retention { previous_gops: 0, age_us: 0 }, 6),
            ("more than there are", Retention { previous_gops: 9, age_us: 0 }, 0),
            ("by age, from a keyframe on", Retention { previous_gops: 0, age_us: 4 * FRAME_US }, 3),
            ("a keyframe of exactly that age", Retention { previous_gops: 0, age_us: 5 * FRAME_US }, 3),
            ("older than all", Retention { previous_gops: 0, age_us: 60 * FRAME_US }, 0),
            ("the larger of the two", Retention { previous_gops: 1, age_us: 1 }, 3),
        ];
        for (name, retention, oldest) in table {
            let mut cache = cache(CacheLimits::default());
            cache.set_retention(retention);
            push(&mut cache, "KppKppKpp");
            assert_eq!(cache.iter().next().map(|oldest| oldest.frame.sequence), Some(oldest), "{name}");
        }
    }

    #[test]
    fn sound_whose_frames_are_all_keyframes_is_kept_by_age() {
        let mut cache = cache(CacheLimits::default());
        cache.set_retention(Retention { previous_gops: 0, age_us: 10 * FRAME_US });
        push(&mut cache, &"K".repeat(100));
        assert_eq!(cache.iter().count(), 11);
    }

    #[test]
    fn the_tracks_of_a_camera_share_its_memory() {
        let frame = 100 + FRAME_OVERHEAD_BYTES;
        let memory = Arc::new(CacheMemory::new(6 * frame));
        let mut one = GopCache::new(CacheLimits::default(), Arc::clone(&memory));
        let mut other = GopCache::new(CacheLimits::default(), Arc::clone(&memory));
        push(&mut one, "Kppp");
        push(&mut other, "Kppp");
        assert_eq!((one.iter().count(), other.iter().count()), (4, 2), "each makes room for itself");
        drop(one);
        push(&mut other, "Kppp");
        assert_eq!(other.iter().count(), 6);
    }

    #[test]
    fn a_sealed_cache_serves_who_is_there_and_no_newcomer() {
        let mut cache = cache(CacheLimits::default());
        let mut viewer = Cursor::Joining;
        push(&mut cache, "Kp");
        assert_eq!(drain(&cache, &mut viewer), "0 1");
        push(&mut cache, "p");
        cache.seal();
        assert_eq!(drain(&cache, &mut viewer), "2");
        let mut newcomer = Cursor::Joining;
        assert_eq!(drain(&cache, &mut newcomer), "");
        push(&mut cache, "Kp");
        assert_eq!(drain(&cache, &mut viewer), "3 4");
        assert_eq!(drain(&cache, &mut newcomer), "3 4");
    }

    #[test]
    fn what_is_made_late_of_a_run_that_is_over_is_for_who_is_there() {
        let mut cache = cache(CacheLimits::default());
        let mut viewer = Cursor::Joining;
        push(&mut cache, "K");
        cache.seal_what_came_before(Moment::from_micros(2 * FRAME_US));
        push(&mut cache, "K");
        assert_eq!(drain(&cache, &mut viewer), "", "who comes now waits");
        viewer = Cursor::At { next: 1 };
        assert_eq!(drain(&cache, &mut viewer), "1", "who was there gets it");
        let mut newcomer = Cursor::Joining;
        assert_eq!(drain(&cache, &mut newcomer), "");
        push(&mut cache, "Kp");
        assert_eq!(drain(&cache, &mut newcomer), "2 3", "the next run");
    }
}

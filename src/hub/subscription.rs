//! One viewer's way through a track.

use std::sync::Arc;

use super::{
    audience::SubscriberKind,
    disconnect_reason::DisconnectReason,
    gop_cache::{Cursor, JoinPolicy, Step},
    packets::SharedFrame,
    track::Track,
    viewer::{Viewer, ViewerInfo},
};

/// What a viewer meets next.
#[derive(Clone, Debug)]
pub enum Delivery {
    /// The next frame. The first of a subscription and the first after [`Delivery::Skipped`] is a keyframe.
    Frame(Arc<SharedFrame>),
    /// So many frames were left out.
    Skipped {
        /// How many.
        frames: u64,
    },
    /// Frames are coming, but the current GOP is not whole in the cache: a newcomer waits for the next keyframe. Said once.
    AwaitsKeyframe,
}

/// A cursor into a track. Dropping it ends the viewer.
#[derive(Debug)]
pub struct Subscription {
    track: Arc<Track>,
    number: u64,
    viewer: Arc<Viewer>,
    cursor: Cursor,
    has_said_to_wait: bool,
    is_over: bool,
}

impl Track {
    /// A new viewer, who begins at the newest keyframe.
    #[must_use]
    pub fn subscribe(self: &Arc<Self>, info: ViewerInfo) -> Subscription {
        let viewer = Arc::new(Viewer::new(info, self.now()));
        Subscription::new(self, SubscriberKind::Viewer(Arc::clone(&viewer)), viewer)
    }

    /// The sound for a viewer who is counted at the pictures.
    #[must_use]
    pub(super) fn subscribe_listener(self: &Arc<Self>, info: ViewerInfo) -> Subscription {
        let listener = Arc::new(Viewer::new(info, self.now()));
        Subscription::new(self, SubscriberKind::Listener(Arc::clone(&listener)), listener)
    }

    /// The frames for a recipe, which makes another track of them. It is no viewer, but it wants the track.
    #[must_use]
    pub fn subscribe_recipe(self: &Arc<Self>) -> Subscription {
        let nobody = ViewerInfo { transport: "recipe", remote: ([0, 0, 0, 0], 0).into() };
        let uncounted = Arc::new(Viewer::new(nobody, self.now()));
        Subscription::new(self, SubscriberKind::Recipe, uncounted)
    }
}

impl Subscription {
    fn new(track: &Arc<Track>, kind: SubscriberKind, viewer: Arc<Viewer>) -> Self {
        let number = track.add_subscriber(kind, track.usual_retention());
        let track = Arc::clone(track);
        Self { track, number, viewer, cursor: Cursor::Joining, has_said_to_wait: false, is_over: false }
    }

    /// Joins again, where `policy` says; whether there is a frame at once.
    pub fn join(&mut self, policy: JoinPolicy) -> bool {
        let (cursor, at_once) = self.track.newcomer(policy);
        self.cursor = cursor;
        at_once
    }

    /// Ends the subscription and says why, for the log and the counters. A viewer that is dropped has left.
    pub fn part(&mut self, reason: DisconnectReason, message: &str) {
        if !std::mem::replace(&mut self.is_over, true) {
            self.track.unsubscribe(self.number, reason, message);
        }
    }

    /// The track this is a subscription to.
    #[must_use]
    pub const fn track(&self) -> &Arc<Track> {
        &self.track
    }

    /// What comes next; waits for it. Cancel-safe: nothing is lost when the future is dropped.
    pub async fn next(&mut self) -> Delivery {
        self.wait_for(Self::poll).await
    }

    /// What `check` finds, now or whenever the track or its camera's state has changed.
    pub async fn wait_for<T>(&mut self, mut check: impl FnMut(&mut Self) -> Option<T>) -> T {
        let track = Arc::clone(&self.track);
        loop {
            // Made before the check, so that what happens after it is not missed.
            let woken = track.woken();
            if let Some(found) = check(self) {
                return found;
            }
            woken.await;
        }
    }

    /// What comes next if it is there already.
    pub fn poll(&mut self) -> Option<Delivery> {
        if self.viewer.is_paused() {
            return None;
        }
        let step = loop {
            match self.track.step(&mut self.cursor) {
                Step::LeftOut => self.viewer.missed(1),
                step => break step,
            }
        };
        match step {
            Step::Frame(shared) => {
                self.viewer.took(shared.frame.payload.len(), shared.frame.ready_at);
                Some(Delivery::Frame(shared))
            }
            Step::Skipped { frames } => {
                self.viewer.missed(frames);
                Some(Delivery::Skipped { frames })
            }
            Step::AwaitsKeyframe if !self.has_said_to_wait => {
                self.has_said_to_wait = true;
                Some(Delivery::AwaitsKeyframe)
            }
            Step::AwaitsKeyframe | Step::LeftOut | Step::Empty => None,
        }
    }

    /// Whether a frame is there for it.
    #[must_use]
    pub fn has_frame(&self) -> bool {
        let mut cursor = self.cursor;
        matches!(self.track.step(&mut cursor), Step::Frame(_))
    }

    /// Whether it takes no frames now.
    #[must_use]
    pub fn is_paused(&self) -> bool {
        self.viewer.is_paused()
    }

    /// Takes no frames until [`Self::resume`], and does not count as a viewer.
    pub fn pause(&mut self) {
        self.viewer.set_paused(true);
        self.track.count_viewers();
    }

    /// Goes on at the newest keyframe.
    pub fn resume(&mut self) {
        if !self.viewer.is_paused() {
            return;
        }
        if let Cursor::At { next } | Cursor::Began { next, .. } = self.cursor {
            self.cursor = Cursor::Returning { from: next };
        }
        self.viewer.set_paused(false);
        self.track.count_viewers();
    }

    /// Asks the source for a keyframe.
    pub fn request_keyframe(&self) {
        self.track.request_keyframe();
    }
}

impl Drop for Subscription {
    fn drop(&mut self) {
        self.part(DisconnectReason::Left, "");
    }
}

//! The audience of a track: its viewers, the recipes that make other tracks of it, and what all of them ask for. Pure: no
//! clock, no waiting.

use std::{collections::BTreeMap, sync::Arc};

use lenscast_media::time::Moment;

use super::{
    demand::KeyframeRequests,
    disconnect_reason::DisconnectReason,
    disconnects::Disconnects,
    retention::Retention,
    viewer::{Viewer, ViewerStatus},
};
use crate::address_group::AddressGroup;

/// The subscribers of a track.
#[derive(Debug, Default)]
pub(super) struct Audience {
    subscribers: BTreeMap<u64, Subscriber>,
    next_number: u64,
    /// Viewers at the last [`Self::count`].
    counted: usize,
    pub(super) keyframe_requests: KeyframeRequests,
    pub(super) disconnects: Disconnects,
}

#[derive(Debug)]
struct Subscriber {
    kind: SubscriberKind,
    retention: Retention,
}

/// A subscriber is a viewer, a recipe, or the ear of a viewer.
#[derive(Clone, Debug)]
pub(super) enum SubscriberKind {
    /// A viewer.
    Viewer(Arc<Viewer>),
    /// A recipe. It is no viewer, but it wants the track.
    Recipe,
    /// Takes the sound for a viewer who is counted at the pictures. It wants the track while it is not paused.
    Listener(Arc<Viewer>),
}

/// How many subscribers there are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Count {
    /// Viewers that are not paused.
    pub(super) viewers: usize,
    /// The same at the count before.
    pub(super) viewers_before: usize,
    /// Recipes, and listeners that are not paused.
    pub(super) recipes: usize,
}

impl Audience {
    /// Adds a subscriber, and gives it a number.
    pub(super) fn add(&mut self, kind: SubscriberKind, retention: Retention) -> u64 {
        let number = self.next_number;
        self.next_number += 1;
        self.subscribers.insert(number, Subscriber { kind, retention });
        number
    }

    /// Removes a subscriber. A viewer is logged and counted with the `reason`; `newest` is when the newest frame was ready.
    pub(super) fn remove(
        &mut self,
        number: u64,
        (reason, message): (DisconnectReason, &str),
        now: Moment,
        newest: Moment,
    ) {
        let Some(subscriber) = self.subscribers.remove(&number) else { return };
        if let SubscriberKind::Viewer(viewer) = subscriber.kind {
            viewer.log_disconnect(reason, message);
            self.disconnects.add(reason, message.to_owned(), viewer.status(now, newest));
        }
    }

    /// Whether there is a subscriber, paused or not.
    pub(super) fn is_empty(&self) -> bool {
        self.subscribers.is_empty()
    }

    /// Whether there are subscribers, and all of them are viewers from `address`.
    pub(super) fn is_only_from(&self, address: AddressGroup) -> bool {
        !self.is_empty()
            && self.subscribers.values().all(|subscriber| match &subscriber.kind {
                SubscriberKind::Viewer(viewer) => AddressGroup::of(viewer.remote().ip()) == address,
                SubscriberKind::Recipe | SubscriberKind::Listener(_) => false,
            })
    }

    /// Counts the subscribers.
    pub(super) fn count(&mut self) -> Count {
        let viewers = self.viewers().filter(|viewer| !viewer.is_paused()).count();
        let wants = |subscriber: &&Subscriber| match &subscriber.kind {
            SubscriberKind::Viewer(_) => false,
            SubscriberKind::Recipe => true,
            SubscriberKind::Listener(listener) => !listener.is_paused(),
        };
        let recipes = self.subscribers.values().filter(wants).count();
        Count { viewers, viewers_before: std::mem::replace(&mut self.counted, viewers), recipes }
    }

    /// The most that any subscriber asks the track to keep, and at least what the next will: as `usual`.
    pub(super) fn retention(&self, usual: Retention) -> Retention {
        let asked = self.subscribers.values().map(|subscriber| subscriber.retention);
        asked.fold(usual, Retention::and)
    }

    /// The viewers at `now`, when the newest frame was ready at `newest`.
    pub(super) fn statuses(&self, now: Moment, newest: Moment) -> Vec<ViewerStatus> {
        self.viewers().map(|viewer| viewer.status(now, newest)).collect()
    }

    fn viewers(&self) -> impl Iterator<Item = &Arc<Viewer>> {
        self.subscribers.values().filter_map(|subscriber| match &subscriber.kind {
            SubscriberKind::Viewer(viewer) => Some(viewer),
            SubscriberKind::Recipe | SubscriberKind::Listener(_) => None,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hub::ViewerInfo;

    fn viewer() -> SubscriberKind {
        let info = ViewerInfo { transport: "ws/live", remote: ([127, 0, 0, 1], 80).into() };
        SubscriberKind::Viewer(Arc::new(Viewer::new(info, Moment::default())))
    }

    #[test]
    fn viewers_and_recipes_are_counted_apart() {
        let mut audience = Audience::default();
        let first = audience.add(viewer(), Retention::VIEWER);
        audience.add(SubscriberKind::Recipe, Retention::VIEWER);
        audience.add(viewer(), Retention::VIEWER);
        assert_eq!(audience.count(), Count { viewers: 2, viewers_before: 0, recipes: 1 });
        let now = Moment::default();
        audience.remove(first, (DisconnectReason::Left, ""), now, now);
        audience.remove(first, (DisconnectReason::Left, ""), now, now);
        assert_eq!(audience.count(), Count { viewers: 1, viewers_before: 2, recipes: 1 });
        assert_eq!(audience.disconnects.newest().len(), 1, "a viewer leaves once");
    }

    #[test]
    fn a_listener_is_no_viewer_and_wants_the_track_until_it_pauses() {
        let info = ViewerInfo { transport: "sound", remote: ([127, 0, 0, 1], 80).into() };
        let listener = Arc::new(Viewer::new(info, Moment::default()));
        let mut audience = Audience::default();
        audience.add(SubscriberKind::Listener(Arc::clone(&listener)), Retention::LISTENER);
        assert_eq!(audience.count(), Count { viewers: 0, viewers_before: 0, recipes: 1 });
        listener.set_paused(true);
        assert_eq!(audience.count(), Count { viewers: 0, viewers_before: 0, recipes: 0 });
    }

    #[test]
    fn the_most_that_anybody_asks_for_is_kept_while_they_are_there() {
        let mut audience = Audience::default();
        assert_eq!(audience.retention(Retention::VIEWER), Retention::VIEWER, "for the first who comes");
        let recorder = audience.add(SubscriberKind::Recipe, Retention { previous_gops: 0, age_us: 9 });
        let playlist = audience.add(SubscriberKind::Recipe, Retention { previous_gops: 4, age_us: 0 });
        assert_eq!(audience.retention(Retention::VIEWER), Retention { previous_gops: 4, age_us: 9 });
        for (number, left) in
            [(recorder, Retention { previous_gops: 4, age_us: 0 }), (playlist, Retention::VIEWER)]
        {
            audience.remove(number, (DisconnectReason::Left, ""), Moment::default(), Moment::default());
            assert_eq!(audience.retention(Retention::VIEWER), left);
        }
    }
}

//! Viewers who are gone: why, and how they fared. The newest few by name, all of them by count.

use std::collections::{BTreeMap, VecDeque};

use serde::Serialize;

use super::{disconnect_reason::DisconnectReason, viewer::ViewerStatus};

/// This many of the newest disconnects are kept a track.
const KEPT: usize = 16;

/// A viewer who is gone.
#[derive(Clone, Debug, Serialize)]
pub struct Disconnect {
    /// Name of the reason.
    pub reason: &'static str,
    /// The reason as a person should read it; may be empty.
    pub message: String,
    /// How it fared until then.
    #[serde(flatten)]
    pub viewer: ViewerStatus,
}

/// The disconnects from a track.
#[derive(Debug, Default)]
pub(super) struct Disconnects {
    newest: VecDeque<Disconnect>,
    counts: BTreeMap<(&'static str, &'static str), u64>,
}

impl Disconnects {
    pub(super) fn add(&mut self, reason: DisconnectReason, message: String, viewer: ViewerStatus) {
        *self.counts.entry((viewer.transport, reason.name())).or_default() += 1;
        self.keep(Disconnect { reason: reason.name(), message, viewer });
    }

    /// Takes over those of a track that is no more.
    pub(super) fn inherit(&mut self, others: Self) {
        for (key, count) in others.counts {
            *self.counts.entry(key).or_default() += count;
        }
        others.newest.into_iter().for_each(|disconnect| self.keep(disconnect));
    }

    fn keep(&mut self, disconnect: Disconnect) {
        if self.newest.len() == KEPT {
            self.newest.pop_front();
        }
        self.newest.push_back(disconnect);
    }

    /// The newest ones, oldest first.
    pub(super) fn newest(&self) -> Vec<Disconnect> {
        self.newest.iter().cloned().collect()
    }

    /// How many there were by transport and reason.
    pub(super) fn counts(&self) -> BTreeMap<(&'static str, &'static str), u64> {
        self.counts.clone()
    }
}

#[cfg(test)]
mod tests {
    use lenscast_media::time::Moment;

    use super::*;
    use crate::hub::viewer::{Viewer, ViewerInfo};

    #[test]
    fn the_newest_are_kept_and_all_are_counted() {
        let mut disconnects = Disconnects::default();
        let info = ViewerInfo { transport: "ws/live", remote: ([127, 0, 0, 1], 80).into() };
        let status = Viewer::new(info, Moment::default()).status(Moment::default(), Moment::default());
        for number in 0..KEPT + 5 {
            let reason = if number % 2 == 0 { DisconnectReason::Left } else { DisconnectReason::Stalled };
            disconnects.add(reason, number.to_string(), status.clone());
        }
        let newest = disconnects.newest();
        assert_eq!((newest.len(), newest[0].message.as_str()), (KEPT, "5"));
        let counts = disconnects.counts();
        assert_eq!(counts[&("ws/live", "left")] + counts[&("ws/live", "stalled")], KEPT as u64 + 5);

        let mut successor = Disconnects::default();
        successor.add(DisconnectReason::Left, "its own".into(), status);
        successor.inherit(disconnects);
        let newest = successor.newest();
        assert_eq!((newest.len(), newest[0].message.as_str()), (KEPT, "5"));
        assert_eq!(successor.counts()[&("ws/live", "left")], counts[&("ws/live", "left")] + 1);
    }
}

//! Viewers who are gone: why, and how they fared. The newest few by name, all of them by count.

use std::collections::{BTreeMap, VecDeque};

use serde::Serialize;

use super::ViewerStatus;

/// So many of the newest departures are kept a track.
const KEPT: usize = 16;

/// Why a viewer is no longer there.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Parting {
    /// It left.
    #[default]
    Left,
    /// Its connection broke.
    Broken,
    /// It took nothing of what waited for it, and its connection was reset.
    Stalled,
    /// It did not answer a ping, and its connection was reset.
    Silent,
    /// It broke the rules and was closed.
    Misbehaved,
    /// Its stream came to an end that was no fault of its own.
    Ended,
    /// The camera was taken away, or the server stops.
    Stopped,
}

impl Parting {
    /// Its name in the status and the metrics.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Left => "left",
            Self::Broken => "broken",
            Self::Stalled => "stalled",
            Self::Silent => "silent",
            Self::Misbehaved => "misbehaved",
            Self::Ended => "ended",
            Self::Stopped => "stopped",
        }
    }
}

/// A viewer who is gone.
#[derive(Clone, Debug, Serialize)]
pub struct Departure {
    /// Name of the reason.
    pub reason: &'static str,
    /// The reason as a person should read it; may be empty.
    pub message: String,
    /// How it fared until then.
    #[serde(flatten)]
    pub viewer: ViewerStatus,
}

/// The departures from a track.
#[derive(Debug, Default)]
pub(super) struct Departures {
    newest: VecDeque<Departure>,
    counts: BTreeMap<(&'static str, &'static str), u64>,
}

impl Departures {
    pub(super) fn add(&mut self, parting: Parting, message: String, viewer: ViewerStatus) {
        *self.counts.entry((viewer.transport, parting.name())).or_default() += 1;
        self.keep(Departure { reason: parting.name(), message, viewer });
    }

    /// Takes over those of a track that is no more.
    pub(super) fn inherit(&mut self, others: Self) {
        for (key, count) in others.counts {
            *self.counts.entry(key).or_default() += count;
        }
        others.newest.into_iter().for_each(|departure| self.keep(departure));
    }

    fn keep(&mut self, departure: Departure) {
        if self.newest.len() == KEPT {
            self.newest.pop_front();
        }
        self.newest.push_back(departure);
    }

    /// The newest ones, oldest first.
    pub(super) fn newest(&self) -> Vec<Departure> {
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
    use crate::hub::{Viewer, ViewerInfo};

    #[test]
    fn the_newest_are_kept_and_all_are_counted() {
        let mut departures = Departures::default();
        let info = ViewerInfo { transport: "ws/live", remote: ([127, 0, 0, 1], 80).into() };
        let status = Viewer::new(info, Moment::default()).status(Moment::default(), Moment::default());
        for number in 0..KEPT + 5 {
            let parting = if number % 2 == 0 { Parting::Left } else { Parting::Stalled };
            departures.add(parting, number.to_string(), status.clone());
        }
        let newest = departures.newest();
        assert_eq!((newest.len(), newest[0].message.as_str()), (KEPT, "5"));
        let counts = departures.counts();
        assert_eq!(counts[&("ws/live", "left")] + counts[&("ws/live", "stalled")], KEPT as u64 + 5);

        let mut heir = Departures::default();
        heir.add(Parting::Left, "its own".into(), status);
        heir.inherit(departures);
        let newest = heir.newest();
        assert_eq!((newest.len(), newest[0].message.as_str()), (KEPT, "5"));
        assert_eq!(heir.counts()[&("ws/live", "left")], counts[&("ws/live", "left")] + 1);
    }
}

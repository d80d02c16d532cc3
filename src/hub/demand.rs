//! What a track's subscribers wish of whoever writes it: that there are frames at all, and a keyframe now and then. A
//! further wish is a field here.

use lenscast_media::time::Moment;
use tokio::sync::watch;

/// Least time between two requests for a keyframe that reach a source, in microseconds.
const KEYFRAME_INTERVAL_US: u64 = 1_000_000;

/// What the subscribers of a track wish of its writer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Demand {
    /// Viewers that take frames now, and recipes that make other tracks; paused viewers do not count.
    pub viewers: usize,
    /// Counts up with every request for a keyframe that was let through.
    pub keyframe_requests: u64,
    /// The track was removed from its camera: nobody can subscribe to it any more.
    pub is_retired: bool,
}

/// Returns when `wanted` has been 0 for `linger`, or its sender is gone.
pub async fn unwanted_for<T>(
    linger: std::time::Duration,
    mut wanted: watch::Receiver<T>,
    count: impl Fn(&T) -> usize,
) {
    loop {
        if wanted.wait_for(|wanted| count(wanted) == 0).await.is_err() {
            return;
        }
        let somebody = wanted.wait_for(|wanted| count(wanted) > 0);
        if tokio::time::timeout(linger, somebody).await.is_err() {
            return;
        }
    }
}

/// Lets one request for a keyframe through a second and keeps a later one until its time has come.
#[derive(Debug, Default)]
pub(super) struct KeyframeRequests {
    granted_at: Option<Moment>,
    waiting: bool,
}

impl KeyframeRequests {
    /// Somebody asks at `now`: whether the request goes to the source at once.
    pub(super) fn request(&mut self, now: Moment) -> bool {
        self.waiting = true;
        self.poll(now)
    }

    /// Whether a request that had to wait goes to the source at `now`.
    pub(super) fn poll(&mut self, now: Moment) -> bool {
        let due = self.granted_at.is_none_or(|granted| now.micros_since(granted) >= KEYFRAME_INTERVAL_US);
        if !(self.waiting && due) {
            return false;
        }
        self.waiting = false;
        self.granted_at = Some(now);
        true
    }

    /// A keyframe has come: whoever was waiting has it.
    pub(super) fn satisfied(&mut self) {
        self.waiting = false;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn ms(value: u64) -> Moment {
        Moment::from_micros(value * 1_000)
    }

    #[test]
    fn the_first_request_goes_through_and_the_next_waits_for_a_second() {
        let mut requests = KeyframeRequests::default();
        assert!(requests.request(ms(0)));
        assert!(!requests.request(ms(10)));
        assert!(!requests.poll(ms(999)));
        assert!(requests.poll(ms(1_000)));
        assert!(!requests.poll(ms(5_000)), "nobody asked since");
    }

    #[test]
    fn a_keyframe_answers_those_who_wait() {
        let mut requests = KeyframeRequests::default();
        assert!(requests.request(ms(0)));
        assert!(!requests.request(ms(10)));
        requests.satisfied();
        assert!(!requests.poll(ms(2_000)));
    }
}

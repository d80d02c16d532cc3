//! The times of RTP: media time, of which a packet carries the low 32 bits.

use crate::time::{Moment, Timestamp};

/// A frame's time in both clocks.
#[derive(Clone, Copy, Debug)]
pub(super) struct Clock {
    pub(super) pts: Timestamp,
    pub(super) taken_at: Moment,
}

impl Clock {
    /// The RTP time that `now` has.
    pub(super) fn rtp_time_at(&self, now: Moment) -> u32 {
        let per_second = u64::from(self.pts.timebase.ticks_per_second());
        let ticks = now.micros_since(self.taken_at).saturating_mul(per_second) / 1_000_000;
        rtp_time(self.pts).wrapping_add(ticks as u32)
    }
}

/// The RTP time of a media time: its low 32 bits.
#[must_use]
pub const fn rtp_time(timestamp: Timestamp) -> u32 {
    timestamp.ticks as u32
}

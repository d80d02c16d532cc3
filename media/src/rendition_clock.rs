//! Decode times of a rendition: each frame keeps the PTS of the frame that it was made of.
//!
//! ```text
//! read    |--0--|--1--|     (2 and 3 skipped)     |--4--|
//! dts     |--0--|--1--|----------------4----------------|     no holes, no overlaps
//! pts      0     1                                 4          as read
//! ```
//! A frame is decoded where the one before it ended, and its duration leads to the end of the frame that was read. So the
//! sum of the durations stays in step with the source, and sound that is made beside it stays in sync.

use crate::{arrival_clock::Stamp, time::Timestamp};

/// Gives decode times to the frames of a rendition.
#[derive(Clone, Copy, Debug)]
pub struct RenditionClock {
    next_dts: i64,
    is_first: bool,
}

impl RenditionClock {
    /// A clock for another run of a rendition. Its first frame is decoded when it is shown, or at `next_dts` if that is
    /// later.
    #[must_use]
    pub const fn new(next_dts: i64) -> Self {
        Self { next_dts, is_first: true }
    }

    /// When the next frame is decoded, unless it is the first and shown later.
    #[must_use]
    pub const fn next_dts(&self) -> Timestamp {
        Timestamp::video(self.next_dts)
    }

    /// Decode time, duration and presentation time of a frame made of one that is shown at `pts` for `duration` ticks.
    /// The presentation time is `pts`, unless that has passed already.
    pub fn stamp(&mut self, pts: Timestamp, duration: u32) -> (Stamp, Timestamp) {
        if std::mem::take(&mut self.is_first) {
            self.next_dts = self.next_dts.max(pts.ticks);
        }
        let dts = self.next_dts;
        let end = pts.ticks.saturating_add(duration.into()).max(dts.saturating_add(1));
        self.next_dts = end;
        let duration = u32::try_from(end.saturating_sub(dts)).unwrap_or(u32::MAX);
        let shown = Timestamp { ticks: pts.ticks.max(dts), ..pts };
        (Stamp { dts: Timestamp { ticks: dts, ..pts }, duration }, shown)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_keep_their_presentation_time_and_leave_no_hole() {
        // Next DTS, then frames as (PTS, duration) and what each must become: (DTS, duration, PTS).
        type Row = (&'static str, i64, &'static [(i64, u32)], &'static [(i64, u32, i64)]);
        let table: [Row; 5] = [
            ("in step", 0, &[(100, 10), (110, 10)], &[(100, 10, 100), (110, 10, 110)]),
            ("frames skipped", 0, &[(100, 10), (140, 10)], &[(100, 10, 100), (110, 40, 140)]),
            ("the run before ended later", 120, &[(100, 10), (110, 30)], &[(120, 1, 120), (121, 19, 121)]),
            ("shown twice", 0, &[(100, 10), (100, 10)], &[(100, 10, 100), (110, 1, 110)]),
            (
                "back in step",
                0,
                &[(100, 25), (110, 10), (120, 10)],
                &[(100, 25, 100), (125, 1, 125), (126, 4, 126)],
            ),
        ];
        for (name, next_dts, frames, expected) in table {
            let mut clock = RenditionClock::new(next_dts);
            let given: Vec<_> = frames
                .iter()
                .map(|(pts, duration)| {
                    let (stamp, pts) = clock.stamp(Timestamp::video(*pts), *duration);
                    (stamp.dts.ticks, stamp.duration, pts.ticks)
                })
                .collect();
            assert_eq!(given, expected, "{name}");
            for pair in given.windows(2) {
                assert_eq!(pair[0].0 + i64::from(pair[0].1), pair[1].0, "{name}: no hole");
            }
        }
    }
}

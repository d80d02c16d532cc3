//! The times of tags without their wraps.
//!
//! ```text
//! 16777176 16777216-16777176=40 ms to the wrap:   … 16777176   0  40 …    writers without the eighth byte
//! 32 bits of milliseconds:                        … 4294967256 0  40 …    after 49 days
//! ```

/// Milliseconds that 24 bits hold: writers that leave the extension at 0 wrap after 4.7 hours.
const WRAP_24: i64 = 1 << 24;
/// Two tags around a wrap are not further apart: 10 s, in milliseconds.
const NEAR: i64 = 10_000;

/// Follows the times of tags.
#[derive(Debug, Default)]
pub(super) struct Timeline {
    /// The last time as it stood in its tag, and as it was given.
    last: Option<(u32, i64)>,
}

impl Timeline {
    /// The time of a tag that says `time_ms`: a step back stays one, a wrap goes on.
    pub(super) fn extend(&mut self, time_ms: u32) -> i64 {
        let extended = self.last.map_or(i64::from(time_ms), |(last_ms, extended)| {
            let step = i64::from(time_ms.wrapping_sub(last_ms).cast_signed());
            let is_wrap_24 = i64::from(last_ms) < WRAP_24 && (0..NEAR).contains(&(step + WRAP_24));
            extended + if is_wrap_24 { step + WRAP_24 } else { step }
        });
        self.last = Some((time_ms, extended));
        extended
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wraps_go_on_and_steps_stay() {
        let table: [(&str, &[u32], &[i64]); 6] = [
            ("in order", &[0, 40, 80], &[0, 40, 80]),
            ("32 bits", &[u32::MAX - 39, 0, 40], &[4_294_967_256, 4_294_967_296, 4_294_967_336]),
            ("24 bits", &[16_777_176, 0, 40], &[16_777_176, 16_777_216, 16_777_256]),
            ("past 24 bits", &[16_777_176, 16_777_216], &[16_777_176, 16_777_216]),
            ("back", &[10_000, 0, 40], &[10_000, 0, 40]),
            ("back by a day", &[86_400_000, 0, 40], &[86_400_000, 0, 40]),
        ];
        for (name, times, expected) in table {
            let mut timeline = Timeline::default();
            let extended: Vec<i64> = times.iter().map(|time| timeline.extend(*time)).collect();
            assert_eq!(extended, expected, "{name}");
        }
    }
}

//! Presentation times from decode times and picture order, without waiting for later pictures.
//!
//! ```text
//! decode   I0 P3 B1 B2 P6 …     dts  0  1  2  3  4
//! slot      0  3  1  2  6       pts = dts of the picture decoded in that place + delay
//!                               delay = reorder depth * frame period
//! ```
//! A picture that is decoded before its place is reached (P3) gets the time at which its place will come at the
//! present rate. The picture order count says how many pictures are still to come before it: every gap is that
//! many, until more than `depth` later pictures have passed it; then they were lost. Presentation times rise
//! strictly in display order, always; they are never before the decode time as long as the decode times are
//! not stretched while a gap is open, which [`is_open`](DisplayOrder::is_open) tells the clock. Another rate moves
//! the delay only where no gap is open.

use std::collections::VecDeque;

/// Pictures that are remembered: more than any decoder stores.
const REMEMBERED: usize = 40;
/// Most pictures that are waited for before one that is ahead of them: x264's most B frames in a row.
const MAX_AHEAD: i64 = 16;
/// Most ticks that are left free between two pictures for those that may come between.
const MAX_ROOM: i64 = 64;
/// Pictures after which the usual step of the count is taken from them.
const STEP_PICTURES: u64 = 8;

/// Gives presentation times; one for each track.
#[derive(Clone, Debug)]
pub struct DisplayOrder {
    depth: u32,
    period: i64,
    /// From the time of a place to the presentation time.
    delay: i64,
    /// How much the count rises from picture to picture: 2 with most encoders, else 1.
    step: i64,
    /// Greatest common divisor of the counts of this GOP.
    common: i64,
    /// Decode times of the last pictures of this GOP, and how many there were in all.
    decoded: VecDeque<i64>,
    decoded_count: u64,
    /// The last pictures of this GOP in display order.
    shown: Vec<Shown>,
    /// Where in `shown` the picture is that has no time yet.
    entered: Option<usize>,
    /// All later presentation times are above this.
    floor: i64,
}

#[derive(Clone, Copy, Debug)]
struct Shown {
    count: i64,
    pts: i64,
}

impl Default for DisplayOrder {
    fn default() -> Self {
        Self {
            depth: 0,
            period: 3_000,
            delay: 0,
            step: 2,
            common: 0,
            decoded: VecDeque::new(),
            decoded_count: 0,
            shown: Vec::new(),
            entered: None,
            floor: i64::MIN / 2,
        }
    }
}

impl DisplayOrder {
    /// The present time from one picture to the next, in ticks.
    pub fn set_period(&mut self, ticks: u32) {
        self.period = i64::from(ticks).max(1);
    }

    /// The reorder depth; takes effect with the next IDR picture.
    pub fn set_depth(&mut self, depth: u32) {
        self.depth = depth.min(16);
    }

    /// Takes the next picture in decode order with its picture order count; without one it is shown after all
    /// before it. Its presentation time follows by [`assign`](Self::assign).
    pub fn enter(&mut self, count: Option<i64>, is_idr: bool) {
        if let Some(never_assigned) = self.entered.take() {
            self.shown.remove(never_assigned);
        }
        let count = count.or_else(|| Some(self.shown.last()?.count + self.step)).unwrap_or(0);
        let at = self.shown.partition_point(|shown| shown.count <= count);
        let is_twice = at > 0 && self.shown[at - 1].count == count;
        let too_late = self.shown.len() - at > self.depth as usize;
        if is_idr
            || self.shown.is_empty()
            || self.depth == 0
            || is_twice
            || too_late
            || !self.has_room(at, count)
        {
            self.begin(count);
            return;
        }
        if at == self.shown.len() && !self.is_open() {
            self.fit_delay();
        }
        self.note_step(count - self.shown[0].count);
        self.shown.insert(at, Shown { count, pts: 0 });
        self.entered = Some(at);
    }

    /// Whether pictures are still to come that are shown before one that is already decoded.
    #[must_use]
    pub fn is_open(&self) -> bool {
        self.open_places(self.shown.len()) > 0
    }

    /// The presentation time of the picture entered last, which is decoded at `dts`; once for each.
    pub fn assign(&mut self, dts: i64) -> i64 {
        let Some(at) = self.entered.take() else { return dts };
        self.decoded.push_back(dts);
        self.decoded_count += 1;
        if self.decoded.len() > REMEMBERED {
            self.decoded.pop_front();
        }
        let later = (self.shown.len() - 1).saturating_sub(at);
        // How far its place is ahead of its decoding; negative when it was decoded after its place.
        let ahead = self.open_places(at + 1) - i64::try_from(later).unwrap_or(0);
        let place = if ahead > 0 {
            dts.saturating_add(ahead * self.period)
        } else {
            let back = usize::try_from(-ahead).unwrap_or(0);
            let index = (self.decoded.len() - 1).saturating_sub(back);
            self.decoded[index]
        };
        let (lower, upper) = self.bounds(at, self.shown[at].count, at + 1);
        let pts = place.saturating_add(self.delay).max(dts).min(upper).max(lower);
        self.shown[at].pts = pts;
        if self.shown.len() > REMEMBERED {
            let oldest = self.shown.remove(0);
            self.floor = self.floor.max(oldest.pts);
        }
        pts
    }

    /// The first picture of a GOP, or one that can only be explained by a new beginning.
    fn begin(&mut self, count: i64) {
        if self.decoded_count >= STEP_PICTURES && self.common > 0 {
            self.step = self.common.min(MAX_ROOM);
        }
        self.common = 0;
        self.fit_delay();
        self.floor = self.shown.iter().map(|shown| shown.pts).fold(self.floor, i64::max);
        self.decoded.clear();
        self.decoded_count = 0;
        self.shown.clear();
        self.shown.push(Shown { count, pts: 0 });
        self.entered = Some(0);
    }

    /// Takes over another rate where no picture waits for one that is shown earlier.
    fn fit_delay(&mut self) {
        let wanted = i64::from(self.depth) * self.period;
        // Small changes of the measured rate do not move the whole track.
        if wanted == 0 || (wanted - self.delay).abs() > self.delay / 4 {
            self.delay = wanted;
        }
    }

    fn note_step(&mut self, distance: i64) {
        let (mut a, mut b) = (self.common, distance.abs());
        while b != 0 {
            (a, b) = (b, a % b);
        }
        self.common = a;
        if self.common % self.step != 0 {
            self.step = self.common.max(1);
        }
    }

    /// Pictures still to come that are shown before `shown[end - 1]`, as far as that is known.
    fn open_places(&self, end: usize) -> i64 {
        // A gap that more than `depth` pictures have passed stays empty.
        let from = self.shown.len().saturating_sub(self.depth as usize).max(1);
        let gaps = (from..end).map(|at| (self.shown[at].count - self.shown[at - 1].count) / self.step - 1);
        gaps.map(|gap| gap.max(0)).sum::<i64>().min(MAX_AHEAD)
    }

    /// Least and greatest time for a picture of this count between `shown[at - 1]` and `shown[next]`.
    fn bounds(&self, at: usize, count: i64, next: usize) -> (i64, i64) {
        let room = |distance: i64| distance.clamp(1, MAX_ROOM);
        let lower = match at.checked_sub(1).map(|before| self.shown[before]) {
            Some(before) => before.pts + room(count - before.count),
            None => self.floor + 1,
        };
        let upper = self.shown.get(next).map_or(i64::MAX, |after| after.pts - room(after.count - count));
        (lower, upper)
    }

    fn has_room(&self, at: usize, count: i64) -> bool {
        let (lower, upper) = self.bounds(at, count, at);
        lower <= upper
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Presentation times of pictures with these counts, decoded every 100 ticks; a GOP begins at each 0.
    fn shown(depth: u32, counts: &[i64]) -> Vec<i64> {
        let mut order = DisplayOrder::default();
        order.set_depth(depth);
        order.set_period(100);
        let mut dts = 0;
        let mut assign = |&count: &i64| {
            order.enter(Some(count), count == 0);
            let pts = order.assign(dts);
            dts += 100;
            pts
        };
        counts.iter().map(&mut assign).collect()
    }

    #[test]
    fn places() {
        let table: [(&str, u32, &[i64], &[i64]); 9] = [
            ("no reordering", 0, &[0, 2, 4, 0, 2], &[0, 100, 200, 300, 400]),
            ("no B frames after all", 1, &[0, 2, 4, 6], &[100, 200, 300, 400]),
            ("one B frame", 1, &[0, 4, 2, 8, 6], &[100, 300, 200, 500, 400]),
            ("three B frames", 1, &[0, 8, 2, 4, 6, 10], &[100, 500, 200, 300, 400, 600]),
            ("pyramid", 2, &[0, 8, 4, 2, 6, 16, 12, 10, 14], &[200, 600, 400, 300, 500, 1000, 800, 700, 900]),
            ("the next GOP", 1, &[0, 4, 2, 0, 4, 2], &[100, 300, 200, 400, 600, 500]),
            // The first gap is taken for a B frame to come, until two pictures have passed it.
            ("lost B frames", 1, &[0, 4, 8, 12, 16], &[100, 300, 400, 500, 600]),
            (
                "a step back within a GOP",
                1,
                &[0, 4, 2, 8, -100, -98, -96],
                &[100, 300, 200, 500, 501, 600, 700],
            ),
            ("begins in the middle of a GOP", 1, &[6, 10, 8], &[100, 300, 200]),
        ];
        for (name, depth, counts, expected) in table {
            assert_eq!(shown(depth, counts), expected, "{name}");
        }
    }

    #[test]
    fn a_step_of_one_is_learned() {
        let counts: Vec<i64> = (0..3).flat_map(|_| [0, 2, 1, 4, 3, 6, 5, 8, 7, 10, 9]).collect();
        let mut all = shown(1, &counts);
        all.sort_unstable();
        // In the second and third GOP every place is where it belongs.
        assert_eq!(all[11..], (12..34).map(|place| place * 100).collect::<Vec<_>>());
    }

    #[test]
    fn a_picture_without_a_count_is_shown_last() {
        let mut order = DisplayOrder::default();
        order.set_depth(1);
        order.set_period(100);
        let mut all = Vec::new();
        for (dts, count) in [(0, Some(0)), (100, Some(4)), (200, None), (300, Some(2)), (400, Some(8))] {
            order.enter(count, dts == 0);
            all.push(order.assign(dts));
        }
        let mut sorted = all.clone();
        sorted.sort_unstable();
        sorted.dedup();
        assert_eq!(sorted.len(), 5, "{all:?}");
        assert!(all[2] > all[1]);
    }

    #[test]
    fn open_until_the_gap_is_filled() {
        let mut order = DisplayOrder::default();
        order.set_depth(1);
        let mut open = Vec::new();
        for (dts, count) in [(0, 0), (1, 6), (2, 2), (3, 4), (4, 8), (5, 12), (6, 16), (7, 18)] {
            order.enter(Some(count), count == 0);
            open.push(order.is_open());
            order.assign(dts * 100);
        }
        assert_eq!(open, [false, true, true, false, false, true, true, false]);
    }
}

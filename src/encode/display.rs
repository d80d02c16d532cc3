//! Puts decoded pictures in the order they are shown in.
//!
//! ```text
//! decoded  I0 P3 B1 B2 P6 …      held back until as many wait as the stream says that may be out of order
//! shown    I0 B1 B2 P3 …         a keyframe lets all before it go, and so does a pause
//! ```

/// Holds pictures back until it is their turn; the times only rise.
#[derive(Debug)]
pub(super) struct DisplayQueue<T> {
    /// By time.
    waiting: Vec<(i64, T)>,
    shown: Option<i64>,
}

/// Most pictures that may wait, whatever a stream says: all that an H.264 decoder can hold back.
const MAX_DEPTH: usize = 16;

impl<T> DisplayQueue<T> {
    pub(super) const fn new() -> Self {
        Self { waiting: Vec::new(), shown: None }
    }

    /// Adds the picture that is shown at `pts`, and gives what is to be shown now to `show`. At most `depth` pictures
    /// that are decoded before it are shown after it.
    pub(super) fn push(&mut self, pts: i64, picture: T, depth: u32, show: &mut impl FnMut(T)) {
        let at = self.waiting.partition_point(|(other, _)| *other <= pts);
        self.waiting.insert(at, (pts, picture));
        let depth = usize::try_from(depth).unwrap_or(MAX_DEPTH).min(MAX_DEPTH);
        let due = self.waiting.len().saturating_sub(depth);
        self.show(due, show);
    }

    /// Nothing that comes is shown before what waits.
    pub(super) fn flush(&mut self, show: &mut impl FnMut(T)) {
        self.show(self.waiting.len(), show);
    }

    pub(super) const fn is_empty(&self) -> bool {
        self.waiting.is_empty()
    }

    fn show(&mut self, count: usize, show: &mut impl FnMut(T)) {
        for (pts, picture) in self.waiting.drain(..count) {
            // What comes after a pause that its turn was before is too late.
            if self.shown.is_none_or(|shown| shown < pts) {
                self.shown = Some(pts);
                show(picture);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is shown of pictures decoded in this order; `K` before a number flushes first, as `|` alone does.
    fn shown(decoded: &str, depth: u32) -> String {
        let mut queue = DisplayQueue::new();
        let mut shown = Vec::new();
        for word in decoded.split(' ') {
            let mut show = |picture: i64| shown.push(picture.to_string());
            if word.starts_with(['K', '|']) {
                queue.flush(&mut show);
            }
            if let Ok(pts) = word.trim_start_matches('K').parse() {
                queue.push(pts, pts, depth, &mut show);
            }
        }
        shown.join(" ")
    }

    #[test]
    fn orders() {
        let table = [
            ("no B frames", "K0 1 2 3", 0, "0 1 2 3"),
            ("one B frame", "K0 2 1 4 3", 1, "0 1 2 3"),
            ("two in a row", "K0 3 1 2 6 4 5", 1, "0 1 2 3 4 5"),
            ("a pyramid", "K0 4 2 1 3 8 6 5 7", 2, "0 1 2 3 4 5 6"),
            ("a keyframe lets go", "K0 2 1 K3 5 4", 1, "0 1 2 3 4"),
            ("a pause lets go", "K0 3 | 1 2 6 4 5", 1, "0 3 4 5"),
            ("more than can be", "K0 1 2", 99, ""),
        ];
        for (name, decoded, depth, expected) in table {
            assert_eq!(shown(decoded, depth), expected, "{name}");
        }
    }

    #[test]
    fn what_waits_is_bounded() {
        let mut queue = DisplayQueue::new();
        let mut shown = 0;
        for pts in 0..100 {
            queue.push(pts, (), u32::MAX, &mut |()| shown += 1);
        }
        assert_eq!((shown, queue.waiting.len(), queue.is_empty()), (84, 16, false));
    }
}

//! What receipts say: latency, loss, order, pictures without what they refer to.

use crate::probe::Receipt;

/// A time on the real-time clock in which access units were written.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Window {
    /// From here.
    pub(crate) from_ns: u64,
    /// To before here.
    pub(crate) to_ns: u64,
}

impl Window {
    /// The receipts of what was written in the window.
    pub(crate) fn of<'a>(self, receipts: &'a [Receipt]) -> impl Iterator<Item = &'a Receipt> + use<'a> {
        receipts.iter().filter(move |receipt| (self.from_ns..self.to_ns).contains(&receipt.written_ns))
    }

    /// First and last number of the access units that anyone got of the window.
    pub(crate) fn sequences<'a>(self, viewers: impl Iterator<Item = &'a [Receipt]>) -> Option<(u64, u64)> {
        let numbers = viewers.flat_map(|receipts| self.of(receipts)).map(|receipt| receipt.sequence);
        numbers.fold(None, |range, number| {
            let (first, last) = range.unwrap_or((number, number));
            Some((first.min(number), last.max(number)))
        })
    }
}

/// How many of the access units from `first` to `last` did not come.
pub(crate) fn lost(receipts: &[Receipt], (first, last): (u64, u64)) -> u64 {
    let mut came: Vec<u64> = receipts
        .iter()
        .map(|receipt| receipt.sequence)
        .filter(|number| (first..=last).contains(number))
        .collect();
    came.sort_unstable();
    came.dedup();
    last - first + 1 - came.len() as u64
}

/// How many times a picture came whose reference had not come, or one came out of order. The first may be any: see
/// [`begins_inside`].
pub(crate) fn broken(receipts: &[Receipt]) -> u64 {
    let follow = receipts.windows(2).map(|pair| {
        let (before, now) = (pair[0].sequence, pair[1]);
        now.sequence == before + 1 || (now.key && now.sequence > before)
    });
    follow.filter(|is_whole| !is_whole).count() as u64
}

/// Whether the first picture needs others that did not come.
pub(crate) fn begins_inside(receipts: &[Receipt]) -> bool {
    receipts.first().is_some_and(|first| !first.key)
}

/// Latencies in milliseconds, sorted.
#[derive(Clone, Debug, Default)]
pub(crate) struct Sorted(Vec<f64>);

impl Sorted {
    /// Of any milliseconds.
    pub(crate) fn new(values: impl Iterator<Item = f64>) -> Self {
        let mut values: Vec<f64> = values.collect();
        values.sort_unstable_by(f64::total_cmp);
        Self(values)
    }

    /// Of nanoseconds.
    pub(crate) fn of_ns(values: impl Iterator<Item = u64>) -> Self {
        Self::new(values.map(ms))
    }

    /// How many.
    pub(crate) const fn count(&self) -> usize {
        self.0.len()
    }

    /// The value that `part` (0 to 1) of all do not exceed; not a number when there is none.
    pub(crate) fn quantile(&self, part: f64) -> f64 {
        let rank = (part * self.0.len() as f64).ceil() as usize;
        self.0.get(rank.clamp(1, self.0.len().max(1)) - 1).copied().unwrap_or(f64::NAN)
    }

    /// The middle one.
    pub(crate) fn median(&self) -> f64 {
        self.quantile(0.5)
    }

    /// The greatest.
    pub(crate) fn max(&self) -> f64 {
        self.quantile(1.0)
    }
}

/// Nanoseconds as milliseconds.
pub(crate) fn ms(ns: u64) -> f64 {
    ns as f64 / 1e6
}

#[cfg(test)]
mod tests {
    use super::*;

    fn receipts(what: &[(u64, bool)]) -> Vec<Receipt> {
        what.iter()
            .map(|&(sequence, key)| Receipt {
                sequence,
                key,
                written_ns: sequence,
                kernel_ns: sequence,
                read_ns: 0,
            })
            .collect()
    }

    #[test]
    fn a_picture_needs_the_one_before_unless_it_is_a_keyframe() {
        type Sequence<'a> = &'a [(u64, bool)];
        let table: [(&str, Sequence<'_>, u64); 5] = [
            ("whole", &[(4, true), (5, false), (6, false)], 0),
            ("begins inside a GOP", &[(5, false), (6, false)], 0),
            ("hole, then keyframe", &[(4, true), (9, true), (10, false)], 0),
            ("hole", &[(4, true), (6, false), (7, false)], 1),
            ("back", &[(4, true), (5, false), (4, true)], 1),
        ];
        for (name, what, expected) in table {
            assert_eq!(broken(&receipts(what)), expected, "{name}");
        }
        assert!(begins_inside(&receipts(&[(5, false)])) && !begins_inside(&receipts(&[(5, true)])));
    }

    #[test]
    fn what_did_not_come_is_counted_once() {
        let some = receipts(&[(1, true), (2, false), (2, false), (5, true)]);
        assert_eq!(lost(&some, (1, 5)), 2);
        let window = Window { from_ns: 2, to_ns: 5 };
        assert_eq!(window.sequences([some.as_slice()].into_iter()), Some((2, 2)));
    }

    #[test]
    fn quantiles_are_values_that_were_there() {
        let values = Sorted::new((1..=100).map(f64::from));
        assert_eq!([0.5, 0.99, 1.0].map(|part| values.quantile(part)), [50.0, 99.0, 100.0]);
        assert!(Sorted::default().median().is_nan());
    }
}

//! How many frames a stream reorders, by what it shows.
//!
//! ```text
//! picture order counts, as decoded   0 8 4 2 6   ─► 2: before the picture 2 two were decoded that are shown after it
//! ```
//! For streams whose SPS leaves it open. It rises when a picture shows more, and holds for the stream.

/// Most frames a decoder stores.
const MOST: usize = 16;

/// The greatest number of frames that were decoded before a picture and are shown after it.
#[derive(Clone, Debug, Default)]
pub(super) struct SeenOrder {
    /// Counts of the last pictures since a new beginning.
    counts: Vec<i64>,
    depth: u32,
}

impl SeenOrder {
    /// Takes the count of the next picture in decode order; the counts begin again at an IDR picture.
    pub(super) fn enter(&mut self, count: i64, is_idr: bool) {
        if is_idr {
            self.counts.clear();
        }
        let later = self.counts.iter().filter(|other| **other > count).count();
        if later == self.counts.len() {
            // A step back within a GOP, and no reordering.
            self.counts.clear();
        } else {
            self.depth = self.depth.max(u32::try_from(later).unwrap_or(0));
        }
        if self.counts.len() == MOST {
            self.counts.remove(0);
        }
        self.counts.push(count);
    }

    /// The depth so far.
    pub(super) const fn depth(&self) -> u32 {
        self.depth
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn depths() {
        let rising: Vec<i64> = (0..100).map(|count| count * 2).collect();
        let step_back: Vec<i64> = (0..40).map(|count| 100 + count * 2).chain([-4, -2]).collect();
        let table: [(&str, &[i64], u32); 8] = [
            ("nothing", &[], 0),
            ("in order", &rising, 0),
            ("one B frame", &[0, 4, 2, 8, 6], 1),
            ("three B frames", &[0, 8, 2, 4, 6], 1),
            ("pyramid", &[0, 8, 4, 2, 6], 2),
            ("each an IDR picture", &[0, 0, 0], 0),
            ("a step back", &step_back, 0),
            ("steps back", &[10, 12, 14, 2, 4, 6], 0),
        ];
        for (name, counts, depth) in table {
            let mut seen = SeenOrder::default();
            for count in counts {
                seen.enter(*count, *count == 0);
            }
            assert_eq!(seen.depth(), depth, "{name}");
        }
    }
}

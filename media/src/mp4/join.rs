//! The fragment for a newcomer: all frames of the GOP that are past, squeezed to a tick each.
//!
//! ```text
//! frames      K p p p p p p │ n             K: keyframe, n: the newest
//! timeline                 ▌│ n ──── next fragments, the same for all
//!                          ▲ as many ticks as frames, ending where n begins
//! ```
//! A player that gets it decodes all and shows n first: it begins at live, whatever it knows of live streams. With B
//! frames n stands for the newest frame and those that are shown before it.

use bytes::Bytes;

use super::fragment::{Sample, fragment_of, offset_between};
use crate::frame::Frame;

/// How many of `frames` (in decode order) are past: shown before all the others. What is left is never empty.
#[must_use]
pub fn past_frames(frames: &[&Frame]) -> usize {
    let mut shown_last_before = Vec::with_capacity(frames.len());
    let mut shown_last = i64::MIN;
    for frame in frames {
        shown_last_before.push(shown_last);
        shown_last = shown_last.max(frame.pts.ticks);
    }
    let mut shown_first = i64::MAX;
    for at in (1..frames.len()).rev() {
        shown_first = shown_first.min(frames[at].pts.ticks);
        if shown_last_before[at] < shown_first {
            return at;
        }
    }
    0
}

/// One fragment of all the frames of `past`, in decode order, a tick each. It ends where the first of `rest` begins,
/// which are the frames after them as far as they are known. Nothing when either is empty.
#[must_use]
pub fn join_fragment(past: &[&Frame], rest: &[&Frame]) -> Bytes {
    let (Some(next), Some(ends_at)) = (rest.first(), presentation_end(past, rest)) else {
        return Bytes::new();
    };
    let ticks = i64::try_from(past.len()).unwrap_or(i64::MAX);
    let begins = next.dts.ticks.saturating_sub(ticks);
    let mut in_order: Vec<usize> = (0..past.len()).collect();
    in_order.sort_by_key(|at| past[*at].pts.ticks);
    let mut samples: Vec<Sample> =
        past.iter().map(|frame| Sample { frame, duration: 1, offset: 0, has_sets: false }).collect();
    let mut pts = ends_at.saturating_sub(ticks);
    for at in in_order {
        let dts = begins.saturating_add(i64::try_from(at).unwrap_or(i64::MAX));
        samples[at].offset = offset_between(pts, dts);
        pts = pts.saturating_add(1);
    }
    fragment_of(samples.into_iter(), begins)
}

/// Where the last of `past` gives way to the first of `rest`. With B frames some of those shown first may still be to come,
/// so it is where the past itself ends; without, a hole before the next frame is closed.
fn presentation_end(past: &[&Frame], rest: &[&Frame]) -> Option<i64> {
    let first = rest.iter().map(|frame| frame.pts.ticks).min()?;
    let own = past.iter().map(|frame| frame.pts.ticks.saturating_add(frame.duration.into())).max()?;
    let reordered = past.iter().chain(rest).any(|frame| frame.config.reorder_depth() > 0);
    Some(if reordered { first.min(own) } else { first })
}

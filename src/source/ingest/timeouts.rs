//! How long a source may give nothing.

use std::time::Duration;

/// After so long without a frame the state says so, whether bytes come or not.
pub(in crate::source) const NO_FRAME_AFTER: Duration = Duration::from_secs(4);
/// A source that can be run anew is given up after so long without a byte.
pub(in crate::source) const GIVE_UP_AFTER: Duration = Duration::from_secs(10);
/// It is given up as well when bytes come, but no picture for so long: a camera joined in the middle of a long GOP has
/// shown one by then,
pub(in crate::source) const PICTURE_WITHIN: Duration = Duration::from_secs(30);
/// or no picture in so many bytes: what writes rubbish does so as fast as it is read.
pub(in crate::source) const PICTURE_WITHIN_BYTES: u64 = 64 << 20;

/// What to do about a source that says nothing at all.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::source) enum Silence {
    /// End the run, as when no picture comes for long: the next one may find it better.
    GiveUp,
    /// Wait: there is nothing to run anew.
    Wait,
    /// End the run when pictures fail to come, whatever bytes do.
    Watch(Watch),
}

/// How long a camera may show nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::source) struct Watch {
    /// From its start to its first picture.
    pub(in crate::source) first: Duration,
    /// From one picture to the next.
    pub(in crate::source) next: Duration,
}

impl Silence {
    /// After so long without a frame something is done about it.
    pub(in crate::source) const fn patience(self, has_frames: bool) -> Duration {
        match self {
            Self::GiveUp | Self::Wait => NO_FRAME_AFTER,
            Self::Watch(watch) if has_frames => watch.next,
            Self::Watch(watch) => watch.first,
        }
    }
}

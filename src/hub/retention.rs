//! How much of its past a track keeps: what its subscribers ask for, within the memory of its camera.
//!
//! ```text
//! viewer ─┐
//! recipe ─┼─ Retention each ─► the most that anybody asks for ─► GopCache ─ bytes ─► CacheMemory, one for all tracks
//! …      ─┘
//! ```

use std::sync::atomic::{AtomicUsize, Ordering};

use lenscast_media::codec::Medium;

/// What a subscriber asks a track to keep, beside the newest GOP.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Retention {
    /// Whole GOPs before the newest one.
    pub previous_gops: usize,
    /// Frames younger than this many microseconds, and those back to the keyframe that they need.
    pub age_us: u64,
}

impl Retention {
    /// For a viewer: the GOP before, which one that is a little late still reads.
    pub const VIEWER: Self = Self { previous_gops: 1, age_us: 0 };

    /// For a listener: two seconds. Every frame of sound is a keyframe, so that GOPs say nothing there.
    pub const LISTENER: Self = Self { previous_gops: 0, age_us: 2_000_000 };

    /// What a subscriber to frames of `medium` asks for by default.
    #[must_use]
    pub const fn usual(medium: Medium) -> Self {
        match medium {
            Medium::Video => Self::VIEWER,
            Medium::Audio => Self::LISTENER,
        }
    }

    /// As much as both ask for.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        Self {
            previous_gops: self.previous_gops.max(other.previous_gops),
            age_us: self.age_us.max(other.age_us),
        }
    }
}

/// The bytes that all tracks of a camera hold together, and how many they may.
#[derive(Debug)]
pub(super) struct CacheMemory {
    limit: usize,
    used: AtomicUsize,
}

impl CacheMemory {
    pub(super) const fn new(limit: usize) -> Self {
        Self { limit, used: AtomicUsize::new(0) }
    }

    pub(super) fn add(&self, bytes: usize) {
        self.used.fetch_add(bytes, Ordering::Relaxed);
    }

    pub(super) fn remove(&self, bytes: usize) {
        self.used.fetch_sub(bytes, Ordering::Relaxed);
    }

    /// Whether the tracks hold more than they may.
    pub(super) fn is_exceeded(&self) -> bool {
        self.used.load(Ordering::Relaxed) > self.limit
    }
}

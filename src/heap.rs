//! One heap for all threads: mallopt(3), `M_ARENA_MAX`; and what is free in it given back: malloc_trim(3).
//!
//! The C library gives each thread a heap of its own. The task that reads a camera goes from one worker thread to
//! another now and then, and the frames it makes there come from that thread's heap, while what the old one has let go of is
//! kept for it: some megabytes a thread and camera for nothing. Few allocations are large enough to meet each
//! other at the one heap's lock; small ones do not take it.
//!
//! By itself the C library gives back only what is free at the heap's end. One small allocation that stays behind a flood of
//! connections would keep all that they had.
#![cfg_attr(
    target_env = "gnu",
    expect(unsafe_code, reason = "the C library's settings have no safe interface")
)]

/// Makes threads that are started from now on share the heap of the first.
pub(crate) fn share() {
    #[cfg(target_env = "gnu")]
    // SAFETY: it takes two numbers and changes a setting of the allocator, under the allocator's own lock.
    let _ = unsafe { libc::mallopt(libc::M_ARENA_MAX, 1) };
}

/// Gives pages back to the system that are free in the middle of the heap. Takes some milliseconds for each 100 MB that are
/// given back, and other threads that need large allocations wait.
pub(crate) fn give_back() {
    #[cfg(target_env = "gnu")]
    // SAFETY: it takes a number and works on the heap under the heap's own lock.
    let _ = unsafe { libc::malloc_trim(0) };
}

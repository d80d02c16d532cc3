//! One heap for all threads: mallopt(3), `M_ARENA_MAX`.
//!
//! The C library gives each thread a heap of its own. The task that reads a camera goes from one worker thread to
//! another now and then, and the frames it makes there come from that thread's heap, while what the old one has let go of is
//! kept for it: some megabytes a thread and camera for nothing. Few allocations are large enough to meet each
//! other at the one heap's lock; small ones do not take it.
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

//! Gives memory back to the system when many connections have ended: heads of requests, buffers and tasks.
//!
//! ```text
//! each 5 s: 64 connections or more have ended since the last time ─► heap::give_back on a thread
//! ```

use std::time::Duration;

use crate::{heap, http::ConnectionLimit};

/// How often ended connections are counted.
const LOOK_EVERY: Duration = Duration::from_secs(5);
/// Fewer connections than this hold less memory than the program itself.
const MANY: u64 = 64;

/// Looks after the connections of `limit` until it is dropped.
pub(super) async fn give_back(limit: ConnectionLimit) {
    let mut known = 0;
    loop {
        tokio::time::sleep(LOOK_EVERY).await;
        if are_many(limit.ended(), &mut known) {
            let _ = tokio::task::spawn_blocking(heap::give_back).await;
        }
    }
}

/// Whether many have ended since that was last so.
const fn are_many(ended: u64, known: &mut u64) -> bool {
    let are_many = ended - *known >= MANY;
    if are_many {
        *known = ended;
    }
    are_many
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ends_are_counted_from_the_last_time_on() {
        let mut known = 0;
        let table =
            [(0, false), (63, false), (64, true), (64, false), (127, false), (5_000, true), (5_001, false)];
        for (ended, expected) in table {
            assert_eq!(are_many(ended, &mut known), expected, "{ended}");
        }
    }
}

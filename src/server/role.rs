//! What a listener is there for.

use crate::compat::System;

/// What a listener is there for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Role {
    /// Our own addresses.
    Ours,
    /// The page of a classic system.
    Page(System),
    /// Its WebSocket.
    Socket(System),
}

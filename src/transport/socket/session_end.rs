//! How a session ends.

use crate::hub::DisconnectReason;

/// How a session ended.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum SessionEnd {
    /// The viewer left, its connection broke, or it is to be closed without a closing handshake.
    Disconnected(DisconnectReason, String),
    /// The connection is to be closed by a closing handshake, with a code and a reason.
    Close(DisconnectReason, u16, String),
}

impl SessionEnd {
    /// The connection failed.
    pub(super) fn broken(error: &std::io::Error) -> Self {
        Self::Disconnected(DisconnectReason::Broken, error.to_string())
    }

    /// Why, for the counters.
    pub(super) const fn reason(&self) -> DisconnectReason {
        match self {
            Self::Disconnected(reason, _) | Self::Close(reason, ..) => *reason,
        }
    }

    /// Why, as a sentence.
    pub(super) fn message(&self) -> &str {
        match self {
            Self::Disconnected(_, message) | Self::Close(_, _, message) => message,
        }
    }
}

//! Why a viewer is no longer there.

/// Why a viewer is no longer there.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum DisconnectReason {
    /// It left.
    #[default]
    Left,
    /// Its connection broke.
    Broken,
    /// It took nothing of what waited for it, and its connection was reset.
    Stalled,
    /// It did not answer a ping, and its connection was reset.
    Silent,
    /// It broke the rules and was closed.
    Misbehaved,
    /// Its stream came to an end that was no fault of its own.
    Ended,
    /// Its password was changed, or its link or session has ended.
    Denied,
    /// The camera was taken away, or the server stops.
    Stopped,
}

impl DisconnectReason {
    /// Its name in the status and the metrics.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Left => "left",
            Self::Broken => "broken",
            Self::Stalled => "stalled",
            Self::Silent => "silent",
            Self::Misbehaved => "misbehaved",
            Self::Ended => "ended",
            Self::Denied => "denied",
            Self::Stopped => "stopped",
        }
    }
}

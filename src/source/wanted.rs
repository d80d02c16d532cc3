//! The source that a camera was configured with: a named one, or the first that is found.

use super::{
    discover,
    kinds::Source,
    run::{LINGER, Running},
};
use crate::hub::{CameraState, Publisher};

/// The source that a camera was configured with.
#[derive(Clone, Debug, PartialEq)]
#[expect(clippy::large_enum_variant, reason = "a camera has one, which is seldom moved")]
pub enum Wanted {
    /// This one.
    Named {
        /// The source.
        source: Source,
        /// When it runs.
        running: Running,
    },
    /// The first camera that is found here, else the test pattern.
    Found,
}

impl Wanted {
    /// The source, if it was named.
    #[must_use]
    pub const fn named(&self) -> Option<&Source> {
        match self {
            Self::Named { source, .. } => Some(source),
            Self::Found => None,
        }
    }

    /// Configured bit rate of the H.264 made of its raw pictures, in bits per second.
    #[must_use]
    pub fn bits_per_second(&self) -> Option<u32> {
        self.named().and_then(Source::bits_per_second)
    }

    /// The source, and when it runs; looks for one if none was named.
    pub(super) async fn resolve(&self, publisher: &mut Publisher) -> (Source, Running) {
        match self {
            Self::Named { source, running } => (source.clone(), *running),
            Self::Found => {
                publisher.set_state(CameraState::Searching);
                let discover::Choice { source, why } = discover::choose(&discover::list().await);
                tracing::info!(camera = publisher.camera(), "camera search: {why}");
                let running = Running { policy: source.run_policy(), linger: LINGER, timeout: None };
                (source, running)
            }
        }
    }
}

impl std::fmt::Display for Wanted {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Named { source, .. } => source.fmt(out),
            Self::Found => write!(out, "the first camera that is found, else the test pattern"),
        }
    }
}

//! One run of a source: what it is given, and when there is one.

use std::time::Duration;

use tokio_util::sync::CancellationToken;

use crate::{clock::Clock, hub::Publisher};

/// When a source runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RunPolicy {
    /// From the start to the end.
    Always,
    /// From the first viewer until some time after the last one.
    OnDemand,
}

/// When a source runs and for how long after its last viewer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Running {
    /// Always, or on demand.
    pub policy: RunPolicy,
    /// How long a source on demand keeps running after its last viewer.
    pub linger: Duration,
    /// How long it may give nothing, if that is configured.
    pub timeout: Option<Duration>,
}

/// Default of [`Running::linger`].
pub const LINGER: Duration = Duration::from_secs(3);

/// What a run needs.
pub(crate) struct Run<'a> {
    /// Where frames and states go.
    pub(crate) publisher: &'a mut Publisher,
    /// The server's clock.
    pub(crate) clock: Clock,
    /// Cancelled when the run is to end.
    pub(crate) stop: CancellationToken,
    /// How long the source may give nothing, if that is configured.
    pub(crate) timeout: Option<Duration>,
}

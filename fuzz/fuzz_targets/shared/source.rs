//! The pure files of `source/typed/`, with stand-ins for what they use of the rest.
#![allow(dead_code, unreachable_pub, reason = "a target uses a part of it")]

#[path = "../../../src/source/typed/error.rs"]
pub mod error;
#[path = "../../../src/source/typed/spec.rs"]
pub mod spec;

/// When a source runs: `source/run.rs` without the hub.
pub mod run {
    use std::time::Duration;

    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub enum RunPolicy {
        Always,
        OnDemand,
    }

    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub struct Running {
        pub policy: RunPolicy,
        pub linger: Duration,
        pub timeout: Option<Duration>,
    }

    pub const LINGER: Duration = Duration::from_secs(3);
}

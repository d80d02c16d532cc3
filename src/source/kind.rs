//! What every kind of source is: made of a spec, described to the supervisor, run.
//!
//! ```text
//! SourceSpec ─ from_spec ─► Config: Kind ─ run ─► frames and states at the Publisher
//! ```
//! `kinds/mod.rs` alone lists the kinds.

use std::fmt::Display;

use super::{
    error::SourceError,
    run::{Run, RunPolicy},
    typed::{error::SpecError, input_format::InputFormat, spec::SourceSpec},
};
use lenscast_media::rendition::Rendition;

/// The checked configuration of one kind of source. Its `Display` names the source for a person.
pub(super) trait Kind: Display + Sized {
    /// When it runs, unless an option says otherwise.
    const RUN_POLICY: RunPolicy = RunPolicy::Always;
    /// Whether it can run on demand. What another program writes or connects to is always read.
    const CAN_RUN_ON_DEMAND: bool = true;
    /// Whether a limit can be set for how long it may give nothing.
    const HAS_TIMEOUT: bool = true;
    /// Whether its first end is final, so that it is not run again.
    const ENDS_FOR_GOOD: bool = false;

    /// When this one runs, where that depends on more than its kind.
    fn run_policy(&self) -> RunPolicy {
        Self::RUN_POLICY
    }

    /// Whether this one can run on demand, where that depends on more than its kind.
    fn can_run_on_demand(&self) -> bool {
        Self::CAN_RUN_ON_DEMAND
    }

    /// What `spec` says.
    ///
    /// # Errors
    /// What is wrong and what is allowed.
    fn from_spec(spec: &SourceSpec) -> Result<Self, SpecError>;

    /// The configured format of its bytes, for a kind that reads bytes of any format.
    fn input_format(&self) -> Option<InputFormat> {
        None
    }

    /// What it gives, as far as that is known before it runs; its frames say otherwise later.
    fn origin(&self) -> Rendition {
        match self.input_format() {
            Some(InputFormat::Raw(_) | InputFormat::Y4m) => Rendition::RAW_VIDEO,
            Some(InputFormat::Coded(_)) | None => Rendition::H264,
        }
    }

    /// Configured bit rate of the H.264 made of its raw pictures, in bits per second.
    fn bits_per_second(&self) -> Option<u32> {
        match self.input_format() {
            Some(InputFormat::Raw(raw)) => raw.bits_per_second,
            Some(InputFormat::Coded(_) | InputFormat::Y4m) | None => None,
        }
    }

    /// One attempt. Returns without an error only when `run.stop` was cancelled.
    async fn run(&self, run: Run<'_>) -> Result<(), SourceError>;
}

//! In: one file a kind of source, one supervisor for all of them.
//!
//! ```text
//! text ─► typed::SourceSpec ─► kinds::Source ─► supervise ─┬─► run ─► Publisher
//!                                                          └─◄ failed: back off, run again
//! ```
//! A source knows the publisher only. Its `run` is one attempt: it returns when the camera is gone, when it is told to
//! stop, or with what went wrong; what happens then is the supervisor's business.

mod backoff;
pub mod discover;
mod error;
mod ingest;
mod kind;
mod kinds;
pub mod rpicam;
mod run;
mod supervise;
mod typed;
pub mod v4l2;
mod wanted;

pub use self::{
    error::SourceError,
    kinds::Source,
    run::{LINGER, RunPolicy, Running},
    supervise::{Finished, supervise},
    typed::{error::SpecError, spec::SourceSpec},
    wanted::Wanted,
};

//! Sources: one file per kind of source, one supervisor for all of them. Sound has its own shelf and supervisor: `sound/`.
//!
//! ```text
//! text ─► typed::SourceSpec ─► kinds::Source ─► supervise ─┬─► run ─► Publisher
//!                                                          └─◄ failed: back off, run again
//! ```
//! A source knows the publisher and nothing above it. Its `run` is one attempt: it returns when it is cancelled, or with the
//! reason why it ended. The supervisor decides what happens next.
//!
//! ```text
//! supervise, discover, wanted
//!   └ kinds/          one file per kind, one row each in kinds/mod.rs; rpicam/ and v4l2/ are kinds with folders of their own
//!       └ ingest/     bytes to frames: reading, frame boundaries, raw pictures, timeouts
//!       └ typed/      what was typed: grammar, formats, their errors
//! ```

mod backoff;
mod command;
pub mod discover;
mod error;
mod ingest;
mod kind;
mod kinds;
pub mod rpicam;
mod run;
mod sound;
mod supervise;
mod typed;
pub mod v4l2;
mod wanted;

pub use self::{
    error::SourceError,
    kinds::Source,
    run::{LINGER, RunPolicy, Running},
    sound::{Sound, supervise_sound},
    supervise::{Finished, supervise},
    typed::{error::SpecError, spec::SourceSpec},
    wanted::Wanted,
};

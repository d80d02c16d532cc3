//! The log: one line a state change, on standard error, written by a thread of its own. Each line begins with a fixed
//! part that can be searched for, such as `viewer limit reached` or `configuration applied`.
//!
//! Logging never blocks: when nobody reads standard error, lines are dropped and video goes on.

use std::io::IsTerminal;

use tracing_appender::non_blocking::{NonBlockingBuilder, WorkerGuard};
use tracing_subscriber::EnvFilter;

/// Lines that may wait to be written; more are dropped.
const LINES: usize = 1000;

/// Starts logging. `verbose` counts the `-v`; `RUST_LOG` has precedence. Dropping the guard writes the lines that still
/// wait.
pub(crate) fn start(verbose: u8) -> WorkerGuard {
    let level = match verbose {
        0 => "warn,lenscast=info",
        1 => "info,lenscast=debug",
        _ => "debug,lenscast=trace",
    };
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new(level));
    let builder = NonBlockingBuilder::default().lossy(true).buffered_lines_limit(LINES).thread_name("log");
    let (writer, guard) = builder.finish(std::io::stderr());
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(writer)
        .with_ansi(std::io::stderr().is_terminal())
        .with_target(false)
        .init();
    guard
}

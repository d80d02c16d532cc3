//! The log: one line a state change, on standard error, written by a thread of its own. Each line begins with a fixed
//! part that can be searched for, such as `viewer limit reached` or `configuration applied`.
//!
//! Every message passes through `redact/`, so that no credential, line end or escape sequence of somebody else stands in it.
//! Logging never blocks: when nobody reads standard error, lines are dropped and video goes on.

use std::{fmt::Debug, io::IsTerminal};

use tracing::field::Field;
use tracing_appender::non_blocking::{NonBlockingBuilder, WorkerGuard};
use tracing_subscriber::{
    EnvFilter,
    field::MakeExt,
    fmt::format::{Writer, debug_fn},
};

use crate::redact::redacted;

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
        .fmt_fields(debug_fn(write_field).delimited(" "))
        .with_writer(writer)
        .with_ansi(std::io::stderr().is_terminal())
        .with_target(false)
        .init();
    guard
}

/// Writes the message of an event, or one of its fields as `name=value`.
fn write_field(out: &mut Writer<'_>, field: &Field, value: &dyn Debug) -> std::fmt::Result {
    match field.name() {
        "message" => out.write_str(&redacted(&format!("{value:?}"))),
        name => out.write_str(&redacted(&format!("{name}={value:?}"))),
    }
}

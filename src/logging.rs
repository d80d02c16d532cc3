//! The log: one line a state change, on standard error.

use std::io::IsTerminal;

use tracing_subscriber::EnvFilter;

/// Starts logging; `verbose` is how often `-v` was given, `RUST_LOG` goes before it.
pub(crate) fn start(verbose: u8) {
    let level = match verbose {
        0 => "warn,lenscast=info",
        1 => "info,lenscast=debug",
        _ => "debug,lenscast=trace",
    };
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new(level));
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_ansi(std::io::stderr().is_terminal())
        .with_target(false)
        .init();
}

//! Why the program ends before its time, and with which exit status.

use std::{net::SocketAddr, process::ExitCode};

use crate::{compat::CompatError, source::SpecError};

/// What ends the program, as one line for a person.
#[derive(Debug, thiserror::Error)]
pub enum ServerError {
    /// A source that cannot be.
    #[error("{place}: {error}")]
    Source {
        /// Where it was typed.
        place: String,
        /// What is wrong with it.
        error: SpecError,
    },
    /// A configuration file that cannot be.
    #[error("{path}: {reason}")]
    ConfigFile {
        /// The file, and where in it.
        path: String,
        /// What is wrong, and what is allowed.
        reason: String,
    },
    /// Two cameras of one name.
    #[error("{place}: two cameras are called {name:?}: each needs a name of its own")]
    SameName {
        /// Where they were typed.
        place: String,
        /// The name.
        name: String,
    },
    /// A source that can be named once only.
    #[error("{place}: standard input can be the source of one camera only")]
    StdinTwice {
        /// Where it was typed again.
        place: String,
    },
    /// An address that is none.
    #[error(
        "{place} {address:?} is not an address: it is ADDR:PORT, such as 127.0.0.1:8000, [::]:8000 or 0.0.0.0:80"
    )]
    Listen {
        /// Where it was typed.
        place: String,
        /// What was typed.
        address: String,
    },
    /// Two addresses that exclude each other.
    #[error("{place} {address}: {other} is listened on already, which includes it; leave one of them out")]
    SameAddress {
        /// Where the second was typed.
        place: String,
        /// The second.
        address: SocketAddr,
        /// The first.
        other: SocketAddr,
    },
    /// A classic system that cannot be served.
    #[error("{place}: {error}")]
    Compat {
        /// Where it was typed.
        place: String,
        /// What is wrong with it.
        error: CompatError,
    },
    /// An address that cannot be listened on.
    #[error("cannot listen on {address}: {reason}")]
    Bind {
        /// The address.
        address: SocketAddr,
        /// What the system said, and what to do about it.
        reason: String,
    },
    /// The system refuses what every server needs.
    #[error("{what}: {error}")]
    System {
        /// What was tried.
        what: &'static str,
        /// What the system said.
        error: std::io::Error,
    },
    /// The only source came to an end that is final.
    #[error("{0}")]
    SourceEnded(String),
}

impl ServerError {
    /// 2 for what was typed, 1 for what happened.
    #[must_use]
    pub fn exit_code(&self) -> ExitCode {
        match self {
            Self::Source { .. }
            | Self::ConfigFile { .. }
            | Self::SameName { .. }
            | Self::StdinTwice { .. }
            | Self::Listen { .. }
            | Self::SameAddress { .. }
            | Self::Compat { .. } => ExitCode::from(2),
            Self::Bind { .. } | Self::System { .. } | Self::SourceEnded(_) => ExitCode::from(1),
        }
    }
}

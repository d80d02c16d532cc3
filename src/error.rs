//! Errors that end the program, and its exit status.

use std::{net::SocketAddr, process::ExitCode};

use crate::{compat::CompatError, source::SpecError, tls::TlsError};

/// What ends the program, as one line for a person.
#[derive(Debug, thiserror::Error)]
pub enum ServerError {
    /// A user or a link cannot be changed as asked.
    #[error("{0}")]
    Access(String),
    /// Invalid source.
    #[error("{place}: {error}")]
    Source {
        /// Where it was typed.
        place: String,
        /// What is wrong with it.
        error: SpecError,
    },
    /// Invalid configuration file.
    #[error("{path}: {reason}")]
    ConfigFile {
        /// The file, and where in it.
        path: String,
        /// What is wrong, and what is allowed.
        reason: String,
    },
    /// Two cameras with the same name.
    #[error("{place}: two cameras are called {name:?}: each needs a name of its own")]
    SameName {
        /// Where they were typed.
        place: String,
        /// The name.
        name: String,
    },
    /// Standard input is the source of two cameras.
    #[error("{place}: standard input can be the source of one camera only")]
    StdinTwice {
        /// Where it was typed again.
        place: String,
    },
    /// Invalid address.
    #[error(
        "{place} {address:?} is not an address: it is ADDR:PORT, such as 127.0.0.1:8000, [::]:8000 or 0.0.0.0:80, or a PORT of every address"
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
    /// Invalid classic system.
    #[error("{place}: {error}")]
    Compat {
        /// Where it was typed.
        place: String,
        /// What is wrong with it.
        error: CompatError,
    },
    /// There is no certificate for HTTPS.
    #[error(transparent)]
    Tls(#[from] TlsError),
    /// Binding an address failed.
    #[error("cannot listen on {address}: {reason}")]
    Bind {
        /// The address.
        address: SocketAddr,
        /// The system's error, and what to do about it.
        reason: String,
    },
    /// A system call that every server needs failed.
    #[error("{what}: {error}")]
    System {
        /// The operation that failed.
        what: &'static str,
        /// The system's error.
        error: std::io::Error,
    },
    /// The only source ended for good.
    #[error("{0}")]
    SourceEnded(String),
}

impl ServerError {
    /// 2 for a wrong configuration, 1 for a failure at run time.
    #[must_use]
    pub fn exit_code(&self) -> ExitCode {
        match self {
            Self::Source { .. }
            | Self::ConfigFile { .. }
            | Self::SameName { .. }
            | Self::StdinTwice { .. }
            | Self::Listen { .. }
            | Self::SameAddress { .. }
            | Self::Compat { .. }
            | Self::Tls(_)
            | Self::Access(_) => ExitCode::from(2),
            Self::Bind { .. } | Self::System { .. } | Self::SourceEnded(_) => ExitCode::from(1),
        }
    }
}

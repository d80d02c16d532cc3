//! Whose certificate the server shows, as it is configured, and what can be wrong with it.

use std::path::PathBuf;

/// Whose certificate the server shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Certificate {
    /// Of files in PEM, such as certbot and `tailscale cert` write.
    Files {
        /// The certificate and those between it and its authority.
        cert: PathBuf,
        /// Its private key.
        key: PathBuf,
    },
    /// Signed by an authority of this server's own, which is kept in the state folder.
    Own,
}

/// Why there is no certificate to show.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// A file cannot be used.
    #[error("tls {what} {path}: {reason}", path = path.display())]
    File {
        /// Which of the files.
        what: &'static str,
        /// Its path.
        path: PathBuf,
        /// What is wrong, and what is allowed.
        reason: String,
    },
    /// There is nowhere to keep the authority.
    #[error(
        "tls self: there is no state folder to keep the certificate authority in: give one with --state DIR"
    )]
    NoFolder,
    /// A certificate cannot be made.
    #[error("tls self: the certificate cannot be made: {0}")]
    NotMade(String),
    /// This program has no TLS.
    #[error("tls: this program was built without TLS (Cargo feature tls)")]
    NotBuilt,
}

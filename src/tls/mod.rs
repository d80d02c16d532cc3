//! TLS: whose certificate, and the state of an encrypted connection. It opens no socket: `http/connection.rs` does.
//!
//! ```text
//! [tls] cert, key ─► files ────┐
//!                              ├─► Tls ─► Session, one a connection
//! [tls] self ─► authority ─────┘     └── looked at again: a changed file, other addresses, a certificate near its end
//! ```
//! Without the Cargo feature `tls` the same types are there and have no values, so that nobody else asks for the feature.

#[cfg(not(feature = "tls"))]
mod absent;
#[cfg(feature = "tls")]
mod authority;
mod certificate;
#[cfg(feature = "tls")]
mod files;
#[cfg(feature = "tls")]
mod leaf;
#[cfg(feature = "tls")]
mod networks;
#[cfg(feature = "tls")]
mod pem;
#[cfg(feature = "tls")]
mod provider;
#[cfg(feature = "tls")]
mod session;
#[cfg(feature = "tls")]
mod shared;
#[cfg(feature = "tls")]
mod stored;

#[cfg(not(feature = "tls"))]
pub use self::absent::{Session, Tls};
pub use self::certificate::{Certificate, TlsError};
#[cfg(feature = "tls")]
pub use self::{session::Session, shared::Tls};

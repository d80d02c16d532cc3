//! The certificate that HTTPS shows, for what depends on it elsewhere: the names of this server, and the authority that clients are
//! to trust.

use std::sync::{Arc, RwLock};

use crate::tls::Tls;

/// The certificate that HTTPS shows, if there is HTTPS. Copies share it.
#[derive(Clone, Debug, Default)]
pub struct ShownCertificate(Arc<RwLock<Option<Tls>>>);

impl ShownCertificate {
    /// Replaces it.
    pub fn set(&self, tls: Option<Tls>) {
        *self.0.write().expect("no holder of this lock panics") = tls;
    }

    /// The certificate of the server's own authority, in PEM, if it has signed this one.
    pub(super) fn authority(&self) -> Option<Arc<str>> {
        self.get().and_then(|tls| tls.authority())
    }

    /// Whether it is for the host of this name.
    pub(super) fn is_for(&self, host: &str) -> bool {
        self.get().is_some_and(|tls| tls.is_for(host))
    }

    fn get(&self) -> Option<Tls> {
        self.0.read().expect("no holder of this lock panics").clone()
    }
}

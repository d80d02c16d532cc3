//! HTTPS of the server under measurement: its port, its configuration, and whom its viewers trust.

use std::{
    fs,
    net::{IpAddr, SocketAddr},
    path::PathBuf,
    sync::Arc,
};

use rustls::{
    ClientConfig, RootCertStore,
    crypto::ring,
    pki_types::{CertificateDer, pem::PemObject},
};

use crate::{Outcome, sys::held_address::HeldAddress};

/// A server's HTTPS, in a folder that is removed with it.
pub(crate) struct Https {
    held: HeldAddress,
    folder: PathBuf,
}

impl Https {
    /// At a free port of `ip`.
    pub(crate) fn at(ip: IpAddr) -> Outcome<Self> {
        let held = HeldAddress::at(ip)?;
        let folder = std::env::temp_dir().join(format!(
            "lenscast-bench-{}-{}",
            std::process::id(),
            held.address().port()
        ));
        fs::create_dir_all(&folder)?;
        let https = Self { held, folder };
        fs::write(https.config(), format!("[tls]\nself = true\nlisten = [\"{}\"]\n", https.address()))?;
        Ok(https)
    }

    /// Where it listens.
    pub(crate) const fn address(&self) -> SocketAddr {
        self.held.address()
    }

    /// The server's arguments.
    pub(crate) fn arguments(&self) -> Vec<PathBuf> {
        vec!["--config".into(), self.config(), "--state".into(), self.folder.clone()]
    }

    /// What a viewer trusts once the server runs: its authority.
    pub(crate) fn client(&self) -> Outcome<Arc<ClientConfig>> {
        let mut roots = RootCertStore::empty();
        roots.add(CertificateDer::from_pem_file(self.folder.join("tls/authority.pem"))?)?;
        let builder = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()));
        let builder = builder.with_safe_default_protocol_versions()?;
        Ok(Arc::new(builder.with_root_certificates(roots).with_no_client_auth()))
    }

    fn config(&self) -> PathBuf {
        self.folder.join("lenscast.toml")
    }
}

impl Drop for Https {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.folder);
    }
}

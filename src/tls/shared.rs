//! The certificate that is shown now, for all connections, and how it is replaced while the server runs.
//!
//! ```text
//! look_again, twice a second:  files    one has changed, and is as it was the last time ─► read; broken: the old ones stay
//!                              own      other names or addresses, or near its end ─► another one is made
//! ```
//! The next handshake shows the new certificate; connections that are open stay.

use std::{
    path::{Path, PathBuf},
    sync::{Arc, Mutex, RwLock},
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

use rustls::{
    ServerConfig, ServerConnection,
    client::verify_server_name,
    pki_types::ServerName,
    server::{ClientHello, ParsedCertificate, ResolvesServerCert},
    sign::CertifiedKey,
};

use super::{
    Certificate, TlsError,
    authority::Authority,
    files::{self, Versions},
    leaf::{Leaf, Names},
    provider::server_config,
    session::Session,
};
use crate::{log_limiter::LogLimiter, machine};

/// Log at most one certificate that cannot be shown per interval.
const LOG_INTERVAL: Duration = Duration::from_secs(10);

/// The certificate that is shown, and what is agreed on with each client. Copies share both.
#[derive(Clone, Debug)]
pub struct Tls {
    shown: Arc<Shown>,
    config: Arc<ServerConfig>,
    origin: Arc<Mutex<(Origin, LogLimiter)>>,
    authority: Option<Arc<str>>,
}

/// The certificate that the next handshake shows.
#[derive(Debug)]
struct Shown(RwLock<Arc<CertifiedKey>>);

impl Shown {
    fn get(&self) -> Arc<CertifiedKey> {
        Arc::clone(&self.0.read().expect("no holder of this lock panics"))
    }
}

impl ResolvesServerCert for Shown {
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(self.get())
    }
}

/// Where certificates come from.
#[derive(Debug)]
enum Origin {
    /// Files, the versions that were read last, and those that were there at the last look.
    Files { cert: PathBuf, key: PathBuf, read: Versions, seen: Versions },
    /// Our own authority, in this state folder.
    Own { folder: PathBuf, authority: Box<Authority>, leaf: Leaf },
}

impl Tls {
    /// For `certificate`; an authority of our own is in the state folder `state`.
    ///
    /// # Errors
    /// When there is no certificate to show: why.
    pub fn new(certificate: &Certificate, state: Option<&Path>) -> Result<Self, TlsError> {
        let (origin, certified, authority) = match certificate {
            Certificate::Files { cert, key } => {
                let (cert, key) = (cert.clone(), key.clone());
                let versions = files::versions(&cert, &key);
                let certified = files::read(&cert, &key)?;
                (Origin::Files { cert, key, read: versions, seen: versions }, certified, None)
            }
            Certificate::Own => {
                let folder = state.ok_or(TlsError::NoFolder)?.to_owned();
                let host = machine::own_name().unwrap_or_default();
                let authority = Authority::of_folder(&folder, &host).map_err(TlsError::NotMade)?;
                let leaf = Leaf::of_folder(&folder, &authority, &names_now(&authority), now_s());
                let leaf = leaf.map_err(TlsError::NotMade)?;
                let (certified, certificate) = (leaf.certified.clone(), authority.certificate());
                (Origin::Own { folder, authority: Box::new(authority), leaf }, certified, Some(certificate))
            }
        };
        let shown = Arc::new(Shown(RwLock::new(Arc::new(certified))));
        let config = server_config(Arc::clone(&shown) as Arc<dyn ResolvesServerCert>);
        let config = Arc::new(config.map_err(|error| TlsError::NotMade(error.to_string()))?);
        Ok(Self {
            shown,
            config,
            origin: Arc::new(Mutex::new((origin, LogLimiter::new(LOG_INTERVAL)))),
            authority,
        })
    }

    /// The certificate of our own authority, in PEM, for those who are to trust it.
    #[must_use]
    pub fn authority(&self) -> Option<Arc<str>> {
        self.authority.clone()
    }

    /// Whether the certificate that is shown is for the host of this name.
    #[must_use]
    pub fn is_for(&self, host: &str) -> bool {
        let shown = self.shown.get();
        let certificate = shown.cert.first().and_then(|first| ParsedCertificate::try_from(first).ok());
        certificate
            .zip(ServerName::try_from(host).ok())
            .is_some_and(|(certificate, name)| verify_server_name(&certificate, &name).is_ok())
    }

    /// The state of a connection that begins.
    ///
    /// # Errors
    /// When the configuration is of no use: never.
    pub fn session(&self) -> std::io::Result<Session> {
        ServerConnection::new(Arc::clone(&self.config)).map(Session::new).map_err(std::io::Error::other)
    }

    /// Looks whether there is another certificate to show, and shows it from the next handshake on. It reads files.
    pub fn look_again(&self) {
        let mut guarded = self.origin.lock().expect("no holder of this lock panics");
        let (origin, failures) = &mut *guarded;
        let found = match origin {
            Origin::Files { cert, key, read, seen } => {
                let now = files::versions(cert, key);
                // The two are not written at one moment: they are read when neither has changed for a while.
                let is_settled = std::mem::replace(seen, now) == now;
                if now == *read || !is_settled {
                    return;
                }
                *read = now;
                files::read(cert, key).map_err(|error| error.to_string())
            }
            Origin::Own { folder, authority, leaf } => {
                let (names, now) = (names_now(authority), now_s());
                if leaf.is_good(&names, now) {
                    return;
                }
                Leaf::of_folder(folder, authority, &names, now).map(|made| {
                    *leaf = made;
                    leaf.certified.clone()
                })
            }
        };
        match found {
            Ok(certified) => {
                *self.shown.0.write().expect("no holder of this lock panics") = Arc::new(certified);
                tracing::info!("certificate replaced: the next connection gets it");
            }
            Err(error) => {
                if failures.event(Instant::now()).is_some() {
                    tracing::error!("certificate not replaced, the one of before stays: {error}");
                }
            }
        }
    }
}

/// What the machine is called now.
fn names_now(authority: &Authority) -> Names {
    let hosts: Vec<String> = machine::own_name().into_iter().chain(machine::host_name()).collect();
    Names::new(authority, &hosts, &machine::local_addresses())
}

/// Seconds since 1970.
fn now_s() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs())
}

#[cfg(test)]
mod tests {
    use rcgen::{CertifiedKey, KeyPair, generate_simple_self_signed};

    use super::*;
    use crate::tls::pem::section;

    #[test]
    fn what_is_broken_replaces_nothing() {
        let folder = tempfile::tempdir().expect("a folder");
        let (cert, key) = (folder.path().join("cert"), folder.path().join("key"));
        let made = || generate_simple_self_signed(vec!["localhost".to_owned()]).expect("a certificate");
        let write = |what: &CertifiedKey<KeyPair>| {
            std::fs::write(&cert, section("CERTIFICATE", what.cert.der())).expect("written");
            std::fs::write(&key, section("PRIVATE KEY", what.signing_key.serialized_der())).expect("written");
        };
        let (first, second) = (made(), made());
        write(&first);
        let files = Certificate::Files { cert: cert.clone(), key: key.clone() };
        let tls = Tls::new(&files, None).expect("a certificate");
        assert!(tls.is_for("localhost") && !tls.is_for("cam.example.org") && !tls.is_for(""));
        let shown = || tls.shown.get().cert[0].clone();
        let look_twice = || (0..2).for_each(|_| tls.look_again());
        std::fs::write(&cert, "rubbish").expect("written");
        look_twice();
        assert_eq!(shown(), *first.cert.der(), "the one of before stays");
        write(&second);
        tls.look_again();
        assert_eq!(shown(), *first.cert.der(), "somebody may still be writing");
        tls.look_again();
        assert_eq!(shown(), *second.cert.der());
    }
}

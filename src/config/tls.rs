//! `[tls]` and `--tls`: what was typed, and what it means.

use std::path::{Path, PathBuf};

use super::{listen::Listen, placed::Placed};
use crate::{error::ServerError, tls::Certificate};

/// Port of HTTPS, if not given.
const DEFAULT_PORT: u16 = 8443;
/// What `--tls` takes for a certificate of our own.
const OWN: &str = "self";

/// `[tls]`, as it was typed.
#[derive(Clone, Debug, Default)]
pub(super) struct TypedTls {
    pub(super) cert: Option<PathBuf>,
    pub(super) key: Option<PathBuf>,
    /// `self`.
    pub(super) own: bool,
    pub(super) listen: Vec<Placed<String>>,
    pub(super) redirect: bool,
}

/// HTTPS, checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TlsConfig {
    /// Whose certificate is shown.
    pub certificate: Certificate,
    /// Where to listen.
    pub listen: Listen,
    /// Whether plain HTTP is sent to HTTPS.
    pub redirect: bool,
}

impl TypedTls {
    /// The same with the certificate that was typed behind `--tls`.
    ///
    /// # Errors
    /// When that is neither `self` nor two files.
    pub(super) fn with_argument(mut self, text: &str) -> Result<Self, ServerError> {
        let files = text.split_once(',').filter(|(cert, key)| !cert.is_empty() && !key.is_empty());
        (self.own, self.cert, self.key) = match files {
            Some((cert, key)) => (false, Some(cert.into()), Some(key.into())),
            None if text == OWN => (true, None, None),
            None => {
                return Err(wrong(
                    "--tls",
                    format!("{text:?} is not allowed: it is self, or CERT,KEY: two files in PEM"),
                ));
            }
        };
        Ok(self)
    }

    /// What it means beside the plain addresses `plain`. It was typed at `place`.
    ///
    /// # Errors
    /// What is wrong, and what is allowed.
    pub(super) fn check(self, place: &str, plain: &Listen) -> Result<TlsConfig, ServerError> {
        const NEEDED: &str = "it is cert and key, the paths of two files in PEM, or self = true";
        let certificate = match (self.cert, self.key, self.own) {
            (Some(cert), Some(key), false) => Certificate::Files { cert, key },
            (None, None, true) => Certificate::Own,
            (None, None, false) => return Err(wrong(place, format!("tls has no certificate: {NEEDED}"))),
            (Some(_), None, _) => return Err(wrong(place, format!("tls has a cert and no key: {NEEDED}"))),
            (None, Some(_), _) => return Err(wrong(place, format!("tls has a key and no cert: {NEEDED}"))),
            (Some(_), Some(_), true) => {
                return Err(wrong(place, format!("tls has files and self: {NEEDED}")));
            }
        };
        let listen = match self.listen.is_empty() {
            true => beside(plain),
            false => Listen::from_texts(&self.listen, DEFAULT_PORT)?,
        };
        if let Some(port) = listen.ports().into_iter().find(|port| *port != 0 && plain.ports().contains(port))
        {
            let reason = format!(
                "tls: port {port} is listened on already, by plain HTTP: HTTPS has a port of its own"
            );
            return Err(wrong(place, reason));
        }
        Ok(TlsConfig { certificate, listen, redirect: self.redirect })
    }

    /// Its paths, which are relative to `folder`.
    pub(super) fn paths_are_in(&mut self, folder: &Path) {
        for path in [&mut self.cert, &mut self.key].into_iter().flatten() {
            *path = folder.join(&*path);
        }
    }
}

/// The usual port on the same hosts; another one where the system chooses those of plain HTTP, too.
fn beside(plain: &Listen) -> Listen {
    let port = |plain: u16| if plain == 0 { 0 } else { DEFAULT_PORT };
    match plain {
        Listen::Everywhere(plain) => Listen::Everywhere(port(*plain)),
        Listen::At(addresses) => {
            let mut beside = addresses.clone();
            beside.iter_mut().for_each(|address| address.set_port(port(address.port())));
            beside.sort();
            beside.dedup();
            Listen::At(beside)
        }
    }
}

fn wrong(place: &str, reason: String) -> ServerError {
    ServerError::ConfigFile { path: place.to_owned(), reason }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn https_is_beside_plain_http() {
        let table: [(&[&str], &[&str]); 3] = [
            (&["127.0.0.1:8000"], &["127.0.0.1:8443"]),
            (&["127.0.0.1:80", "127.0.0.1:8000", "[::1]:80"], &["127.0.0.1:8443", "[::1]:8443"]),
            (&["127.0.0.1:0"], &["127.0.0.1:0"]),
        ];
        for (plain, expected) in table {
            let at = |texts: &[&str]| {
                Listen::At(texts.iter().map(|text| text.parse().expect("an address")).collect())
            };
            assert_eq!(beside(&at(plain)), at(expected), "{plain:?}");
        }
        assert_eq!(beside(&Listen::Everywhere(8000)), Listen::Everywhere(8443));
    }

    #[test]
    fn mistakes_have_a_sentence() {
        let files = || TypedTls { cert: Some("a".into()), key: Some("b".into()), ..TypedTls::default() };
        let listen = vec![("--listen".to_owned(), "8000".to_owned())];
        let table = [
            (TypedTls::default(), "tls has no certificate: it is cert and key"),
            (TypedTls { key: None, ..files() }, "tls has a cert and no key"),
            (TypedTls { cert: None, ..files() }, "tls has a key and no cert"),
            (TypedTls { own: true, ..files() }, "tls has files and self"),
            (TypedTls { listen, ..files() }, "tls: port 8000 is listened on already, by plain HTTP"),
        ];
        for (typed, expected) in table {
            let error = typed.check("x.toml", &Listen::Everywhere(8000)).expect_err(expected).to_string();
            assert!(error.starts_with(&format!("x.toml: {expected}")), "{error}");
        }
        let error = TypedTls::default().with_argument("selfish").expect_err("no files").to_string();
        assert_eq!(error, "--tls: \"selfish\" is not allowed: it is self, or CERT,KEY: two files in PEM");
    }
}

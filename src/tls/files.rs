//! Reads a certificate and its key from files in PEM.

use std::{
    fs::File,
    io::{ErrorKind, Read},
    path::Path,
    time::SystemTime,
};

use rustls::{
    InconsistentKeys,
    pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject},
    sign::CertifiedKey,
};

use super::{TlsError, provider::provider};
use crate::os_error::in_words;

/// A longer file is no certificate and no key.
const MAX_BYTES: u64 = 1 << 20;

/// When each file was written, and its length; `None` where it is not there.
pub(super) type Versions = [Option<(SystemTime, u64)>; 2];

/// The versions that the files have now.
pub(super) fn versions(cert: &Path, key: &Path) -> Versions {
    [cert, key].map(|path| {
        let metadata = std::fs::metadata(path).ok()?;
        Some((metadata.modified().ok()?, metadata.len()))
    })
}

/// The certificate of `cert` with the key of `key`.
///
/// # Errors
/// When one of them is not what it should be: which, and why.
pub(super) fn read(cert: &Path, key: &Path) -> Result<CertifiedKey, TlsError> {
    let wrong = |what, path: &Path, reason: String| TlsError::File { what, path: path.to_owned(), reason };
    let text = |what, path: &Path| bytes(path).map_err(|error| wrong(what, path, in_words(&error)));
    let chain: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(&text("cert", cert)?).collect();
    let chain = chain.ok().filter(|chain| !chain.is_empty()).ok_or_else(|| {
        wrong(
            "cert",
            cert,
            "it holds no certificate in PEM, which begins with -----BEGIN CERTIFICATE-----".into(),
        )
    })?;
    let private = PrivateKeyDer::from_pem_slice(&text("key", key)?).map_err(|_| {
        wrong("key", key, "it holds no private key in PEM without a password, which begins with -----BEGIN PRIVATE KEY-----".into())
    })?;
    certified(chain, private).map_err(|error| match error {
        rustls::Error::InconsistentKeys(InconsistentKeys::KeyMismatch) => {
            wrong("key", key, format!("it is not the key of the certificate in {}", cert.display()))
        }
        rustls::Error::InvalidCertificate(error) => {
            wrong("cert", cert, format!("it cannot be read: {error:?}"))
        }
        error => wrong("key", key, format!("it cannot be used: {error}")),
    })
}

/// A certificate, those behind it, and its key.
///
/// # Errors
/// When they cannot be used, or do not belong together.
pub(super) fn certified(
    chain: Vec<CertificateDer<'static>>,
    key: PrivateKeyDer<'static>,
) -> Result<CertifiedKey, rustls::Error> {
    CertifiedKey::from_der(chain, key, &provider())
}

fn bytes(path: &Path) -> std::io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let file = File::open(path)?;
    if file.metadata()?.is_dir() {
        return Err(std::io::Error::new(ErrorKind::IsADirectory, "it is a folder"));
    }
    file.take(MAX_BYTES).read_to_end(&mut bytes)?;
    Ok(bytes)
}

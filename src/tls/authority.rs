//! The server's own certificate authority, made once and kept in the state folder.
//!
//! ```text
//! STATE/tls/authority.pem     name: Lenscast on pi (1f0a93c2)     what its certificate says
//!                             host: pi                            the machine's name then
//!                             PRIVATE KEY, CERTIFICATE
//! ```
//! Its certificate has name constraints (RFC 5280 section 4.2.1.10): it can sign for nobody's site on the Internet.

use std::{path::Path, sync::Arc};

use rcgen::{
    BasicConstraints, Certificate, CertificateParams, CidrSubnet, DistinguishedName, DnType, GeneralSubtree,
    IsCa, Issuer, KeyPair, KeyUsagePurpose, NameConstraints, date_time_ymd,
};
use rustls::pki_types::{CertificateDer, PrivatePkcs8KeyDer, pem::PemObject};

use super::{networks, pem::section, stored};

/// The file, in the state folder.
const FILE: &str = "tls/authority.pem";
/// The years in which it is valid begin: whatever the clock of a machine without a battery says, these last.
const FIRST_YEAR: i32 = 2025;
const LAST_YEAR: i32 = 2055;

/// A certificate authority.
#[derive(Debug)]
pub(super) struct Authority {
    issuer: Issuer<'static, KeyPair>,
    /// The machine's name in its domain when it was made, for which it may sign, too; empty if it had none.
    host: String,
    certificate: Arc<str>,
}

impl Authority {
    /// The one of this state folder; makes it, on a machine called `host`, if there is none.
    ///
    /// # Errors
    /// When it cannot be read or written, or is none: a sentence.
    pub(super) fn of_folder(folder: &Path, host: &str) -> Result<Self, String> {
        let path = folder.join(FILE);
        let failed = |error: &dyn std::fmt::Display| format!("{}: {error}", path.display());
        let text = match stored::text_of(&path).map_err(|error| failed(&error))? {
            Some(text) => text,
            None => {
                let made = made(host, &domain_name(host)).map_err(|error| failed(&error))?;
                // Another process may make one at this moment: the first one counts.
                match stored::create(&path, &made).map_err(|error| failed(&error))? {
                    true => made,
                    false => stored::text_of(&path).map_err(|error| failed(&error))?.unwrap_or_default(),
                }
            }
        };
        Self::read(&text)
            .ok_or_else(|| failed(&"it is no authority of Lenscast; without this file another one is made"))
    }

    fn read(text: &str) -> Option<Self> {
        let (name, host) = (stored::line(text, "name")?, stored::line(text, "host")?);
        let key = PrivatePkcs8KeyDer::from_pem_slice(text.as_bytes()).ok()?;
        let key = KeyPair::try_from(&key).ok()?;
        let certificate = CertificateDer::from_pem_slice(text.as_bytes()).ok()?;
        Some(Self {
            issuer: Issuer::new(params(name, host), key),
            host: host.to_owned(),
            certificate: section("CERTIFICATE", &certificate).into(),
        })
    }

    /// Its certificate, in PEM.
    pub(super) fn certificate(&self) -> Arc<str> {
        Arc::clone(&self.certificate)
    }

    /// Whether it may sign for this name.
    pub(super) fn may_sign_for(&self, name: &str) -> bool {
        let own = std::iter::once(self.host.as_str()).filter(|host| !host.is_empty());
        networks::NAMES.into_iter().chain(own).any(|end| networks::is_below(name, end))
    }

    /// Signs for `key`.
    ///
    /// # Errors
    /// When the certificate cannot be written.
    pub(super) fn sign(
        &self,
        params: &CertificateParams,
        key: &KeyPair,
    ) -> Result<Certificate, rcgen::Error> {
        params.signed_by(key, &self.issuer)
    }
}

/// The machine's name, if it is one in a domain: a name permits all below it (RFC 5280 section 4.2.1.10), and a single label may
/// be a top-level domain, such as `cam`.
fn domain_name(host: &str) -> String {
    let host = host.to_ascii_lowercase();
    let is_label = |label: &str| {
        !label.is_empty() && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
    };
    if host.contains('.') && host.split('.').all(is_label) { host } else { String::new() }
}

/// The text of the file of a new authority of the machine `machine`, which may sign for `host`, too.
fn made(machine: &str, host: &str) -> Result<String, rcgen::Error> {
    let key = KeyPair::generate()?;
    // Two authorities of machines with one name are told apart by their keys.
    let number =
        key.public_key_raw().iter().skip(1).take(4).map(|byte| format!("{byte:02x}")).collect::<String>();
    let name = format!("Lenscast on {machine} ({number})");
    let certificate = params(&name, host).self_signed(&key)?;
    let sections =
        [section("PRIVATE KEY", key.serialized_der()), section("CERTIFICATE", certificate.der())].concat();
    Ok(format!("name: {name}\nhost: {host}\n{sections}"))
}

fn params(name: &str, host: &str) -> CertificateParams {
    let own = std::iter::once(host).filter(|host| !host.is_empty());
    let names = networks::NAMES.into_iter().chain(own).map(|name| GeneralSubtree::DnsName(name.to_owned()));
    let addresses = networks::NETWORKS
        .into_iter()
        .map(|(network, bits)| GeneralSubtree::IpAddress(CidrSubnet::from_addr_prefix(network, bits)));
    let permitted_subtrees = names.chain(addresses).collect();
    let mut params = CertificateParams::default();
    params.not_before = date_time_ymd(FIRST_YEAR, 1, 1);
    params.not_after = date_time_ymd(LAST_YEAR, 1, 1);
    params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    params.name_constraints = Some(NameConstraints { permitted_subtrees, excluded_subtrees: Vec::new() });
    params.distinguished_name = DistinguishedName::new();
    params.distinguished_name.push(DnType::CommonName, name);
    params
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn it_is_made_once_and_readable_for_nobody_else() {
        let folder = tempfile::tempdir().expect("a folder");
        let made = Authority::of_folder(folder.path(), "pi").expect("it is made");
        let again = Authority::of_folder(folder.path(), "another").expect("it is there");
        assert_eq!(made.certificate(), again.certificate());
        assert!(again.may_sign_for("pi.local") && again.may_sign_for("localhost"));
        assert!(!again.may_sign_for("another") && !again.may_sign_for("pi.example.org"));
        let file = folder.path().join(FILE);
        assert_eq!(std::fs::metadata(&file).expect("a file").permissions().mode() & 0o777, 0o600);
        assert_eq!(std::fs::read_dir(folder.path().join("tls")).expect("a folder").count(), 1);
        std::fs::write(&file, "name: x\n").expect("written");
        let error = Authority::of_folder(folder.path(), "pi").expect_err("an authority is never replaced");
        assert!(
            error.ends_with("it is no authority of Lenscast; without this file another one is made"),
            "{error}"
        );
    }
    #[test]
    fn it_signs_for_the_machine_and_no_top_level_domain() {
        let table = [
            ("cam", "cam", false),
            ("cam", "shop.cam", false),
            ("Cam.Example.org", "cam.example.org", true),
            ("Cam.Example.org", "example.org", false),
            ("k\u{fc}che.local", "k\u{fc}che.local", true),
            ("k\u{fc}che.example.org", "k\u{fc}che.example.org", false),
            ("a..b", "a..b", false),
            ("", "", false),
        ];
        for (machine, name, signs) in table {
            let folder = tempfile::tempdir().expect("a folder");
            let authority = Authority::of_folder(folder.path(), machine).expect("it is made");
            assert_eq!(authority.may_sign_for(name), signs, "{machine}: {name}");
        }
    }
}

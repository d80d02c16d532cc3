//! The certificate that the server shows where it has an authority of its own: for its names and addresses, for a year.
//!
//! ```text
//! STATE/tls/server.pem    names: localhost,pi.local,127.0.0.1,192.168.1.20
//!                         begins: 1764288000      ends: 1798761600      seconds since 1970
//!                         authority: the end of its certificate
//!                         PRIVATE KEY, CERTIFICATE
//! ```
//! It is kept, so that whoever has accepted it without the authority need not do so after each start.

use std::{net::IpAddr, path::Path};

use rcgen::{
    CertificateParams, DistinguishedName, DnType, ExtendedKeyUsagePurpose, KeyPair, KeyUsagePurpose, SanType,
    string::Ia5String,
};
use rustls::{
    pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject},
    sign::CertifiedKey,
};
use time::OffsetDateTime;

use super::{authority::Authority, files::certified, networks, pem::section, stored};

/// The file, in the state folder.
const FILE: &str = "tls/server.pem";
const DAY_S: u64 = 24 * 60 * 60;
/// How long it is valid. Apple's systems take no more than 398 days.
const VALID_S: u64 = 397 * DAY_S;
/// It is valid from this long before it was made, for clients whose clocks are late.
const BEGINS_BEFORE_S: u64 = DAY_S;
/// Another one is made when no more than this is left.
const RENEWED_BEFORE_S: u64 = 130 * DAY_S;
/// Most addresses that it is for.
const MAX_ADDRESSES: usize = 64;

/// What the certificate is for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Names {
    hosts: Vec<String>,
    addresses: Vec<IpAddr>,
}

impl Names {
    /// Those of `hosts` and `addresses` that `authority` may sign for, and loopback.
    pub(super) fn new(authority: &Authority, hosts: &[String], addresses: &[IpAddr]) -> Self {
        let mut names = Self { hosts: vec!["localhost".to_owned()], addresses: Vec::new() };
        for host in hosts.iter().map(|host| host.to_ascii_lowercase()) {
            if authority.may_sign_for(&host) && !names.hosts.contains(&host) {
                names.hosts.push(host);
            }
        }
        let loopback = [IpAddr::from([127, 0, 0, 1]), IpAddr::from([0, 0, 0, 0, 0, 0, 0, 1])];
        for address in loopback.iter().chain(addresses).filter(|address| networks::has_address(**address)) {
            if !names.addresses.contains(address) && names.addresses.len() < MAX_ADDRESSES {
                names.addresses.push(*address);
            }
        }
        // The system lists its interfaces in any order.
        names.addresses.sort();
        names
    }

    fn alternative_names(&self) -> Result<Vec<SanType>, rcgen::Error> {
        let hosts = self.hosts.iter().map(|host| Ok(SanType::DnsName(Ia5String::try_from(host.as_str())?)));
        let addresses = self.addresses.iter().map(|address| Ok(SanType::IpAddress(*address)));
        hosts.chain(addresses).collect()
    }
}

impl std::fmt::Display for Names {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let addresses = self.addresses.iter().map(ToString::to_string);
        formatter.write_str(&self.hosts.iter().cloned().chain(addresses).collect::<Vec<_>>().join(","))
    }
}

/// A certificate.
#[derive(Debug)]
pub(super) struct Leaf {
    names: String,
    begins: u64,
    ends: u64,
    /// With its key.
    pub(super) certified: CertifiedKey,
}

impl Leaf {
    /// The one of this state folder if it is for `names` and valid for long enough at `now`, in seconds since 1970; else a new one,
    /// which is kept there.
    ///
    /// # Errors
    /// When it cannot be made or written: a sentence.
    pub(super) fn of_folder(
        folder: &Path,
        authority: &Authority,
        names: &Names,
        now: u64,
    ) -> Result<Self, String> {
        let path = folder.join(FILE);
        let failed = |error: &dyn std::fmt::Display| format!("{}: {error}", path.display());
        let known = stored::text_of(&path).map_err(|error| failed(&error))?;
        // What was signed by another authority is of no use.
        let known = known.filter(|text| stored::line(text, "authority") == Some(&fingerprint(authority)));
        if let Some(leaf) = known.and_then(|text| Self::read(&text)).filter(|leaf| leaf.is_good(names, now)) {
            return Ok(leaf);
        }
        let text = made(authority, names, now).map_err(|error| failed(&error))?;
        stored::replace(&path, &text).map_err(|error| failed(&error))?;
        Self::read(&text).ok_or_else(|| failed(&"it cannot be read back"))
    }

    /// Whether it is for these names and valid for long enough.
    pub(super) fn is_good(&self, names: &Names, now: u64) -> bool {
        self.names == names.to_string() && now >= self.begins && now + RENEWED_BEFORE_S < self.ends
    }

    fn read(text: &str) -> Option<Self> {
        let seconds = |key| stored::line(text, key)?.parse().ok();
        let key = PrivateKeyDer::from_pem_slice(text.as_bytes()).ok()?;
        let certificate = CertificateDer::from_pem_slice(text.as_bytes()).ok()?;
        Some(Self {
            names: stored::line(text, "names")?.to_owned(),
            begins: seconds("begins")?,
            ends: seconds("ends")?,
            certified: certified(vec![certificate], key).ok()?,
        })
    }
}

/// The last characters of the authority's certificate, which has a signature there.
fn fingerprint(authority: &Authority) -> String {
    let certificate = authority.certificate();
    let lines: Vec<&str> = certificate.lines().collect();
    lines.len().checked_sub(2).and_then(|last| lines.get(last)).copied().unwrap_or_default().to_owned()
}

/// The text of the file of a new certificate.
fn made(authority: &Authority, names: &Names, now: u64) -> Result<String, rcgen::Error> {
    let (begins, ends) = (now.saturating_sub(BEGINS_BEFORE_S), now + VALID_S - BEGINS_BEFORE_S);
    let moment = |seconds: u64| {
        let moment = i64::try_from(seconds).ok().and_then(|at| OffsetDateTime::from_unix_timestamp(at).ok());
        moment.ok_or(rcgen::Error::Time)
    };
    let key = KeyPair::generate()?;
    let mut params = CertificateParams::default();
    params.not_before = moment(begins)?;
    params.not_after = moment(ends)?;
    params.subject_alt_names = names.alternative_names()?;
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    params.use_authority_key_identifier_extension = true;
    params.distinguished_name = DistinguishedName::new();
    params.distinguished_name.push(DnType::CommonName, "Lenscast");
    let certificate = authority.sign(&params, &key)?;
    let sections =
        [section("PRIVATE KEY", key.serialized_der()), section("CERTIFICATE", certificate.der())].concat();
    let authority = fingerprint(authority);
    Ok(format!("names: {names}\nbegins: {begins}\nends: {ends}\nauthority: {authority}\n{sections}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: u64 = 1_800_000_000;

    #[test]
    fn another_one_is_made_when_it_is_needed() {
        let folder = tempfile::tempdir().expect("a folder");
        let authority = Authority::of_folder(folder.path(), "pi").expect("it is made");
        let hosts = ["pi".to_owned(), "pi.local".to_owned(), "cam.example.org".to_owned()];
        let at = |address: &str| address.parse::<IpAddr>().expect("an address");
        let names = Names::new(&authority, &hosts, &[at("192.168.1.20"), at("203.0.113.5")]);
        assert_eq!(names.to_string(), "localhost,pi.local,127.0.0.1,192.168.1.20,::1");
        let leaf = |names: &Names, now| {
            let leaf = Leaf::of_folder(folder.path(), &authority, names, now).expect("a certificate");
            leaf.certified.cert[0].to_vec()
        };
        let first = leaf(&names, NOW);
        assert_eq!(leaf(&names, NOW + 265 * DAY_S), first, "it is kept");
        assert_ne!(leaf(&names, NOW + 267 * DAY_S), first, "its end is near");
        let early = leaf(&names, NOW - 2 * DAY_S);
        assert_ne!(early, first, "the clock went back");
        let moved = Names::new(&authority, &hosts, &[at("192.168.1.21")]);
        assert_ne!(leaf(&moved, NOW - 2 * DAY_S), early, "the address has changed");

        let before = leaf(&moved, NOW);
        std::fs::remove_file(folder.path().join("tls/authority.pem")).expect("a file");
        let other = Authority::of_folder(folder.path(), "pi").expect("it is made");
        let after = Leaf::of_folder(folder.path(), &other, &moved, NOW).expect("a certificate");
        assert_ne!(after.certified.cert[0].to_vec(), before, "another authority");
    }
}

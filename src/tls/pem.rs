//! PEM (RFC 7468): base64 between two lines.

use base64::{Engine, engine::general_purpose::STANDARD};

/// Characters of base64 in a line.
const LINE: usize = 64;

/// `der` as a section called `label`.
pub(super) fn section(label: &str, der: &[u8]) -> String {
    let text = STANDARD.encode(der);
    let mut pem = format!("-----BEGIN {label}-----\n");
    for line in text.as_bytes().chunks(LINE) {
        pem.extend(line.iter().map(|byte| char::from(*byte)));
        pem.push('\n');
    }
    pem + &format!("-----END {label}-----\n")
}

#[cfg(test)]
mod tests {
    use rustls::pki_types::{CertificateDer, pem::PemObject};

    use super::*;

    #[test]
    fn a_section_is_read_back() {
        for length in [1, 47, 48, 49, 500] {
            let der: Vec<u8> = (0..length).map(|byte: usize| byte as u8).collect();
            let pem = section("CERTIFICATE", &der);
            assert!(pem.lines().all(|line| line.len() <= LINE), "{pem}");
            assert_eq!(
                CertificateDer::from_pem_slice(pem.as_bytes()).expect("PEM").as_ref(),
                der,
                "{length}"
            );
        }
    }
}

//! Which cryptography is agreed on: that of ring, and first what this processor is quick at.

use std::sync::Arc;

use rustls::{
    CipherSuite, ServerConfig,
    crypto::{CryptoProvider, ring},
    server::ResolvesServerCert,
};

/// The protocol spoken inside (RFC 7301).
const HTTP_1_1: &[u8] = b"http/1.1";

/// ring's cryptography.
pub(super) fn provider() -> CryptoProvider {
    let mut provider = ring::default_provider();
    if !has_aes() {
        // Stable: among the others the order stays.
        provider.cipher_suites.sort_by_key(|suite| !is_chacha20(suite.suite()));
    }
    provider
}

/// What is agreed on with each client.
///
/// # Errors
/// When the cryptography has no version of TLS: never with ring's.
pub(super) fn server_config(resolver: Arc<dyn ResolvesServerCert>) -> Result<ServerConfig, rustls::Error> {
    let builder =
        ServerConfig::builder_with_provider(Arc::new(provider())).with_safe_default_protocol_versions()?;
    let mut config = builder.with_no_client_auth().with_cert_resolver(resolver);
    config.alpn_protocols = vec![HTTP_1_1.to_vec()];
    // A client says first what it is quick at, which counts unless we are slow at it: we encrypt, for all of them.
    config.ignore_client_order = !has_aes();
    Ok(config)
}

const fn is_chacha20(suite: CipherSuite) -> bool {
    matches!(
        suite,
        CipherSuite::TLS13_CHACHA20_POLY1305_SHA256
            | CipherSuite::TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256
            | CipherSuite::TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256
    )
}

/// Whether the processor has instructions for AES. A Raspberry Pi before the 5 has none.
fn has_aes() -> bool {
    #[cfg(target_arch = "x86_64")]
    let has_aes = std::arch::is_x86_feature_detected!("aes");
    #[cfg(target_arch = "aarch64")]
    let has_aes = std::arch::is_aarch64_feature_detected!("aes");
    #[cfg(not(any(target_arch = "x86_64", target_arch = "aarch64")))]
    let has_aes = false;
    has_aes
}

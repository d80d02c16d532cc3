//! A TLS client that trusts one authority, and requests by it.

use std::{net::SocketAddr, sync::Arc};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};
use tokio_rustls::{
    TlsConnector,
    client::TlsStream,
    rustls::{
        ClientConfig, RootCertStore,
        crypto::ring,
        pki_types::{CertificateDer, ServerName, pem::PemObject},
    },
};

use super::within;

/// Connects to `address` as if it were called `name`, trusting the authority whose certificate is `authority` (PEM).
///
/// # Errors
/// When the handshake fails.
pub async fn connect(
    address: SocketAddr,
    name: &str,
    authority: &str,
) -> std::io::Result<TlsStream<TcpStream>> {
    let mut roots = RootCertStore::empty();
    roots
        .add(CertificateDer::from_pem_slice(authority.as_bytes()).expect("a certificate"))
        .expect("an authority");
    let provider = Arc::new(ring::default_provider());
    let builder = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
    let config = builder.expect("versions").with_root_certificates(roots).with_no_client_auth();
    let name = ServerName::try_from(name.to_owned()).expect("a name");
    let stream = TcpStream::connect(address).await.expect("the server listens");
    within("a handshake", TlsConnector::from(Arc::new(config)).connect(name, stream)).await
}

/// GET of `path` from the host `name`, until `enough` bytes have come or the answer ends; head and body as text.
pub async fn get(address: SocketAddr, name: &str, authority: &str, path: &str, enough: usize) -> String {
    within("an answer", async {
        let mut stream = connect(address, name, authority).await.expect("a handshake");
        let head = format!("GET {path} HTTP/1.1\r\nHost: {name}\r\nConnection: close\r\n\r\n");
        stream.write_all(head.as_bytes()).await.expect("the server reads");
        let mut bytes = Vec::new();
        while bytes.len() < enough {
            if stream.read_buf(&mut bytes).await.expect("the server writes") == 0 {
                break;
            }
        }
        String::from_utf8_lossy(&bytes).into_owned()
    })
    .await
}

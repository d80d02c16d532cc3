//! HTTPS: the same page, WebSockets and bodies as by plain HTTP, skips for slow viewers, and a certificate that is replaced while
//! the server runs.

use std::{net::SocketAddr, path::Path, time::Duration};

use lenscast::{args::Args, config::Config, server::Server};
use rcgen::{CertifiedKey, generate_simple_self_signed};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};
use tokio_rustls::client::TlsStream;

use crate::{
    a_slow_viewer_disturbs_nobody::slow_viewer,
    support::{TestServer, camera::FakeCamera, door, http, tls, viewer::Viewer, within},
};

/// A server with a certificate of its own, and the authority's.
async fn own(folder: &Path, source: &str, more: &[&str]) -> (TestServer, SocketAddr, String) {
    let state = folder.to_str().expect("UTF-8");
    let words = [&["--source", source, "--tls", "self", "--state", state], more].concat();
    let server = TestServer::start_as(&words);
    let https = server.https.expect("HTTPS");
    let answer = http::get(server.address, "/ca.crt").await;
    assert_eq!((answer.status, answer.header("content-type")), (200, Some("application/x-x509-ca-cert")));
    let authority = answer.text();
    (server, https, authority)
}

async fn viewer(https: SocketAddr, authority: String) -> Viewer<TlsStream<TcpStream>> {
    let stream = tls::connect(https, "localhost", &authority).await.expect("a handshake");
    Viewer::connect_on(stream, https, "/ws/live", None).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn page_socket_and_body() {
    let folder = tempfile::tempdir().expect("a folder");
    let (server, https, authority) = own(folder.path(), "test,size=320x240", &[]).await;
    let page = tls::get(https, "localhost", &authority, "/", usize::MAX).await;
    assert!(page.starts_with("HTTP/1.1 200 OK") && page.contains("<!doctype html>"), "{page}");
    let mut viewer = viewer(https, authority.clone()).await;
    let first = viewer.frame().await.0.sequence;
    assert_eq!(viewer.frame().await.0.sequence, first + 1);
    let body = tls::get(https, "localhost", &authority, "/stream.mp4", 20_000).await;
    assert!(body.starts_with("HTTP/1.1 200 OK") && body.contains("ftyp") && body.contains("moof"), "a film");
    for name in ["127.0.0.1", "::1"] {
        tls::connect(https, name, &authority).await.expect(name);
    }
    let error = tls::connect(https, "cam.example.org", &authority).await.expect_err("not for anybody's site");
    assert!(error.to_string().contains("not valid for name"), "{error}");
    let trust = http::get(server.address, "/trust").await;
    assert!(trust.status == 200 && trust.text().contains("href=\"ca.crt\""), "{}", trust.text());
    drop(viewer);
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_slow_viewer_skips() {
    let folder = tempfile::tempdir().expect("a folder");
    let camera = FakeCamera::new().await;
    let (server, https, authority) = own(folder.path(), &camera.source(), &[]).await;
    slow_viewer(server, &camera, 100, 400_000, move || viewer(https, authority.clone())).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_cookie_is_kept_to_tls() {
    let folder = tempfile::tempdir().expect("a folder");
    let config = door::configuration(folder.path(), &door::users(), &["--tls", "self"]);
    let server = TestServer::start_with(&config);
    let https = server.https.expect("HTTPS");
    let authority = http::get(server.address, "/ca.crt").await;
    assert_eq!(authority.status, 200, "who has no password yet may trust the server");
    let mut stream = tls::connect(https, "localhost", &authority.text()).await.expect("a handshake");
    let form = format!("name=anna&password={}", door::PASSWORD.replace(' ', "+"));
    let head = "POST /login HTTP/1.1\r\nHost: localhost\r\nOrigin: https://localhost\r\nConnection: close";
    let request = format!("{head}\r\nContent-Length: {}\r\n\r\n{form}", form.len());
    stream.write_all(request.as_bytes()).await.expect("the server reads");
    let mut answer = String::new();
    within("an answer", stream.read_to_string(&mut answer)).await.expect("an answer that ends well");
    assert!(answer.starts_with("HTTP/1.1 303 ") && answer.contains("; Secure"), "{answer}");
    // Browsers keep a cookie of this name from plain HTTP, where the other name has a login of its own.
    assert!(answer.to_ascii_lowercase().contains("set-cookie: __host-lenscast_session="), "{answer}");
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_speaks_the_wrong_protocol_learns_it() {
    let folder = tempfile::tempdir().expect("a folder");
    let text = "[tls]\nself = true\nredirect = true\n\n[access]\ntrusted_proxies = [\"127.0.0.1\"]\n\n[[camera]]\nsource = \"test\"\n";
    let server = TestServer::start_with(&door::configuration(folder.path(), text, &[]));
    let https = server.https.expect("HTTPS");
    let to_tls = http::get(https, "/cam/cam1/?bare").await;
    let address = format!("https://{https}/cam/cam1/?bare");
    assert_eq!((to_tls.status, to_tls.header("location")), (307, Some(address.as_str())));
    assert_eq!(to_tls.text(), format!("This server speaks HTTPS: https://{https}/\n"));
    let plain = http::get(server.address, "/snapshot.jpg").await;
    let address = format!("https://{https}/snapshot.jpg");
    assert_eq!((plain.status, plain.header("location")), (307, Some(address.as_str())));
    for (proto, status) in [("http", 307), ("https", 200)] {
        let by_proxy = [("X-Forwarded-Proto", proto)];
        let answer = http::request(server.address, "GET", "/snapshot.jpg", &by_proxy).await;
        assert_eq!(answer.status, status, "a proxy's client on {proto}");
    }
    for path in ["/ca.crt", "/trust", "/healthz"] {
        assert_eq!(http::get(server.address, path).await.status, 200, "{path}");
    }
    // TLS to the plain port gets nothing, at once.
    let authority = http::get(server.address, "/ca.crt").await.text();
    tls::connect(server.address, "localhost", &authority).await.expect_err("it is plain HTTP");
    let mut stream = TcpStream::connect(server.address).await.expect("it listens");
    stream.write_all(b"\x16\x03\x01\x02\x00\x01\x00").await.expect("it reads");
    let mut answer = Vec::new();
    drop(within("its end", stream.read_to_end(&mut answer)).await);
    assert!(answer.is_empty(), "{answer:?}");
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_replaced_certificate_is_shown_by_the_next_handshake() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = |name: &str| folder.path().join(name);
    let write = |what: &CertifiedKey<rcgen::KeyPair>| {
        std::fs::write(path("cert.pem"), pem("CERTIFICATE", what.cert.der())).expect("written");
        std::fs::write(path("key.pem"), pem("PRIVATE KEY", what.signing_key.serialized_der()))
            .expect("written");
    };
    let names = ["localhost", "cam.example.org"].map(str::to_owned);
    let made = || generate_simple_self_signed(names.clone()).expect("a certificate");
    let (first, second) = (made(), made());
    write(&first);
    let text =
        "[tls]\ncert = \"cert.pem\"\nkey = \"key.pem\"\n\n[[camera]]\nsource = \"test,size=320x240\"\n";
    let server = TestServer::start_with(&door::configuration(folder.path(), text, &[]));
    let https = server.https.expect("HTTPS");
    let trust = |what: &CertifiedKey<rcgen::KeyPair>| pem("CERTIFICATE", what.cert.der());
    let mut before = viewer(https, trust(&first)).await;
    assert_eq!(http::get(server.address, "/ca.crt").await.status, 404, "the authority is somebody else's");
    let name = "cam.example.org";
    let answer = tls::get(https, name, &trust(&first), "/healthz", usize::MAX).await;
    assert!(answer.starts_with("HTTP/1.1 200 OK"), "a certificate's names are the server's: {answer}");

    write(&second);
    within("the second is shown", async {
        while tls::connect(https, "localhost", &trust(&second)).await.is_err() {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    })
    .await;
    before.frame().await;
    server.stop().await;
}

fn pem(label: &str, der: &[u8]) -> String {
    use base64::Engine;
    let text = base64::engine::general_purpose::STANDARD.encode(der);
    format!("-----BEGIN {label}-----\n{text}\n-----END {label}-----\n")
}

#[test]
fn wrong_files_are_named_with_the_reason() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = |name: &str| folder.path().join(name).to_str().expect("UTF-8").to_owned();
    let made = || generate_simple_self_signed(vec!["localhost".to_owned()]).expect("a certificate");
    let (own, other) = (made(), made());
    std::fs::write(path("cert"), pem("CERTIFICATE", own.cert.der())).expect("written");
    std::fs::write(path("other"), pem("PRIVATE KEY", other.signing_key.serialized_der())).expect("written");
    std::fs::write(path("rubbish"), "rubbish").expect("written");
    let table = [
        ("nothing", "other", format!("tls cert {}: No such file or directory", path("nothing"))),
        ("rubbish", "other", format!("tls cert {}: it holds no certificate in PEM", path("rubbish"))),
        ("cert", "nothing", format!("tls key {}: No such file or directory", path("nothing"))),
        ("cert", "cert", format!("tls key {}: it holds no private key in PEM", path("cert"))),
        (
            "cert",
            "other",
            format!("tls key {}: it is not the key of the certificate in {}", path("other"), path("cert")),
        ),
    ];
    for (cert, key, expected) in table {
        let files = format!("{},{}", path(cert), path(key));
        let args = Args::typed(&["--source", "test", "--listen", "127.0.0.1:0", "--tls", &files]);
        let config = Config::from_args(&args).expect("two paths");
        let error = Server::bind(&config).expect_err(&expected).to_string();
        assert!(error.starts_with(&expected), "{error}");
    }
}

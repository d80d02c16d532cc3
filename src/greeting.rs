//! What the program prints when it is ready: the cameras with their sources, and every address to open.

use std::{
    fmt::Write,
    net::{IpAddr, SocketAddr},
};

use crate::{
    compat::{Ports, System},
    config::Config,
    machine::{host_name, local_addresses},
    tls::Certificate,
};

/// What is printed while nobody has a password.
const NO_PASSWORD: &str = "Nobody has a password yet: everyone on this network can watch. lenscast user add NAME --may admin sets one.\n";

/// What is printed where the certificate is signed by an authority of our own.
const OWN_AUTHORITY: &str =
    "https:// is for those who trust this server's certificate authority: the page /trust says how.\n";

/// Where the server listens.
#[derive(Debug)]
pub(crate) struct Addresses {
    /// For plain HTTP.
    pub(crate) http: Vec<SocketAddr>,
    /// For HTTPS.
    pub(crate) https: Vec<SocketAddr>,
    /// For RTSP.
    pub(crate) rtsp: Vec<SocketAddr>,
}

/// The lines to print for `config`, when the server listens on `addresses` and on the ports of `classics`.
#[must_use]
pub(crate) fn greeting(
    config: &Config,
    addresses: &Addresses,
    classics: &[(System, Ports)],
    needs_password: bool,
) -> String {
    let mut out = format!("Lenscast {}\n", env!("CARGO_PKG_VERSION"));
    for camera in &config.cameras {
        let _ = writeln!(out, "  {}: {}", camera.name, camera.wanted);
    }
    out.push_str("Open in a browser:\n");
    let (local, host_name) = (local_addresses(), host_name());
    for url in urls("http", &addresses.http, &local, host_name.as_deref()) {
        let _ = writeln!(out, "  {url}");
    }
    for url in urls("https", &addresses.https, &local, host_name.as_deref()) {
        let _ = writeln!(out, "  {url}");
    }
    if config.tls.as_ref().is_some_and(|tls| tls.certificate == Certificate::Own) {
        out.push_str(OWN_AUTHORITY);
    }
    if config.cameras.len() > 1 {
        out.push_str("and at each of them:\n");
        for camera in &config.cameras {
            let _ = writeln!(out, "  cam/{}/", camera.name);
        }
    }
    if !addresses.rtsp.is_empty() {
        out.push_str(
            "or in a player or recorder, with the name of a camera behind it or none for the first:\n",
        );
        for url in urls("rtsp", &addresses.rtsp, &local, host_name.as_deref()) {
            let _ = writeln!(out, "  {url}");
        }
    }
    for (system, ports) in classics {
        let name = system.name();
        let _ =
            writeln!(out, "{name}: its page on port {}, its WebSocket on port {}", ports.page, ports.socket);
        let addresses = &addresses.http;
        if addresses.iter().any(|address| address.port() == ports.page) {
            let first = config.cameras.first().map_or("cam1", |camera| &camera.name);
            let _ = writeln!(out, "  that page is at the addresses above; ours is at cam/{first}/");
            continue;
        }
        let addresses: Vec<_> =
            addresses.iter().map(|address| SocketAddr::new(address.ip(), ports.page)).collect();
        for url in urls("http", &addresses, &local, host_name.as_deref()) {
            let _ = writeln!(out, "  {url}");
        }
    }
    if !needs_password {
        out.push_str(NO_PASSWORD);
    }
    out
}

/// Addresses to open, the machine's own first.
fn urls(scheme: &str, addresses: &[SocketAddr], local: &[IpAddr], host_name: Option<&str>) -> Vec<String> {
    let mut urls = Vec::new();
    for address in addresses {
        let port = address.port();
        if !address.ip().is_unspecified() {
            urls.push(format!("{scheme}://{address}/"));
            continue;
        }
        urls.push(format!("{scheme}://127.0.0.1:{port}/"));
        urls.extend(host_name.map(|name| format!("{scheme}://{name}:{port}/")));
        let both = address.is_ipv6();
        let reachable = local.iter().filter(|ip| ip.is_ipv4() || both);
        urls.extend(reachable.map(|ip| format!("{scheme}://{}/", SocketAddr::new(*ip, port))));
    }
    let mut seen = std::collections::BTreeSet::new();
    urls.retain(|url| seen.insert(url.clone()));
    urls
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_address_to_open_is_named_once() {
        let local: [IpAddr; 2] = ["192.168.1.20".parse().expect("IPv4"), "fd00::20".parse().expect("IPv6")];
        let table: [(&str, &[&str], &[&str]); 3] = [
            (
                "everywhere",
                &["[::]:8000"],
                &[
                    "http://127.0.0.1:8000/",
                    "http://pi.local:8000/",
                    "http://192.168.1.20:8000/",
                    "http://[fd00::20]:8000/",
                ],
            ),
            (
                "IPv4 only",
                &["0.0.0.0:80"],
                &["http://127.0.0.1:80/", "http://pi.local:80/", "http://192.168.1.20:80/"],
            ),
            ("one address twice", &["127.0.0.1:1", "127.0.0.1:1"], &["http://127.0.0.1:1/"]),
        ];
        for (name, addresses, expected) in table {
            let addresses: Vec<_> = addresses.iter().map(|text| text.parse().expect("address")).collect();
            assert_eq!(urls("http", &addresses, &local, Some("pi.local")), expected, "{name}");
        }
    }
}

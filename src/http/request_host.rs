//! Refuses a request that names no host (RFC 9112 section 3.2), whatever it asks for.

use axum::http::{Request, Version, header};

use super::{handshake::shown, host::Host};

/// Why a request is refused.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum HostError {
    /// None in HTTP/1.1, or several.
    #[error("an HTTP/1.1 request has one Host header, this one has {0}")]
    Count(usize),
    /// It is no host.
    #[error(
        "{0} is no host: Host is a name or an address, IPv6 in brackets, with or without a port up to 65535, \
         as in camera.local:8000"
    )]
    NoHost(String),
}

/// Checks the host that `request` is for: in its Host header, and in its address where that is a whole one.
pub(super) fn check<B>(request: &Request<B>) -> Result<(), HostError> {
    let hosts = request.headers().get_all(header::HOST);
    let count = hosts.iter().count();
    if count > 1 || (count == 0 && request.version() >= Version::HTTP_11) {
        return Err(HostError::Count(count));
    }
    let authority = request.uri().authority().map(|authority| authority.as_str().as_bytes());
    for host in hosts.iter().map(|host| host.as_bytes()).chain(authority) {
        let is_host = std::str::from_utf8(host).is_ok_and(|host| Host::parse(host).is_ok());
        if !is_host {
            return Err(HostError::NoHost(shown(host)));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A name, the version, the address and the Host headers of a request, and whether it is refused.
    type Asked<'a> = (&'a str, Version, &'a str, &'a [&'a str], Result<(), HostError>);

    #[test]
    fn requests() {
        let no_host = |host: &str| Err(HostError::NoHost(format!("{host:?}")));
        let table: [Asked<'_>; 12] = [
            ("one", Version::HTTP_11, "/", &["pi:8000"], Ok(())),
            ("none", Version::HTTP_11, "/", &[], Err(HostError::Count(0))),
            ("none in HTTP/1.0", Version::HTTP_10, "/", &[], Ok(())),
            ("one in HTTP/1.0", Version::HTTP_10, "/", &["pi"], Ok(())),
            ("two", Version::HTTP_11, "/", &["pi", "pi"], Err(HostError::Count(2))),
            ("two in HTTP/1.0", Version::HTTP_10, "/", &["pi", "pi"], Err(HostError::Count(2))),
            ("no host", Version::HTTP_11, "/", &["a b"], no_host("a b")),
            ("no host in HTTP/1.0", Version::HTTP_10, "/", &["a b"], no_host("a b")),
            ("empty", Version::HTTP_11, "/", &[""], no_host("")),
            ("a whole address", Version::HTTP_11, "http://pi:8000/", &["pi:8000"], Ok(())),
            ("another host in it", Version::HTTP_11, "http://other/", &["pi"], Ok(())),
            ("a user in it", Version::HTTP_11, "http://user@pi/", &["pi"], no_host("user@pi")),
        ];
        for (name, version, address, hosts, expected) in table {
            let mut request = Request::builder().version(version).uri(address);
            for host in hosts {
                request = request.header(header::HOST, *host);
            }
            assert_eq!(check(&request.body(()).expect("a request")), expected, "{name}");
        }
    }
}

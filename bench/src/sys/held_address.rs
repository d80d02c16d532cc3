//! A port that is held until the program that was given its number listens there.
//!
//! ```text
//! bind to port 0, never listen ─► number ─► program: bind to that number, listen
//!   └─ SO_REUSEADDR: Linux lets a program that names the port listen there, and gives it to nobody who asks for any port
//! ```

use std::{
    io,
    net::{IpAddr, SocketAddr},
    os::fd::OwnedFd,
};

use rustix::net::{AddressFamily, SocketFlags, SocketType, bind, getsockname, socket_with, sockopt};

/// An address with a port of its own, held until this is dropped.
#[derive(Debug)]
pub(crate) struct HeldAddress {
    address: SocketAddr,
    _socket: OwnedFd,
}

impl HeldAddress {
    /// A port at `ip`, in this thread's network namespace.
    pub(crate) fn at(ip: IpAddr) -> io::Result<Self> {
        let family = if ip.is_ipv4() { AddressFamily::INET } else { AddressFamily::INET6 };
        let socket = socket_with(family, SocketType::STREAM, SocketFlags::CLOEXEC, None)?;
        sockopt::set_socket_reuseaddr(&socket, true)?;
        bind(&socket, &SocketAddr::new(ip, 0))?;
        let address = SocketAddr::try_from(getsockname(&socket)?)?;
        Ok(Self { address, _socket: socket })
    }

    /// What it holds.
    pub(crate) const fn address(&self) -> SocketAddr {
        self.address
    }
}

#[cfg(test)]
mod tests {
    use std::net::{Ipv4Addr, TcpListener, TcpStream};

    use super::*;

    #[test]
    fn whoever_is_given_its_number_can_listen_there() {
        let held = HeldAddress::at(Ipv4Addr::LOCALHOST.into()).expect("a port");
        let refused = TcpStream::connect(held.address()).expect_err("nobody listens");
        assert_eq!(refused.kind(), io::ErrorKind::ConnectionRefused);
        let listener = TcpListener::bind(held.address()).expect("it is free for us");
        TcpStream::connect(held.address()).expect("it listens");
        drop(listener);
    }
}

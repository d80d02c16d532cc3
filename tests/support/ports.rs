//! Ports of this machine that are held for a test before a server binds them.

use std::net::SocketAddr;

use socket2::{Domain, Protocol, Socket, Type};

/// A port that the system gives to nobody else until this is dropped. A server that is told its number can listen on
/// it; while none does, connections to it are refused.
///
/// The socket is bound with `SO_REUSEADDR` and never listens: Linux lets another socket bind the same port by its number
/// then, but does not choose it for one that asks for any port.
pub struct HeldPort {
    _socket: Socket,
    pub number: u16,
}

impl HeldPort {
    /// A port of 127.0.0.1.
    pub fn new() -> Self {
        Self::at("127.0.0.1:0")
    }

    /// A port of another address, which is written with port 0.
    pub fn at(address: &str) -> Self {
        let address: SocketAddr = address.parse().expect("an address");
        let socket =
            Socket::new(Domain::for_address(address), Type::STREAM, Some(Protocol::TCP)).expect("a socket");
        socket.set_reuse_address(true).expect("a socket");
        socket.bind(&address.into()).expect("a free port");
        let bound = socket.local_addr().expect("bound").as_socket().expect("an address");
        Self { _socket: socket, number: bound.port() }
    }
}

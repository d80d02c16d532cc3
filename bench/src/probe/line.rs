//! The connection of a viewer, plain or by TLS, and the moments at which its bytes came.

use std::{
    io::{self, ErrorKind, Read, Write},
    net::{SocketAddr, TcpStream},
    sync::Arc,
};

use rustix::net::{AddressFamily, SendFlags, SocketFlags, SocketType, ipproto};
use rustls::{ClientConfig, ClientConnection, pki_types::ServerName};

use crate::sys::receive::{Received, ask_for_times, receive};

/// Asked of a socket at once.
const READ_BYTES: usize = 256 << 10;

/// Room for what one read gives, shared by all viewers.
pub(super) struct Buffers {
    received: Vec<u8>,
    decrypted: Vec<u8>,
}

impl Buffers {
    pub(super) fn new() -> Self {
        Self { received: vec![0; READ_BYTES], decrypted: Vec::new() }
    }
}

/// A connection, which never blocks.
pub(super) struct Line {
    stream: TcpStream,
    tls: Option<Box<ClientConnection>>,
}

impl Line {
    /// Begins a connection; by TLS, if it is given what is trusted.
    pub(super) fn connect(address: SocketAddr, tls: Option<&Arc<ClientConfig>>) -> io::Result<Self> {
        let family = if address.is_ipv4() { AddressFamily::INET } else { AddressFamily::INET6 };
        let flags = SocketFlags::NONBLOCK | SocketFlags::CLOEXEC;
        let socket = rustix::net::socket_with(family, SocketType::STREAM, flags, Some(ipproto::TCP))?;
        match rustix::net::connect(&socket, &address) {
            Ok(()) | Err(rustix::io::Errno::INPROGRESS) => {}
            Err(error) => return Err(error.into()),
        }
        let stream = TcpStream::from(socket);
        stream.set_nodelay(true)?;
        ask_for_times(&stream)?;
        let client = |trusted: &Arc<ClientConfig>| {
            ClientConnection::new(Arc::clone(trusted), ServerName::from(address.ip()))
                .map_err(io::Error::other)
        };
        let tls = tls.map(client).transpose()?.map(Box::new);
        Ok(Self { stream, tls })
    }

    pub(super) const fn stream(&self) -> &TcpStream {
        &self.stream
    }

    /// Sends some bytes, which a connection always takes at once; by TLS behind the handshake.
    pub(super) fn send(&mut self, bytes: &[u8]) -> io::Result<()> {
        match &mut self.tls {
            None => rustix::net::send(&self.stream, bytes, SendFlags::NOSIGNAL).map(drop).map_err(Into::into),
            Some(tls) => {
                tls.writer().write_all(bytes)?;
                flush(tls, &self.stream)
            }
        }
    }

    /// Reads once: what came for the viewer, and what the kernel says of it. 0 bytes of the latter are the end.
    pub(super) fn receive<'b>(&mut self, buffers: &'b mut Buffers) -> io::Result<(Received, &'b [u8])> {
        let received = receive(&self.stream, &mut buffers.received)?;
        let Some(tls) = &mut self.tls else {
            return Ok((received, &buffers.received[..received.bytes]));
        };
        let mut encrypted = &buffers.received[..received.bytes];
        buffers.decrypted.clear();
        while !encrypted.is_empty() {
            tls.read_tls(&mut encrypted)?;
            tls.process_new_packets().map_err(|error| io::Error::new(ErrorKind::InvalidData, error))?;
            match tls.reader().read_to_end(&mut buffers.decrypted) {
                Err(error) if error.kind() != ErrorKind::WouldBlock => return Err(error),
                _ => {}
            }
        }
        flush(tls, &self.stream)?;
        Ok((received, &buffers.decrypted))
    }
}

/// Sends what is encrypted.
fn flush(tls: &mut ClientConnection, mut stream: &TcpStream) -> io::Result<()> {
    while tls.wants_write() {
        tls.write_tls(&mut stream)?;
    }
    Ok(())
}

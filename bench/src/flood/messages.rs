//! One connection that sends without a pause and reads what comes back; when it is closed, the next.

use std::{
    io::{self, ErrorKind, Read, Write},
    net::{SocketAddr, TcpStream},
    sync::atomic::{AtomicBool, Ordering},
    time::Duration,
};

/// Masked frames, the mask zeros.
pub(super) const EMPTY_PING: &[u8] = &[0x89, 0x80, 0, 0, 0, 0];
pub(super) const EMPTY_MESSAGES: &[u8] = &[0x82, 0x80, 0, 0, 0, 0, 0x81, 0x80, 0, 0, 0, 0];
/// The first fragment of a text, and one that goes on with it.
pub(super) const EMPTY_FRAGMENTS: &[u8] =
    &[0x01, 0x80, 0, 0, 0, 0, 0x00, 0x80, 0, 0, 0, 0, 0x00, 0x80, 0, 0, 0, 0, 0x80, 0x80, 0, 0, 0, 0];

const HANDSHAKE: &[u8] =
    b"GET /ws/live HTTP/1.1\r\nHost: bench\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
    Sec-WebSocket-Key: bGVuc2Nhc3QgYmVuY2ggIQ==\r\nSec-WebSocket-Version: 13\r\n\r\n";
const REQUEST: &[u8] = b"GET /api/v1/status HTTP/1.1\r\nHost: bench\r\n\r\n";
/// Written at once.
const WRITE_BYTES: usize = 64 << 10;
/// When neither direction moves.
const REST: Duration = Duration::from_micros(100);

/// Sends `frames` again and again over a WebSocket.
pub(super) fn send(address: SocketAddr, frames: &[u8], stop: &AtomicBool) -> u64 {
    flood(address, HANDSHAKE, frames, stop)
}

/// Sends request after request over HTTP.
pub(super) fn request(address: SocketAddr, stop: &AtomicBool) -> u64 {
    flood(address, REQUEST, REQUEST, stop)
}

fn flood(address: SocketAddr, first: &[u8], then: &[u8], stop: &AtomicBool) -> u64 {
    let bytes = then.repeat(WRITE_BYTES / then.len());
    let mut connections = 0;
    while !stop.load(Ordering::Relaxed) {
        connections += 1;
        // How it ends is the server's part; what is measured are the others.
        let _ = one_connection(address, first, &bytes, stop);
    }
    connections
}

fn one_connection(address: SocketAddr, first: &[u8], bytes: &[u8], stop: &AtomicBool) -> io::Result<()> {
    let mut stream = TcpStream::connect(address)?;
    stream.write_all(first)?;
    stream.set_nonblocking(true)?;
    let mut buffer = vec![0; WRITE_BYTES];
    let mut sent = 0;
    while !stop.load(Ordering::Relaxed) {
        let mut moves = false;
        match stream.write(&bytes[sent..]) {
            Ok(count) => (sent, moves) = ((sent + count) % bytes.len(), true),
            Err(error) if error.kind() == ErrorKind::WouldBlock => {}
            Err(error) => return Err(error),
        }
        match stream.read(&mut buffer) {
            Ok(0) => return Ok(()),
            Ok(_) => moves = true,
            Err(error) if error.kind() == ErrorKind::WouldBlock => {}
            Err(error) => return Err(error),
        }
        if !moves {
            std::thread::sleep(REST);
        }
    }
    Ok(())
}

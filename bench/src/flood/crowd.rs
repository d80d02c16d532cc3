//! Many connections: each says something once, reads nothing, and is held until a newer one takes its place.

use std::{
    collections::VecDeque,
    io::{self, ErrorKind, Write},
    net::{SocketAddr, TcpStream},
    sync::atomic::{AtomicBool, Ordering},
    time::Duration,
};

/// Bytes of a head without an end: about as much as the server waits for, and far more.
const HEAD_BYTES: [usize; 2] = [15 << 10, 62 << 10];
/// A connection that the system does not make by then is given up.
const CONNECTS_WITHIN: Duration = Duration::from_millis(200);
/// How often a crowd that stands still looks whether it is to end.
const LOOK_EVERY: Duration = Duration::from_millis(10);

/// The head of a request that goes on and on.
pub(super) fn unfinished_head(number: u64) -> Vec<u8> {
    let mut head = b"GET / HTTP/1.1\r\nHost: bench\r\nX-Long: ".to_vec();
    head.resize(HEAD_BYTES[number as usize % HEAD_BYTES.len()], b'x');
    head
}

/// A viewer, half of them over a WebSocket.
pub(super) fn viewer(number: u64) -> Vec<u8> {
    let request = if number.is_multiple_of(2) {
        "GET /ws/h264 HTTP/1.1\r\nHost: bench\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
         Sec-WebSocket-Key: bGVuc2Nhc3QgYmVuY2ggIQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"
    } else {
        "GET /stream.h264 HTTP/1.1\r\nHost: bench\r\n\r\n"
    };
    request.into()
}

/// A viewer of motion JPEG that wants it as nobody else does.
pub(super) fn jpeg_viewer(number: u64) -> Vec<u8> {
    let (quality, width) = (1 + number % 100, 64 + 2 * (number / 100 % 100));
    format!("GET /stream.mjpg?quality={quality}&width={width} HTTP/1.1\r\nHost: bench\r\n\r\n").into()
}

/// Makes connections without a pause until `stop`; the newest `held` stay. How many were made.
pub(super) fn hold(
    address: SocketAddr,
    held: usize,
    says: impl Fn(u64) -> Vec<u8>,
    stop: &AtomicBool,
) -> u64 {
    let mut crowd = VecDeque::with_capacity(held);
    let mut number = 0;
    while !stop.load(Ordering::Relaxed) {
        if crowd.len() == held {
            crowd.pop_front();
        }
        if let Ok(stream) = connect(address, &says(number)) {
            crowd.push_back(stream);
            number += 1;
        }
    }
    number
}

/// Makes `held` connections and holds them until `stop`. How many were made.
pub(super) fn hold_still(
    address: SocketAddr,
    held: usize,
    says: impl Fn(u64) -> Vec<u8>,
    stop: &AtomicBool,
) -> u64 {
    let crowd: Vec<_> = (0..held as u64).filter_map(|number| connect(address, &says(number)).ok()).collect();
    while !stop.load(Ordering::Relaxed) {
        std::thread::sleep(LOOK_EVERY);
    }
    crowd.len() as u64
}

fn connect(address: SocketAddr, says: &[u8]) -> io::Result<TcpStream> {
    let mut stream = TcpStream::connect_timeout(&address, CONNECTS_WITHIN)?;
    stream.set_nonblocking(true)?;
    match stream.write(says) {
        Err(error) if error.kind() != ErrorKind::WouldBlock => Err(error),
        _ => Ok(stream),
    }
}

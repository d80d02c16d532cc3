//! A plain HTTP/1.1 client that hides nothing.

use std::net::SocketAddr;

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpSocket, TcpStream},
};

use super::within;

/// Headers of a WebSocket's handshake.
pub const HANDSHAKE: [(&str, &str); 4] = [
    ("Connection", "Upgrade"),
    ("Upgrade", "websocket"),
    ("Sec-WebSocket-Version", "13"),
    ("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ=="),
];

/// An answer.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

impl Answer {
    /// Value of a header, by its name in any case.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }

    /// All headers, in the order they came.
    pub fn headers(&self) -> impl Iterator<Item = (&str, &str)> {
        self.headers.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }

    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }
}

/// A connection from `local`, which is one of this machine's addresses: all of 127.0.0.0/8 are.
pub async fn connect_from(local: [u8; 4], address: SocketAddr) -> TcpStream {
    let socket = TcpSocket::new_v4().expect("a socket");
    socket.bind((local, 0).into()).expect("an address of loopback");
    socket.connect(address).await.expect("the server listens")
}

/// GET of `path`.
pub async fn get(address: SocketAddr, path: &str) -> Answer {
    request(address, "GET", path, &[]).await
}

/// One request on a connection of its own; reads the answer to its end.
pub async fn request(address: SocketAddr, method: &str, path: &str, headers: &[(&str, &str)]) -> Answer {
    within("an answer", async {
        let mut stream = open(address, method, path, headers).await;
        let mut bytes = Vec::new();
        stream.read_to_end(&mut bytes).await.expect("an answer");
        parse(&bytes)
    })
    .await
}

/// Sends a request and leaves the answer to be read, for endless bodies.
pub async fn open(address: SocketAddr, method: &str, path: &str, headers: &[(&str, &str)]) -> TcpStream {
    let stream = TcpStream::connect(address).await.expect("the server listens");
    ask(stream, address, method, path, headers).await
}

/// The same with GET, from `local`, for what is counted by address.
pub async fn open_from(
    local: [u8; 4],
    address: SocketAddr,
    path: &str,
    headers: &[(&str, &str)],
) -> TcpStream {
    ask(connect_from(local, address).await, address, "GET", path, headers).await
}

async fn ask(
    mut stream: TcpStream,
    address: SocketAddr,
    method: &str,
    path: &str,
    headers: &[(&str, &str)],
) -> TcpStream {
    let mut head = format!("{method} {path} HTTP/1.1\r\nConnection: close\r\n");
    if headers.iter().all(|(name, _)| *name != "Host") {
        head.push_str(&format!("Host: {address}\r\n"));
    }
    for (name, value) in headers {
        head.push_str(&format!("{name}: {value}\r\n"));
    }
    head.push_str("\r\n");
    stream.write_all(head.as_bytes()).await.expect("the server reads");
    stream
}

/// Reads an endless body until `enough` of its bytes have come; what came, without HTTP's chunks.
pub async fn read_body(stream: &mut TcpStream, enough: usize) -> Answer {
    read_body_until(stream, |body| body.len() >= enough).await
}

/// Reads an endless body until it `is_enough`; what came, without HTTP's chunks.
pub async fn read_body_until(stream: &mut TcpStream, is_enough: impl Fn(&[u8]) -> bool) -> Answer {
    within("a body", async {
        let mut bytes = Vec::new();
        loop {
            let answer =
                if bytes.windows(4).any(|four| four == b"\r\n\r\n") { Some(parse(&bytes)) } else { None };
            if let Some(answer) = answer
                && is_enough(&answer.body)
            {
                return answer;
            }
            let mut part = [0; 16 << 10];
            match stream.read(&mut part).await.expect("the server writes") {
                0 => return parse(&bytes),
                count => bytes.extend_from_slice(&part[..count]),
            }
        }
    })
    .await
}

fn parse(bytes: &[u8]) -> Answer {
    let end = bytes.windows(4).position(|four| four == b"\r\n\r\n").expect("a whole head");
    let head = String::from_utf8_lossy(&bytes[..end]).into_owned();
    let mut lines = head.lines();
    let status = lines.next().and_then(|line| line.split(' ').nth(1)).and_then(|code| code.parse().ok());
    let headers: Vec<_> = lines
        .filter_map(|line| line.split_once(": "))
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect();
    let mut answer = Answer { status: status.expect("a status"), headers, body: bytes[end + 4..].to_vec() };
    if answer.header("transfer-encoding") == Some("chunked") {
        answer.body = unchunk(&answer.body);
    }
    answer
}

fn unchunk(mut bytes: &[u8]) -> Vec<u8> {
    let mut body = Vec::new();
    while let Some(line) = bytes.windows(2).position(|two| two == b"\r\n") {
        let length =
            std::str::from_utf8(&bytes[..line]).ok().and_then(|hex| usize::from_str_radix(hex, 16).ok());
        let Some(length) = length.filter(|length| *length > 0) else {
            break;
        };
        let rest = &bytes[line + 2..];
        body.extend_from_slice(&rest[..length.min(rest.len())]);
        if rest.len() < length + 2 {
            break;
        }
        bytes = &rest[length + 2..];
    }
    body
}

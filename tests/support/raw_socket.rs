//! A WebSocket client that sends bytes as they are, right or wrong.

use std::net::SocketAddr;

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

use super::{http::HANDSHAKE, within};

/// A connection that has become a WebSocket, or not.
pub struct RawSocket(pub TcpStream);

impl RawSocket {
    /// Sends a handshake for `path` and reads no answer yet.
    pub async fn open(address: SocketAddr, path: &str) -> Self {
        let mut stream = TcpStream::connect(address).await.expect("the server listens");
        let words: String = HANDSHAKE.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
        let head = format!("GET {path} HTTP/1.1\r\nHost: {address}\r\n{words}\r\n");
        stream.write_all(head.as_bytes()).await.expect("the server reads");
        Self(stream)
    }

    /// Sends `bytes` again and again, without a pause, until the server closes; code and reason of its close frame.
    pub async fn flood(&mut self, bytes: &[u8]) -> (u16, String) {
        let (mut read, mut write) = self.0.split();
        let writes = async {
            while write.write_all(bytes).await.is_ok() {}
            std::future::pending::<()>().await;
        };
        let reads = async {
            let mut got = Vec::new();
            loop {
                if let Some(end) = close_frame(&mut got) {
                    return end;
                }
                let mut part = [0; 16 << 10];
                let count = read.read(&mut part).await.expect("a close frame before the end");
                assert!(count > 0, "a close frame before the end");
                got.extend_from_slice(&part[..count]);
            }
        };
        within("a close frame", async {
            tokio::select! { end = reads => end, () = writes => unreachable!("it has no end") }
        })
        .await
    }
}

/// Takes whole frames, and the head before them, from the front of `got`, up to a close frame.
fn close_frame(got: &mut Vec<u8>) -> Option<(u16, String)> {
    if got.starts_with(b"HTTP") {
        let end = got.windows(4).position(|four| four == b"\r\n\r\n")? + 4;
        got.drain(..end);
    }
    loop {
        let (header, length) = match got[..] {
            [_, 126, a, b, ..] => (4, usize::from(u16::from_be_bytes([a, b]))),
            [_, 127, _, _, _, _, a, b, c, d, ..] => (10, u32::from_be_bytes([a, b, c, d]) as usize),
            [_, length @ 0..126, ..] => (2, usize::from(length)),
            _ => return None,
        };
        let frame = got.get(..header + length)?;
        if frame[0] == 0x88 {
            let code = u16::from_be_bytes([frame[2], frame[3]]);
            return Some((code, String::from_utf8_lossy(&frame[4..]).into_owned()));
        }
        got.drain(..header + length);
    }
}

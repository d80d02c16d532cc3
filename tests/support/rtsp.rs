//! A client of RTSP, no more than a test needs: requests with answers, and packets between them.

use std::net::SocketAddr;

use bytes::{Buf, BytesMut};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpSocket, TcpStream},
};

use super::within;

/// Bytes that the system keeps for a client that does not read.
const RECEIVE_BYTES: u32 = 16 << 10;

/// A connection.
pub struct RtspClient {
    stream: TcpStream,
    address: SocketAddr,
    received: BytesMut,
    sequence: u32,
    /// The value of `Authorization`.
    pub authorization: Option<String>,
}

/// An answer.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub head: String,
    pub body: String,
}

impl Answer {
    /// The value of a header field.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.head.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(": "))
    }
}

/// An RTP or RTCP packet.
#[derive(Debug)]
pub struct Packet {
    pub channel: u8,
    pub bytes: Vec<u8>,
}

impl Packet {
    pub fn sequence(&self) -> u16 {
        u16::from_be_bytes([self.bytes[2], self.bytes[3]])
    }

    pub fn is_last_of_frame(&self) -> bool {
        self.bytes[1] & 0x80 != 0
    }

    /// Type of the NAL unit that it begins with; 24 where it has several.
    pub fn kind(&self) -> u8 {
        self.bytes[12] & 0x1f
    }
}

impl RtspClient {
    pub async fn connect(address: SocketAddr) -> Self {
        let socket = TcpSocket::new_v4().expect("a socket");
        socket.set_recv_buffer_size(RECEIVE_BYTES).expect("allowed");
        let stream = within("a connection", socket.connect(address)).await.expect("it listens");
        Self { stream, address, received: BytesMut::new(), sequence: 0, authorization: None }
    }

    /// The address of a camera, or of a path below it.
    pub fn url(&self, path: &str) -> String {
        format!("rtsp://{}/{path}", self.address)
    }

    /// Sends bytes as they are.
    pub async fn send(&mut self, bytes: &[u8]) {
        self.stream.write_all(bytes).await.expect("the server reads");
    }

    /// Ends the connection as a program does that reads to the end: with something unread the system resets it.
    pub async fn leave(mut self) {
        within("the server's end", async {
            self.stream.shutdown().await.expect("it is open");
            let mut rest = [0; 4096];
            while self.stream.read(&mut rest).await.is_ok_and(|count| count > 0) {}
        })
        .await;
    }

    /// Asks, and waits for the answer; packets that come before it are passed over.
    pub async fn ask(&mut self, method: &str, path: &str, headers: &[(&str, &str)]) -> Answer {
        self.sequence += 1;
        let mut request = format!("{method} {} RTSP/1.0\r\nCSeq: {}\r\n", self.url(path), self.sequence);
        for (name, value) in headers {
            request += &format!("{name}: {value}\r\n");
        }
        if let Some(value) = &self.authorization {
            request += &format!("Authorization: {value}\r\n");
        }
        self.send((request + "\r\n").as_bytes()).await;
        let answer = self.answer().await;
        assert_eq!(answer.header("CSeq"), Some(self.sequence.to_string().as_str()), "{answer:?}");
        answer
    }

    /// The next answer.
    pub async fn answer(&mut self) -> Answer {
        within("an answer", async {
            while self.next_packet().await.is_some() {}
            let head_bytes = loop {
                if let Some(at) = self.received.windows(4).position(|bytes| bytes == b"\r\n\r\n") {
                    break at + 4;
                }
                self.receive().await;
            };
            let head = String::from_utf8(self.received.split_to(head_bytes).to_vec()).expect("UTF-8");
            let status = head[9..12].parse().expect("a status");
            let mut answer = Answer { status, head, body: String::new() };
            let length =
                answer.header("Content-Length").map_or(0, |length| length.parse().expect("a length"));
            while self.received.len() < length {
                self.receive().await;
            }
            answer.body = String::from_utf8(self.received.split_to(length).to_vec()).expect("UTF-8");
            answer
        })
        .await
    }

    /// Sets the camera up and begins to play it; the session, and the answer to PLAY.
    pub async fn play(&mut self, camera: &str) -> (String, Answer) {
        let transport = [("Transport", "RTP/AVP/TCP;unicast;interleaved=0-1")];
        let set_up = self.ask("SETUP", &format!("{camera}/trackID=0"), &transport).await;
        assert_eq!(set_up.status, 200, "{set_up:?}");
        let session =
            set_up.header("Session").expect("a session").split(';').next().unwrap_or_default().to_owned();
        let playing = self.ask("PLAY", camera, &[("Session", &session)]).await;
        assert_eq!(playing.status, 200, "{playing:?}");
        (session, playing)
    }

    /// The next packet.
    pub async fn packet(&mut self) -> Packet {
        within("a packet", self.next_packet()).await.expect("no answer")
    }

    /// The next packet; `None` if an answer comes first.
    async fn next_packet(&mut self) -> Option<Packet> {
        while self.received.len() < 4 {
            self.receive().await;
        }
        let [b'$', channel, high, low] = self.received[..4] else { return None };
        let length = usize::from(u16::from_be_bytes([high, low]));
        while self.received.len() < 4 + length {
            self.receive().await;
        }
        self.received.advance(4);
        Some(Packet { channel, bytes: self.received.split_to(length).to_vec() })
    }

    /// Whether the server ends the connection.
    pub async fn ends(&mut self) -> bool {
        within("the end", self.stream.read_buf(&mut self.received)).await.is_ok_and(|count| count == 0)
    }

    async fn receive(&mut self) {
        let count = self.stream.read_buf(&mut self.received).await.expect("it is open");
        assert_ne!(count, 0, "the server has ended the connection: {:?}", self.received);
    }
}

//! A camera that is asked by RTSP, played by the test: it answers as its habits say, then sends what it is given.

use std::net::SocketAddr;

use lenscast_media::{
    fixtures::keyframe,
    frame::Frame,
    rtp::{Sender, h264::packetize},
    rtsp::interleaved_header,
    time::{Moment, Timestamp},
};
use tokio::{
    io::{AsyncBufReadExt, AsyncWriteExt, BufReader},
    net::{TcpListener, TcpStream, UdpSocket},
};

use super::{clip::nal_units, within};

/// The user and the password that a camera with a lock asks for.
pub const USER: &str = "viewer";
pub const PASSWORD: &str = "hunter2 %@";
const TICKS_A_FRAME: i64 = 3_000;
const PAYLOAD_TYPE: u8 = 96;

/// How a camera answers. In each text `{url}` is the address that was asked for.
#[derive(Clone, Debug)]
pub struct Habits {
    pub content_base: Option<&'static str>,
    /// The lines of the description behind those of every camera.
    pub description: &'static str,
    pub session: &'static str,
    /// What `WWW-Authenticate` asks for, and what `Authorization` is then to contain.
    pub lock: Option<(&'static str, &'static str)>,
    /// The status of the answer to DESCRIBE.
    pub status: u16,
}

impl Default for Habits {
    fn default() -> Self {
        Self {
            content_base: Some("{url}/"),
            description: "a=control:*\r\nm=video 0 RTP/AVP 96\r\na=rtpmap:96 H264/90000\r\na=control:trackID=0\r\n",
            session: "12345678;timeout=60",
            lock: None,
            status: 200,
        }
    }
}

/// A camera that waits for the server to ask.
pub struct RtspCamera {
    listener: TcpListener,
    pub address: SocketAddr,
    habits: Habits,
}

impl RtspCamera {
    /// A camera on a free port.
    pub async fn new(habits: Habits) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("bound");
        Self { listener, address, habits }
    }

    /// What to give to `--source`.
    pub fn source(&self) -> String {
        format!("rtsp://{}/stream1", self.address)
    }

    /// Answers until it is asked to play.
    pub async fn playing(&self) -> PlayingCamera {
        within("the server plays the camera", async {
            loop {
                if let Some(playing) = self.connection().await {
                    return playing;
                }
            }
        })
        .await
    }

    /// Answers all, for as long as it is polled.
    pub async fn answers(&self) -> ! {
        loop {
            self.connection().await;
        }
    }

    /// Answers on the next connection until it is asked to play; `None` if it ends before.
    async fn connection(&self) -> Option<PlayingCamera> {
        let (stream, remote) = self.listener.accept().await.expect("accepts");
        stream.set_nodelay(true).expect("a socket");
        let mut reader = BufReader::new(stream);
        let (mut requests, mut datagrams) = (Vec::new(), None);
        loop {
            let request = request(&mut reader).await?;
            let method = request.split(' ').next().unwrap_or_default().to_owned();
            let mut headers = String::new();
            let mut body = String::new();
            let mut status = 200;
            let is_let_in = self.habits.lock.is_none_or(|(_, holds)| request.contains(holds));
            if let Some((challenge, _)) = self.habits.lock.filter(|_| !is_let_in) {
                status = 401;
                headers += &format!("WWW-Authenticate: {challenge}\r\n");
            } else if method == "DESCRIBE" {
                status = self.habits.status;
                if let Some(base) = self.habits.content_base {
                    headers += &format!("Content-Base: {}\r\n", self.filled_in(base));
                }
                body =
                    format!("v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=x\r\nt=0 0\r\n{}", self.habits.description);
                body = self.filled_in(&body);
                headers += "Content-Type: application/sdp\r\n";
            } else if method == "SETUP" {
                let mut transport = "RTP/AVP/TCP;unicast;interleaved=0-1".to_owned();
                if let Some(port) = port_of(&request, "client_port=") {
                    let socket = UdpSocket::bind("127.0.0.1:0").await.expect("a free port");
                    let own = socket.local_addr().expect("bound").port();
                    transport = format!(
                        "RTP/AVP;unicast;client_port={port}-{};server_port={own}-{}",
                        port + 1,
                        own.wrapping_add(1)
                    );
                    socket.connect(SocketAddr::new(remote.ip(), port)).await.expect("a socket");
                    datagrams = Some(socket);
                }
                headers += &format!("Session: {}\r\nTransport: {transport}\r\n", self.habits.session);
            } else {
                headers += &format!("Session: {}\r\n", self.habits.session);
            }
            let sequence = request.lines().find(|line| line.starts_with("CSeq:")).unwrap_or("CSeq: 0");
            let answer = format!(
                "RTSP/1.0 {status} X\r\n{sequence}\r\n{headers}Content-Length: {}\r\n\r\n{body}",
                body.len()
            );
            reader.write_all(answer.as_bytes()).await.ok()?;
            requests.push(request);
            if method == "PLAY" && status == 200 {
                return Some(PlayingCamera {
                    stream: reader.into_inner(),
                    datagrams,
                    requests,
                    sender: Sender::new(7, PAYLOAD_TYPE, 1_000),
                    ticks: 0xffff_0000,
                });
            }
        }
    }

    fn filled_in(&self, text: &str) -> String {
        text.replace("{url}", &self.source())
    }
}

/// The head of the next request.
async fn request(reader: &mut BufReader<TcpStream>) -> Option<String> {
    let mut head = String::new();
    loop {
        let count = reader.read_line(&mut head).await.ok()?;
        if count == 0 {
            return None;
        }
        if head.ends_with("\r\n\r\n") {
            return Some(head);
        }
    }
}

fn port_of(request: &str, key: &str) -> Option<u16> {
    request.split(key).nth(1)?.split(['-', ';', '\r']).next()?.parse().ok()
}

/// A camera that plays; dropping it is its end.
pub struct PlayingCamera {
    stream: TcpStream,
    datagrams: Option<UdpSocket>,
    /// What was asked on this connection.
    pub requests: Vec<String>,
    sender: Sender,
    ticks: i64,
}

impl PlayingCamera {
    /// Sends access units one after the other, with a pause of a few milliseconds behind each.
    pub async fn play(&mut self, units: &[Vec<u8>]) {
        for unit in units {
            self.send(unit, |_| true).await;
            tokio::time::sleep(std::time::Duration::from_millis(4)).await;
        }
    }

    /// Sends those packets of an access unit that `is_sent`; the others are lost on the way.
    pub async fn send(&mut self, unit: &[u8], is_sent: impl Fn(usize) -> bool) {
        self.ticks += TICKS_A_FRAME;
        self.sender.begin_frame(Timestamp::video(self.ticks), Moment::default());
        let (mut payload, mut ranges) = (Vec::new(), Vec::new());
        for unit in nal_units(unit) {
            payload.extend([0, 0, 0, 1]);
            let begin = payload.len() as u32;
            payload.extend(unit);
            ranges.push(begin..payload.len() as u32);
        }
        let frame = Frame { payload: payload.into(), units: ranges.into(), ..keyframe() };
        let packets = packetize(&frame);
        let count = packets.iter().count();
        for (index, payload) in packets.iter().enumerate() {
            let header = self.sender.header(payload.len(), index + 1 == count);
            let packet = [&header[..], &payload].concat();
            if !is_sent(index) {
                continue;
            }
            match &self.datagrams {
                Some(socket) => drop(socket.send(&packet).await.expect("the server listens")),
                None => {
                    let framed = [&interleaved_header(0, packet.len())[..], &packet].concat();
                    self.stream.write_all(&framed).await.expect("the server reads");
                }
            }
        }
    }
}

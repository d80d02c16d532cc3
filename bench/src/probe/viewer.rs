//! One probe viewer: connect, shake hands, read frames, note what came when.
//!
//! ```text
//! Connecting ─► Asked ─► Open ─► Closed { code }
//! ```

use std::{
    io::{self, ErrorKind},
    net::{SocketAddr, TcpStream},
    sync::Arc,
};

use rustls::ClientConfig;

use super::{
    Request,
    content::Content,
    frames::{self, BINARY, CLOSE, PING, first_message},
    line::{Buffers, Line},
};
use crate::sys::clock;

/// Moments of bytes that are remembered: some seconds of a 1080p stream in packets.
const KEPT_MOMENTS: usize = 1 << 14;

/// Which of the server's WebSockets is watched.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Wire {
    /// `ws/h264`: access units as they are.
    H264,
    /// `ws/live`: the page's.
    Live,
    /// `ws/mp4`: fragments.
    Mp4,
}

impl Wire {
    fn request(self) -> String {
        let (path, subprotocol) = match self {
            // From the newest keyframe at once, as the others are measured.
            Self::H264 => ("ws/h264?join=burst", ""),
            Self::Live => ("ws/live", "Sec-WebSocket-Protocol: lenscast.v1\r\n"),
            Self::Mp4 => ("ws/mp4", ""),
        };
        format!(
            "GET /{path} HTTP/1.1\r\nHost: bench\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n{subprotocol}\
             Sec-WebSocket-Key: bGVuc2Nhc3QgYmVuY2ggIQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"
        )
    }
}

/// One access unit that came whole and as it was sent. All moments are on the real-time clock.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Receipt {
    /// Its number in the camera's stream.
    pub(crate) sequence: u64,
    /// Whether it is decodable by itself.
    pub(crate) key: bool,
    /// When the camera began to write it.
    pub(crate) written_ns: u64,
    /// When its last byte was in the viewer's kernel.
    pub(crate) kernel_ns: u64,
    /// When the viewer took it from there.
    pub(crate) read_ns: u64,
}

impl Receipt {
    /// From the camera's write to the viewer's kernel.
    pub(crate) const fn latency_ns(&self) -> u64 {
        self.kernel_ns.saturating_sub(self.written_ns)
    }

    /// From the camera's write to the viewer itself.
    pub(crate) const fn read_latency_ns(&self) -> u64 {
        self.read_ns.saturating_sub(self.written_ns)
    }
}

/// How far a viewer is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum ViewerState {
    /// The connection is being made.
    Connecting,
    /// The request is sent, as much of it as is meant to be.
    Asked,
    /// It is a WebSocket.
    Open,
    /// It is over, with the server's close code if it gave one.
    Closed {
        /// From the close frame.
        code: Option<u16>,
        /// What else is known.
        why: String,
    },
}

/// One probe viewer.
pub(crate) struct Viewer {
    line: Option<Line>,
    request: Request,
    state: ViewerState,
    partial: Vec<u8>,
    receipts: Vec<Receipt>,
    opened_ns: u64,
    /// When bytes came, the newest [`KEPT_MOMENTS`] at least.
    bytes_at_ns: Vec<u64>,
    has_kernel_times: bool,
}

impl Viewer {
    pub(super) fn connect(
        address: SocketAddr,
        tls: Option<&Arc<ClientConfig>>,
        request: Request,
    ) -> io::Result<Self> {
        let opened_ns = clock::realtime_ns();
        Ok(Self {
            line: Some(Line::connect(address, tls)?),
            request,
            state: ViewerState::Connecting,
            partial: Vec::new(),
            receipts: Vec::new(),
            opened_ns,
            bytes_at_ns: Vec::new(),
            has_kernel_times: true,
        })
    }

    /// Its connection, while there is one.
    pub(super) fn stream(&self) -> Option<&TcpStream> {
        self.line.as_ref().map(Line::stream)
    }

    /// How far it is.
    pub(crate) const fn state(&self) -> &ViewerState {
        &self.state
    }

    /// Whether it is over.
    pub(crate) const fn is_closed(&self) -> bool {
        matches!(self.state, ViewerState::Closed { .. })
    }

    /// What came, in its order.
    pub(crate) fn receipts(&self) -> &[Receipt] {
        &self.receipts
    }

    /// When the connection was begun, real time.
    pub(crate) const fn opened_ns(&self) -> u64 {
        self.opened_ns
    }

    /// When the newest bytes came, real time.
    pub(crate) fn last_byte_ns(&self) -> Option<u64> {
        self.bytes_at_ns.last().copied()
    }

    /// When the first bytes after `from_ns` came, real time.
    pub(crate) fn first_byte_after(&self, from_ns: u64) -> Option<u64> {
        self.bytes_at_ns.iter().copied().find(|at| *at >= from_ns)
    }

    pub(super) const fn has_kernel_times(&self) -> bool {
        self.has_kernel_times
    }

    pub(super) fn forget_receipts(&mut self) {
        self.receipts.clear();
        // The kernel begins to stamp a moment after the first socket has asked for it.
        self.has_kernel_times = true;
    }

    pub(super) fn drop_connection(&mut self) {
        self.close(None, "dropped by the viewer");
    }

    pub(super) fn broke(&mut self, error: &io::Error) {
        self.close(None, &error.to_string());
    }

    fn close(&mut self, code: Option<u16>, why: &str) {
        self.line = None;
        self.partial = Vec::new();
        if !self.is_closed() {
            self.state = ViewerState::Closed { code, why: why.to_owned() };
        }
    }

    /// The connection is made: says what it has to say.
    pub(super) fn send_request(&mut self, wire: Wire) {
        let (Some(line), ViewerState::Connecting) = (&mut self.line, &self.state) else {
            return;
        };
        let request = wire.request();
        let said = match self.request {
            Request::Whole => request.as_str(),
            Request::Half => &request[..request.len() / 2],
            Request::Silence => "",
        };
        match line.send(said.as_bytes()) {
            Ok(()) => self.state = ViewerState::Asked,
            Err(error) => self.broke(&error),
        }
    }

    /// Reads once.
    pub(super) fn read(&mut self, buffers: &mut Buffers, content: &mut Content) -> io::Result<()> {
        let Some(line) = &mut self.line else {
            return Ok(());
        };
        let (received, read) = line.receive(buffers)?;
        let read_ns = clock::realtime_ns();
        let kernel_ns = received.kernel_ns.unwrap_or(read_ns);
        if received.bytes == 0 {
            self.close(None, "the server ended the connection");
            return Ok(());
        }
        self.has_kernel_times &= received.kernel_ns.is_some();
        self.note_bytes(kernel_ns);
        let whole = if self.partial.is_empty() {
            None
        } else {
            self.partial.extend_from_slice(read);
            Some(std::mem::take(&mut self.partial))
        };
        let bytes = whole.as_deref().unwrap_or(read);
        let taken = self.take_in(bytes, content, (kernel_ns, read_ns))?;
        if self.is_closed() {
            return Ok(());
        }
        match whole {
            Some(mut whole) => {
                whole.drain(..taken);
                self.partial = whole;
            }
            None => self.partial.extend_from_slice(&read[taken..]),
        }
        Ok(())
    }

    fn note_bytes(&mut self, at_ns: u64) {
        if self.bytes_at_ns.len() == 2 * KEPT_MOMENTS {
            self.bytes_at_ns.drain(..KEPT_MOMENTS);
        }
        self.bytes_at_ns.push(at_ns);
    }

    /// Takes what is whole; how many bytes that was.
    fn take_in(&mut self, bytes: &[u8], content: &mut Content, times: (u64, u64)) -> io::Result<usize> {
        let mut taken = 0;
        if self.state == ViewerState::Asked {
            let Some(end) = bytes.windows(4).position(|window| window == b"\r\n\r\n") else {
                return Ok(0);
            };
            let status = String::from_utf8_lossy(bytes.get(9..12).unwrap_or_default()).into_owned();
            if status != "101" {
                self.close(None, &format!("refused with status {status}"));
                return Ok(end + 4);
            }
            self.state = ViewerState::Open;
            taken = end + 4;
        }
        while let Some(message) =
            first_message(&bytes[taken..]).map_err(|error| io::Error::new(ErrorKind::InvalidData, error))?
        {
            taken += message.total_bytes;
            match message.opcode {
                BINARY => content.check(message.payload, |found| {
                    self.receipts.push(Receipt {
                        sequence: found.stamp.sequence,
                        key: found.key,
                        written_ns: found.stamp.realtime_ns,
                        kernel_ns: times.0,
                        read_ns: times.1,
                    });
                }),
                PING => {
                    if let Some(line) = &mut self.line {
                        line.send(&frames::pong(message.payload))?;
                    }
                }
                CLOSE => {
                    let code = message.payload.first_chunk().map(|code| u16::from_be_bytes(*code));
                    let reason = message.payload.get(2..).unwrap_or_default();
                    self.close(code, &String::from_utf8_lossy(reason));
                    return Ok(taken);
                }
                _ => {}
            }
        }
        Ok(taken)
    }
}

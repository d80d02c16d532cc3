//! WebSocket framing (RFC 6455 section 5), the server's side: frames out are pre-built and shared, frames in are small.
//!
//! ```text
//! out: header (2, 4 or 10 bytes, unmasked) | payload
//! in : header | 4 bytes of mask | payload      ─► Reader ─► Message
//! ```
//! The handshake and the socket are not here. Extensions are never negotiated, so the reserved bits must be zero.

mod reader;
mod writer;

pub use reader::{CloseCode, Message, ProtocolError, Reader};
pub use writer::{MAX_HEADER_BYTES, binary, close, header, ping, pong, text};

/// Payload of a control frame at most (RFC 6455 section 5.5).
pub const MAX_CONTROL_BYTES: usize = 125;

/// What a frame carries (RFC 6455 section 11.8).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Opcode {
    /// Goes on with a fragmented message.
    Continuation,
    /// UTF-8.
    Text,
    /// Bytes.
    Binary,
    /// The end, with a code and a reason.
    Close,
    /// To be answered by a pong with the same payload.
    Ping,
    /// Answer to a ping.
    Pong,
}

impl Opcode {
    const fn bits(self) -> u8 {
        match self {
            Self::Continuation => 0,
            Self::Text => 1,
            Self::Binary => 2,
            Self::Close => 8,
            Self::Ping => 9,
            Self::Pong => 10,
        }
    }

    const fn from_bits(bits: u8) -> Option<Self> {
        match bits {
            0 => Some(Self::Continuation),
            1 => Some(Self::Text),
            2 => Some(Self::Binary),
            8 => Some(Self::Close),
            9 => Some(Self::Ping),
            10 => Some(Self::Pong),
            _ => None,
        }
    }

    const fn is_control(self) -> bool {
        self.bits() >= 8
    }
}

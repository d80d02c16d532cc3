//! What a viewer sends, read in turns: each takes a bounded share, then other tasks have theirs.
//!
//! ```text
//! Connection ─ 4 kB ─► Reader ─► Message      at most 64 messages and 16 kB a turn, and no more than the allowance
//! ```

use std::{
    io::ErrorKind,
    task::{Context, Poll},
};

use lenscast_media::websocket::{Message, Reader};
use tokio::time::Instant;

use super::{
    allowance::{Allowance, SENDS_TOO_MUCH},
    close_handshake::code,
    session_end::SessionEnd,
};
use crate::{http::Connection, hub::DisconnectReason};

/// Bytes read from the connection at once.
const READ_BYTES: usize = 4 << 10;
/// Reads in a turn.
const READS_A_TURN: u32 = 4;
/// Messages handled in a turn.
const MESSAGES_A_TURN: u32 = 64;
/// Most bytes of a viewer's message.
const MAX_MESSAGE_BYTES: usize = 64 << 10;

/// Reads what a viewer sends.
#[derive(Debug)]
pub(super) struct Input {
    reader: Reader,
    allowance: Allowance,
    /// Frames of the reader that the allowance knows.
    counted_frames: u64,
    reads_left: u32,
    messages_left: u32,
}

/// What comes next.
#[derive(Debug)]
pub(super) enum Next {
    Message(Message),
    /// Nothing: the task is woken when there is more.
    Nothing,
    /// There may be more, in the next turn.
    TurnIsOver,
    /// The viewer left, broke the protocol or sends too much.
    End(SessionEnd),
}

impl Input {
    /// `received` came behind the viewer's handshake.
    pub(super) fn new(received: &[u8], now: Instant) -> Self {
        let mut reader = Reader::new(MAX_MESSAGE_BYTES);
        reader.push(received);
        let allowance = Allowance::new(now);
        Self { reader, allowance, counted_frames: 0, reads_left: 0, messages_left: 0 }
    }

    /// Another turn begins.
    pub(super) const fn begin_turn(&mut self) {
        self.reads_left = READS_A_TURN;
        self.messages_left = MESSAGES_A_TURN;
    }

    /// Whether bytes were read in this turn.
    pub(super) const fn has_read(&self) -> bool {
        self.reads_left < READS_A_TURN
    }

    /// The next message of this turn.
    pub(super) fn next(&mut self, connection: &mut Connection, context: &mut Context<'_>) -> Next {
        if self.messages_left == 0 {
            return Next::TurnIsOver;
        }
        self.messages_left -= 1;
        loop {
            let message = self.reader.next_message();
            if !self.is_allowed(0) {
                return too_much();
            }
            match message {
                Ok(Some(message)) => return Next::Message(message),
                Ok(None) => {}
                Err(error) => {
                    let (code, reason) = (error.close_code(), error.to_string());
                    return Next::End(SessionEnd::Close(DisconnectReason::Misbehaved, code, reason));
                }
            }
            if let Some(next) = self.read(connection, context) {
                return next;
            }
        }
    }

    /// Reads once; what there is instead, if it read nothing.
    fn read(&mut self, connection: &mut Connection, context: &mut Context<'_>) -> Option<Next> {
        if self.reads_left == 0 {
            return Some(Next::TurnIsOver);
        }
        let mut bytes = [0; READ_BYTES];
        let read = match connection.poll_read_ready(context) {
            Poll::Ready(ready) => ready.and_then(|()| connection.try_read(&mut bytes)),
            Poll::Pending => return Some(Next::Nothing),
        };
        match read {
            Ok(0) => {
                let message = "connection ended".to_owned();
                Some(Next::End(SessionEnd::Disconnected(DisconnectReason::Left, message)))
            }
            Ok(count) => {
                self.reads_left -= 1;
                self.reader.push(&bytes[..count]);
                (!self.is_allowed(count)).then(too_much)
            }
            // Asked again, the connection wakes the task when there is something.
            Err(error) if error.kind() == ErrorKind::WouldBlock => None,
            Err(error) => Some(Next::End(SessionEnd::broken(&error))),
        }
    }

    /// Whether the viewer may send these bytes, and the frames that were read since.
    fn is_allowed(&mut self, bytes: usize) -> bool {
        let frames = self.reader.frames() - std::mem::replace(&mut self.counted_frames, self.reader.frames());
        if frames == 0 && bytes == 0 {
            return true;
        }
        let [frames, bytes] = [frames as usize, bytes].map(|count| u32::try_from(count).unwrap_or(u32::MAX));
        self.allowance.spend(Instant::now(), frames, bytes)
    }
}

fn too_much() -> Next {
    let reason = SENDS_TOO_MUCH.to_owned();
    Next::End(SessionEnd::Close(DisconnectReason::Misbehaved, code::POLICY_VIOLATION, reason))
}

//! Whole WebSocket messages that wait to be written to one viewer's connection.

use std::{
    collections::VecDeque,
    io::{ErrorKind, IoSlice},
};

use bytes::{Buf, Bytes};
use lenscast_media::websocket;

use crate::http::Connection;

/// Most messages written with one system call.
const MAX_SLICES: usize = 16;

/// Whole WebSocket messages that wait to be written.
#[derive(Debug, Default)]
pub(in crate::transport) struct Outbox(VecDeque<Bytes>);

impl Outbox {
    /// Adds bytes that are framed already, usually shared with other viewers.
    pub(in crate::transport) fn framed(&mut self, message: Bytes) {
        if !message.is_empty() {
            self.0.push_back(message);
        }
    }

    /// Adds a text message.
    pub(in crate::transport) fn text(&mut self, text: &str) {
        self.framed(websocket::text(text));
    }

    /// Adds a text message with `value` as JSON.
    pub(in crate::transport) fn json(&mut self, value: &impl serde::Serialize) {
        self.text(
            &serde_json::to_string(value).expect("our messages have string keys and no maps that fail"),
        );
    }

    /// Adds a binary message.
    pub(in crate::transport) fn binary(&mut self, payload: &[u8]) {
        self.framed(websocket::binary(payload));
    }

    /// Whether nothing waits.
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// How many messages wait.
    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    /// Drops all but the first message, of which a part may be written already.
    pub(super) fn keep_begun_message(&mut self) {
        self.0.truncate(1);
    }

    /// Writes what the connection accepts now; whether that was anything.
    pub(super) fn write(&mut self, connection: &mut Connection) -> std::io::Result<bool> {
        let mut wrote = false;
        while !self.0.is_empty() {
            let written = match self.0.len() {
                1 => connection.try_write(&self.0[0]),
                waiting => {
                    let mut slices = [IoSlice::new(&[]); MAX_SLICES];
                    for (slice, waiting) in slices.iter_mut().zip(&self.0) {
                        *slice = IoSlice::new(waiting);
                    }
                    connection.try_write_vectored(&slices[..waiting.min(MAX_SLICES)])
                }
            };
            match written {
                Ok(0) => return Err(ErrorKind::WriteZero.into()),
                Ok(written) => self.advance(written),
                Err(error) if error.kind() == ErrorKind::WouldBlock => break,
                Err(error) => return Err(error),
            }
            wrote = true;
        }
        Ok(wrote)
    }

    fn advance(&mut self, mut written: usize) {
        while let Some(front) = self.0.front_mut() {
            if written < front.len() {
                return front.advance(written);
            }
            written -= front.len();
            self.0.pop_front();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn written_bytes_are_removed() {
        let mut outbox = Outbox::default();
        for message in ["abc", "", "de", "f"] {
            outbox.framed(Bytes::from_static(message.as_bytes()));
        }
        let mut left = Vec::new();
        for written in [1, 3, 1, 1] {
            outbox.advance(written);
            left.push(outbox.0.iter().flatten().copied().collect::<Vec<u8>>());
        }
        assert_eq!(left, [&b"bcdef"[..], b"ef", b"f", b""]);
    }
}

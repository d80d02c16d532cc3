//! What waits to be written to one connection: one frame, and the answers that came while it is written.
//!
//! ```text
//! | $ channel length | RTP header | payload, shared with all viewers | $ …      16 bytes of its own a packet
//! ```
//! A frame is put in only when nothing waits, so that no more than one frame waits in user space for each viewer.

use std::{
    collections::VecDeque,
    io::{ErrorKind, IoSlice},
};

use bytes::{Buf, Bytes};
use lenscast_media::{
    rtp::{HEADER_BYTES, Payloads, Sender},
    rtsp::{INTERLEAVED_BYTES, interleaved_header},
};

use crate::http::Connection;

/// Most slices written with one system call: 64 packets, a frame of 85 kB.
const MAX_SLICES: usize = 128;
/// Answers and reports that may wait; above that, no more requests are read.
const MAX_ANSWERS: usize = 16;
/// Bytes in front of a payload.
const OWN_BYTES: usize = INTERLEAVED_BYTES + HEADER_BYTES;

/// One packet: its own bytes, and those that are shared.
struct Packet {
    own: [u8; OWN_BYTES],
    payload: Bytes,
}

/// What waits to be written.
#[derive(Default)]
pub(super) struct Outbox {
    /// The packets of a frame; its memory is used again for the next.
    packets: VecDeque<Packet>,
    /// Bytes of the first packet that are written already.
    written: usize,
    answers: VecDeque<Bytes>,
}

impl Outbox {
    pub(super) fn is_empty(&self) -> bool {
        self.packets.is_empty() && self.answers.is_empty()
    }

    /// Whether so many answers wait that the client has to read some first.
    pub(super) fn is_full(&self) -> bool {
        self.answers.len() >= MAX_ANSWERS
    }

    /// Adds an answer, or a packet with what stands in front of it.
    pub(super) fn answer(&mut self, answer: Bytes) {
        self.answers.push_back(answer);
    }

    /// Adds the packets of a frame that `sender` has begun.
    pub(super) fn frame(&mut self, payloads: &Payloads, sender: &mut Sender, channel: u8) {
        let mut payloads = payloads.iter().peekable();
        while let Some(payload) = payloads.next() {
            let mut own = [0; OWN_BYTES];
            let (interleaved, rtp) = own.split_at_mut(INTERLEAVED_BYTES);
            interleaved.copy_from_slice(&interleaved_header(channel, HEADER_BYTES + payload.len()));
            rtp.copy_from_slice(&sender.header(payload.len(), payloads.peek().is_none()));
            self.packets.push_back(Packet { own, payload });
        }
    }

    /// Writes what the connection accepts now; whether that was anything.
    pub(super) fn write(&mut self, connection: &mut Connection) -> std::io::Result<bool> {
        let mut wrote = false;
        while !self.is_empty() {
            let mut slices = [IoSlice::new(&[]); MAX_SLICES];
            let count = self.slices(&mut slices);
            match connection.try_write_vectored(&slices[..count]) {
                Ok(0) => return Err(ErrorKind::WriteZero.into()),
                Ok(written) => self.advance(written),
                Err(error) if error.kind() == ErrorKind::WouldBlock => break,
                Err(error) => return Err(error),
            }
            wrote = true;
        }
        Ok(wrote)
    }

    /// Puts what is written next into `slices`: the packets, then the answers. How many slices that are.
    fn slices<'a>(&'a self, slices: &mut [IoSlice<'a>; MAX_SLICES]) -> usize {
        let mut skip = self.written;
        let packets = self.packets.iter().flat_map(|packet| [&packet.own[..], &packet.payload[..]]);
        let parts = packets.chain(self.answers.iter().map(|answer| &answer[..]));
        let mut count = 0;
        for part in parts {
            let skipped = skip.min(part.len());
            skip -= skipped;
            if skipped == part.len() && !part.is_empty() {
                continue;
            }
            slices[count] = IoSlice::new(&part[skipped..]);
            count += 1;
            if count == MAX_SLICES {
                break;
            }
        }
        count
    }

    fn advance(&mut self, mut bytes: usize) {
        while let Some(packet) = self.packets.front() {
            let left = OWN_BYTES + packet.payload.len() - self.written;
            if bytes < left {
                self.written += bytes;
                return;
            }
            bytes -= left;
            self.written = 0;
            self.packets.pop_front();
        }
        while let Some(answer) = self.answers.front_mut() {
            if bytes < answer.len() {
                return answer.advance(bytes);
            }
            bytes -= answer.len();
            self.answers.pop_front();
        }
    }
}

#[cfg(test)]
mod tests {
    use lenscast_media::time::{Moment, Timestamp};

    use super::*;

    /// What is left to be written.
    fn left(outbox: &Outbox) -> Vec<u8> {
        let mut slices = [IoSlice::new(&[]); MAX_SLICES];
        let count = outbox.slices(&mut slices);
        slices[..count].iter().flat_map(|slice| slice.to_vec()).collect()
    }

    #[test]
    fn packets_are_whole_and_answers_come_behind_them_wherever_a_write_ends() {
        let payloads = Payloads::from_bytes(Bytes::from_static(b"\0\x03abc\0\x02de"));
        let filled = || {
            let (mut outbox, mut sender) = (Outbox::default(), Sender::new(1, 96, 5));
            sender.begin_frame(Timestamp::video(7), Moment::default());
            outbox.frame(&payloads, &mut sender, 2);
            outbox.answer(Bytes::from_static(b"answer"));
            outbox
        };
        let expected: [&[u8]; 5] = [
            b"$\x02\0\x0f\x80\x60\0\x05\0\0\0\x07\0\0\0\x01",
            b"abc",
            b"$\x02\0\x0e\x80\xe0\0\x06\0\0\0\x07\0\0\0\x01",
            b"de",
            b"answer",
        ];
        let expected = expected.concat();
        for first in 0..=expected.len() {
            let mut outbox = filled();
            outbox.advance(first);
            assert_eq!(left(&outbox), expected[first..], "{first}");
            outbox.advance(expected.len() - first);
            assert!(outbox.is_empty(), "{first}");
        }
    }
}

//! The pipes of an ffmpeg that makes MPEG-1: what goes in, picture by picture, and what comes out.

use std::{
    collections::VecDeque,
    io::{self, ErrorKind},
    time::Duration,
};

use bytes::{Buf, Bytes, buf::Chain};
use lenscast_media::mpeg1::splitter::{Picture, SplitError, Splitter};
use rustix::io::ioctl_fionread;
use tokio::{net::unix::pipe, time::Instant};

use super::{
    child::{PICTURE_HEADER, Plan, ends_picture},
    preparer::{Prepared, Times},
};

/// Pictures that the child may have: one that it encodes, and one to go on with.
const MAX_IN_CHILD: usize = 2;

/// The child's standard input, and what it has not given back yet.
pub(super) struct Input {
    stdin: pipe::Sender,
    /// What is still to be written: a header, and a picture.
    rest: Chain<Bytes, Bytes>,
    /// Times of the pictures that it has.
    pub(super) in_child: VecDeque<Times>,
    /// Ticks that the last of them lasts.
    pub(super) duration: u32,
    /// The child has read its header.
    has_begun: bool,
}

impl Input {
    pub(super) fn new(stdin: pipe::Sender, plan: &Plan) -> Self {
        let header = Bytes::from(plan.stream_header());
        let rest = header.chain(Bytes::new());
        let mut input = Self { stdin, rest, in_child: VecDeque::new(), duration: 0, has_begun: false };
        input.write();
        input
    }

    pub(super) fn is_writing(&self) -> bool {
        self.rest.has_remaining()
    }

    /// When more can be written.
    pub(super) async fn writable(&self) -> io::Result<()> {
        self.stdin.writable().await
    }

    pub(super) fn has_room(&self) -> bool {
        !self.is_writing() && self.in_child.len() < MAX_IN_CHILD
    }

    /// Whether the child has nothing to do.
    pub(super) fn is_idle(&mut self) -> bool {
        self.in_child.is_empty() && self.has_begun()
    }

    /// Whether the child has loaded itself: what it is given now, it encodes now.
    pub(super) fn has_begun(&mut self) -> bool {
        // Where the kernel cannot say, it is taken to have.
        self.has_begun =
            self.has_begun || !self.is_writing() && ioctl_fionread(&self.stdin).unwrap_or(0) == 0;
        self.has_begun
    }

    /// Takes a picture to write.
    pub(super) fn take(&mut self, picture: Prepared) {
        self.duration = picture.times.duration;
        self.in_child.push_back(picture.times);
        self.rest = Bytes::from_static(PICTURE_HEADER).chain(picture.planes);
        self.write();
    }

    /// Writes what the child takes now.
    pub(super) fn write(&mut self) {
        while self.rest.has_remaining() {
            match self.stdin.try_write(self.rest.chunk()) {
                Ok(count) => self.rest.advance(count),
                Err(error) if error.kind() == ErrorKind::WouldBlock => return,
                // It has closed its input, and its output will end.
                Err(_) => self.rest.advance(self.rest.remaining()),
            }
        }
    }
}

/// What the child writes.
pub(super) struct Output {
    /// When the child was started.
    began: Instant,
    splitter: Splitter,
    pub(super) given: Vec<Result<Picture, SplitError>>,
    pub(super) pictures: u64,
    /// Bytes since it gave a picture.
    pub(super) rubbish_bytes: usize,
    /// When it gave a picture; at the beginning when it was started.
    pub(super) picture_at: Instant,
    /// Whether the ends of its writes were ends of pictures so far.
    pub(super) trusts_writes: bool,
    /// When a picture that may be complete had come.
    pub(super) quiet_since: Option<Instant>,
}

impl Output {
    pub(super) fn new(began: Instant) -> Self {
        Self {
            began,
            splitter: Splitter::new(),
            given: Vec::new(),
            pictures: 0,
            rubbish_bytes: 0,
            picture_at: began,
            trusts_writes: true,
            quiet_since: None,
        }
    }

    /// How long the child has lived, if it has given a picture.
    pub(super) fn lived(&self) -> Duration {
        if self.pictures > 0 { self.began.elapsed() } else { Duration::ZERO }
    }

    pub(super) fn push(&mut self, packet: &[u8]) {
        self.rubbish_bytes += packet.len();
        let before = self.given.len();
        let given = &mut self.given;
        self.splitter.push(packet, |picture| given.push(picture));
        self.note_pictures(before);
        self.quiet_since = None;
        if !self.trusts_writes {
            return;
        }
        match ends_picture(packet.len(), self.splitter.pending_bytes()) {
            Some(true) => self.complete(),
            Some(false) => {}
            None => self.quiet_since = Some(Instant::now()),
        }
    }

    pub(super) fn complete(&mut self) {
        self.quiet_since = None;
        let before = self.given.len();
        self.given.extend(self.splitter.complete());
        self.note_pictures(before);
    }

    /// Of what was given, all behind the first `before` is new.
    fn note_pictures(&mut self, before: usize) {
        if self.given[before..].iter().any(Result::is_ok) {
            self.rubbish_bytes = 0;
            self.picture_at = Instant::now();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::encode::mpeg1::RUBBISH_BYTES;

    /// Packets of a picture of so many bytes, as ffmpeg's writes come through the pipe.
    fn packets(bytes: usize) -> Vec<Vec<u8>> {
        let mut picture = vec![0, 0, 1, 0, 0, 8, 0xff, 0xf8, 0, 0, 1, 1];
        picture.resize(bytes, 0x55);
        picture.chunks(4 << 10).map(<[u8]>::to_vec).collect()
    }

    #[tokio::test(start_paused = true)]
    async fn only_bytes_since_the_last_picture_are_rubbish() {
        const STREAM_BYTES: usize = 64 << 20;
        // Bytes of a picture: with a part of a page at its end, of whole pages, of whole buffers, of many of these.
        for bytes in [3_000, 6_666, 8 << 10, 64 << 10, 400_001] {
            for trusts_writes in [true, false] {
                let mut output = Output::new(Instant::now());
                output.trusts_writes = trusts_writes;
                let (packets, mut pictures) = (packets(bytes), 0);
                for _ in 0..STREAM_BYTES / bytes {
                    for packet in &packets {
                        output.push(packet);
                        assert!(output.rubbish_bytes <= bytes + packet.len(), "{bytes} {trusts_writes}");
                    }
                    if output.quiet_since.is_some() {
                        output.complete();
                    }
                    pictures += output.given.drain(..).filter(Result::is_ok).count();
                }
                assert!(pictures + 1 >= STREAM_BYTES / bytes, "{bytes} {trusts_writes}: {pictures}");
            }
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_picture_is_a_sign_of_life_however_its_end_is_known() {
        // Ended by the end of a write, by quiet, by the next.
        for (bytes, trusts_writes) in [(3_000, true), (8 << 10, true), (3_000, false)] {
            let mut output = Output::new(Instant::now());
            output.trusts_writes = trusts_writes;
            for _ in 0..2 {
                tokio::time::advance(Duration::from_secs(1)).await;
                packets(bytes).iter().for_each(|packet| output.push(packet));
                if output.quiet_since.is_some() {
                    output.complete();
                }
            }
            assert_eq!(output.picture_at, Instant::now(), "{bytes} {trusts_writes}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn bytes_without_a_picture_are_rubbish_whatever_stands_between() {
        let picture = packets(3_000).concat();
        let table: [(&str, &[u8]); 3] = [
            ("text", &[b'y'; 4096]),
            ("start codes of nothing", &[0, 0, 1, 0xff].repeat(1024)),
            ("slices of no picture", &[0, 0, 1, 1].repeat(1024)),
        ];
        for (name, packet) in table {
            let mut output = Output::new(Instant::now());
            output.push(&picture);
            output.complete();
            assert_eq!(output.rubbish_bytes, 0, "{name}");
            for _ in 0..=RUBBISH_BYTES / packet.len() {
                output.push(packet);
            }
            assert!(output.rubbish_bytes > RUBBISH_BYTES, "{name}: {}", output.rubbish_bytes);
        }
    }
}

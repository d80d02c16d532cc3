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
    /// Bytes since it gave a picture, or what was left of one.
    pub(super) rubbish_bytes: usize,
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
            trusts_writes: true,
            quiet_since: None,
        }
    }

    /// How long the child has lived, if it has given a picture.
    pub(super) fn lived(&self) -> Duration {
        if self.pictures > 0 { self.began.elapsed() } else { Duration::ZERO }
    }

    pub(super) fn push(&mut self, packet: &[u8]) {
        let given = &mut self.given;
        self.splitter.push(packet, |picture| given.push(picture));
        self.rubbish_bytes = if given.is_empty() { self.rubbish_bytes + packet.len() } else { 0 };
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
        self.given.extend(self.splitter.complete());
    }
}

//! A pipe in packet mode (pipe(2), `O_DIRECT`): a read gives one write, or a page of one, however late it is.
//!
//! Tokio's own reader of a pipe takes a short read for the last one and waits for an event that may never come. Here short
//! reads are the rule, so the pipe is read until it is empty.

use std::{
    io::{ErrorKind, Result},
    os::fd::{AsFd, BorrowedFd, OwnedFd},
    pin::Pin,
    task::{Context, Poll, ready},
};

use rustix::pipe::{PipeFlags, fcntl_setpipe_size, pipe_with};
use tokio::{
    io::{AsyncRead, ReadBuf},
    net::unix::pipe::Receiver,
};

/// Size of the pipe: a large keyframe should not make the child wait. Each packet takes a page.
const PIPE_BYTES: usize = 1 << 20;

/// The reading end.
#[derive(Debug)]
pub(crate) struct PacketPipe(Receiver);

impl PacketPipe {
    /// A pipe: the end to read here and the one to give to a child.
    pub(super) fn new() -> Result<(Self, OwnedFd)> {
        let (read, write) = pipe_with(PipeFlags::CLOEXEC | PipeFlags::DIRECT)?;
        widen(&write);
        Ok((Self(Receiver::from_owned_fd(read)?), write))
    }
}

/// Enlarges a pipe to [`PIPE_BYTES`].
pub(crate) fn widen(pipe: &impl AsFd) {
    if let Err(error) = fcntl_setpipe_size(pipe, PIPE_BYTES) {
        tracing::debug!("pipe not enlarged: {error}");
    }
}

impl AsFd for PacketPipe {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.0.as_fd()
    }
}

impl AsyncRead for PacketPipe {
    fn poll_read(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<Result<()>> {
        loop {
            ready!(self.0.poll_read_ready(context))?;
            match self.0.try_read(buffer.initialize_unfilled()) {
                Ok(read) => {
                    buffer.advance(read);
                    return Poll::Ready(Ok(()));
                }
                Err(error) if error.kind() == ErrorKind::WouldBlock => {}
                Err(error) => return Poll::Ready(Err(error)),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use tokio::io::AsyncReadExt;

    use super::*;

    #[tokio::test]
    async fn each_read_gives_one_write_or_a_page_of_one() {
        let (mut pipe, write) = PacketPipe::new().expect("a pipe");
        let mut write = std::fs::File::from(write);
        for length in [1, 5_000, 4096, 9_000] {
            write.write_all(&vec![7; length]).expect("room");
        }
        drop(write);
        let mut buffer = vec![0; 64 << 10];
        let mut lengths = Vec::new();
        loop {
            match pipe.read(&mut buffer).await.expect("a pipe") {
                0 => break,
                length => lengths.push(length),
            }
        }
        assert_eq!(lengths, [1, 4096, 904, 4096, 4096, 4096, 808]);
    }

    #[tokio::test]
    async fn a_packet_behind_a_short_read_is_not_left_waiting() {
        let (mut pipe, write) = PacketPipe::new().expect("a pipe");
        let mut write = std::fs::File::from(write);
        write.write_all(&[1; 10]).expect("room");
        write.write_all(&[2; 20]).expect("room");
        let mut buffer = vec![0; 100];
        assert_eq!(pipe.read(&mut buffer).await.expect("a pipe"), 10);
        assert_eq!(pipe.read(&mut buffer).await.expect("a pipe"), 20);
    }
}

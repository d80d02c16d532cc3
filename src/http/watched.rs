//! Wraps a [`Connection`] while it serves HTTP, and resets it when the peer accepts no data for 10 s.
//!
//! ```text
//! hyper ─ poll_write ─► Watched ─► Connection
//!              pending for 10 s ─► ResetReason is known, the connection is reset
//! ```
//! Hyper's own answers to what is no request get a sentence on their way. A client that begins with TLS on a plain connection
//! understands none of them: its connection ends.
//!
//! An endless body cannot see this itself: it is asked for more only when the connection accepts data.

use std::{
    io::{self, ErrorKind, IoSlice},
    pin::Pin,
    sync::{Arc, OnceLock},
    task::{Context, Poll, ready},
};

use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    time::{Instant, Sleep},
};

use super::{
    connection::{Connection, STALLED, STALLED_AFTER, TLS_HANDSHAKE},
    parse_error::with_sentence,
};

/// Why a connection ends on which TLS comes and plain HTTP is spoken.
pub(super) const TLS_TO_HTTP: &str = "speaks TLS to a port of plain HTTP";

/// Why a connection was reset, for the viewer's counters; nothing while it is in order.
#[derive(Clone, Debug, Default)]
pub struct ResetReason(Arc<OnceLock<&'static str>>);

impl ResetReason {
    /// The reason, if the connection was reset.
    #[must_use]
    pub fn reason(&self) -> Option<&'static str> {
        self.0.get().copied()
    }
}

/// A connection that fails when the peer accepts no data.
#[derive(Debug)]
pub(super) struct Watched {
    connection: Connection,
    reset_reason: ResetReason,
    /// Ends when the peer is stalled; runs while data waits.
    deadline: Option<Pin<Box<Sleep>>>,
    /// Nothing has been read yet.
    is_new: bool,
}

impl Watched {
    pub(super) fn new(connection: Connection) -> Self {
        Self { connection, reset_reason: ResetReason::default(), deadline: None, is_new: true }
    }

    pub(super) fn reset_reason(&self) -> ResetReason {
        self.reset_reason.clone()
    }

    pub(super) fn into_connection(self) -> Connection {
        self.connection
    }

    /// Passes on the result of a write, and measures the time in which none succeeds.
    fn watch<T>(&mut self, written: Poll<io::Result<T>>, context: &mut Context<'_>) -> Poll<io::Result<T>> {
        if written.is_ready() {
            self.deadline = None;
            return written;
        }
        let deadline = self
            .deadline
            .get_or_insert_with(|| Box::pin(tokio::time::sleep_until(Instant::now() + STALLED_AFTER)));
        ready!(deadline.as_mut().poll(context));
        let reason = self.reset_reason.0.get_or_init(|| STALLED);
        self.connection.reset_when_dropped();
        Poll::Ready(Err(io::Error::new(ErrorKind::TimedOut, *reason)))
    }
}

impl AsyncRead for Watched {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        ready!(Pin::new(&mut self.connection).poll_read(context, buffer))?;
        let is_first = std::mem::replace(&mut self.is_new, false);
        if is_first && !self.connection.is_encrypted() && buffer.filled().get(before) == Some(&TLS_HANDSHAKE)
        {
            buffer.set_filled(before);
            let reason = self.reset_reason.0.get_or_init(|| TLS_TO_HTTP);
            return Poll::Ready(Err(io::Error::new(ErrorKind::InvalidData, *reason)));
        }
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Watched {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let written = match with_sentence(bytes) {
            // It is short and the connection's last: the kernel takes it whole, or the peer reads nothing anyway.
            Some(answer) => {
                Pin::new(&mut self.connection).poll_write(context, answer.as_bytes()).map_ok(|_| bytes.len())
            }
            None => Pin::new(&mut self.connection).poll_write(context, bytes),
        };
        self.watch(written, context)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        if let [only] = slices {
            return self.poll_write(context, only);
        }
        let written = Pin::new(&mut self.connection).poll_write_vectored(context, slices);
        self.watch(written, context)
    }

    fn is_write_vectored(&self) -> bool {
        self.connection.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let flushed = Pin::new(&mut self.connection).poll_flush(context);
        self.watch(flushed, context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let ended = Pin::new(&mut self.connection).poll_shutdown(context);
        self.watch(ended, context)
    }
}

#[cfg(test)]
mod tests {
    use tokio::{
        io::{AsyncReadExt, AsyncWriteExt},
        net::{TcpListener, TcpStream},
    };

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_peer_that_accepts_no_data_for_10_s_is_reset() {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("bound");
        let (client, accepted) = tokio::join!(TcpStream::connect(address), listener.accept());
        let mut client = client.expect("it listens");
        let (stream, remote) = accepted.expect("a client");
        let mut watched = Watched::new(Connection::new(stream, remote).expect("a client"));
        let reset_reason = watched.reset_reason();
        let begun = Instant::now();
        let error = loop {
            if let Err(error) = watched.write_all(&[0; 64 << 10]).await {
                break error;
            }
        };
        assert_eq!((error.kind(), begun.elapsed().as_secs()), (ErrorKind::TimedOut, 10));
        assert_eq!(reset_reason.reason(), Some("accepted no data for 10 s"));
        drop(watched);
        let mut rest = Vec::new();
        let end = client.read_to_end(&mut rest).await.map_err(|error| error.kind());
        assert_eq!(end, Err(ErrorKind::ConnectionReset));
    }
}

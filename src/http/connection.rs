//! An accepted connection: HTTP is served on it, and a WebSocket session reads and writes it afterwards.
//!
//! ```text
//! accept ─► Connection ─► Watched ─► hyper ─┬─► answers
//!                                           └─► 101 ─► Connection ─► Session (transport/socket/)
//! ```
//! It is TCP, plain or with TLS, and only this file knows which. Where the two differ, each method has a second way: no boxing,
//! no dynamic dispatch. By TLS:
//!
//! - writes encrypt what comes, as long as nothing waits that is encrypted already, and write that with one system call;
//! - the connection is ready to be written when all that was encrypted is written;
//! - it is ready to be read when a decrypted byte waits, whatever the socket says;
//! - ending our direction says so to the peer first (`close_notify`).

use std::{
    future::poll_fn,
    io::{self, ErrorKind, IoSlice, Read, Write},
    net::SocketAddr,
    pin::Pin,
    task::{Context, Poll, ready},
    time::Duration,
};

use tokio::{
    io::{AsyncRead, AsyncWrite, AsyncWriteExt, ReadBuf},
    net::TcpStream,
};
use tokio_util::sync::CancellationToken;

use super::connection_limit::{ConnectionPermit, ConnectionPlace};
use crate::tls::{Session, Tls};

/// A peer that accepts no data for this long, while some waits for it, is stalled: its connection is reset.
pub const STALLED_AFTER: Duration = Duration::from_secs(10);
/// Why a stalled peer is disconnected.
pub const STALLED: &str = "accepted no data for 10 s";

/// Bytes that may wait unsent in the kernel before a connection counts as full (tcp(7), `TCP_NOTSENT_LOWAT`).
const UNSENT_BYTES: u32 = 16 << 10;

/// Bytes of a request that are read before it is refused.
const REFUSED_BYTES: usize = 4 << 10;

/// The first byte of a handshake of TLS (RFC 8446 section 5.1: the type of its record).
pub(super) const TLS_HANDSHAKE: u8 = 0x16;

/// An accepted connection.
#[derive(Debug)]
pub struct Connection {
    stream: TcpStream,
    /// The state of TLS, if it is spoken here.
    tls: Option<Box<Session>>,
    remote: SocketAddr,
    /// Its place among all connections.
    permit: Option<ConnectionPermit>,
}

impl Connection {
    /// A connection from `remote` that sends at once, and accepts no more than can soon be sent: what waits in the kernel
    /// cannot be skipped any more.
    ///
    /// # Errors
    /// When the peer has closed it already.
    pub fn new(stream: TcpStream, remote: SocketAddr) -> io::Result<Self> {
        stream.set_nodelay(true)?;
        socket2::SockRef::from(&stream).set_tcp_notsent_lowat(UNSENT_BYTES)?;
        Ok(Self { stream, tls: None, remote, permit: None })
    }

    /// The connection with its place among all connections, which it keeps until it is closed.
    pub(crate) fn with_permit(mut self, permit: ConnectionPermit) -> Self {
        self.permit = Some(permit);
        self
    }

    /// Its place, and what is cancelled when it is to make room for another; `None` before it has a place.
    pub(crate) fn place(&self) -> Option<(ConnectionPlace, CancellationToken)> {
        self.permit.as_ref().map(|permit| (permit.place(), permit.make_room()))
    }

    /// The first byte that the peer sends, which stays to be read; `None` when it sends none.
    ///
    /// # Errors
    /// When the connection is broken.
    pub(super) async fn first_byte(&self) -> io::Result<Option<u8>> {
        let mut first = [0];
        Ok((self.stream.peek(&mut first).await? == 1).then_some(first[0]))
    }

    /// Speaks TLS from now on: does the handshake.
    ///
    /// # Errors
    /// When the peer agrees on nothing, or the connection is broken.
    pub(super) async fn begin_tls(&mut self, tls: &Tls) -> io::Result<()> {
        let mut session = tls.session()?;
        loop {
            match session.handshake(&mut Socket(&self.stream)) {
                Err(error) if error.kind() == ErrorKind::WouldBlock => {}
                Err(error) => return Err(error),
                Ok(()) => break,
            }
            match session.has_unsent() {
                true => self.stream.writable().await?,
                false => self.stream.readable().await?,
            }
        }
        self.tls = Some(Box::new(session));
        Ok(())
    }

    /// Whether TLS is spoken.
    #[must_use]
    pub const fn is_encrypted(&self) -> bool {
        self.tls.is_some()
    }

    /// Whether something was accepted that the kernel has not taken yet: no more is accepted until then.
    #[must_use]
    pub fn has_unsent(&self) -> bool {
        self.tls.as_ref().is_some_and(|session| session.has_unsent())
    }

    /// Answers with the bytes of `answer`, whatever the peer asks, and ends our direction. It takes no time: the peer gets
    /// the answer or, when it goes on sending, finds the connection closed.
    pub(crate) fn refuse(self, answer: &[u8]) {
        let socket = socket2::SockRef::from(&self.stream);
        // What is left unread when a socket is closed makes the kernel throw away what was written.
        let mut asked = [std::mem::MaybeUninit::uninit(); REFUSED_BYTES];
        let done = socket.recv(&mut asked).is_ok() | socket.send(answer).is_ok();
        if !done || socket.shutdown(std::net::Shutdown::Write).is_err() {
            tracing::trace!(remote = %self.remote, "refused connection was closed already");
        }
    }

    /// The peer's address.
    #[must_use]
    pub const fn remote(&self) -> SocketAddr {
        self.remote
    }

    /// Our own address.
    ///
    /// # Errors
    /// When the peer has closed the connection.
    pub fn local(&self) -> io::Result<SocketAddr> {
        self.stream.local_addr()
    }

    /// Ready when [`Self::try_read`] may have something to give; else `context` is woken then.
    pub fn poll_read_ready(&mut self, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        match &self.tls {
            Some(session) if session.is_readable() => Poll::Ready(Ok(())),
            _ => self.stream.poll_read_ready(context),
        }
    }

    /// Ready when [`Self::try_write`] may accept something; else `context` is woken then.
    pub fn poll_write_ready(&mut self, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        ready!(self.poll_sent(context))?;
        self.stream.poll_write_ready(context)
    }

    /// Ready when the kernel has taken all that was accepted.
    fn poll_sent(&mut self, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let Some(session) = &mut self.tls else { return Poll::Ready(Ok(())) };
        loop {
            match session.flush(&mut Socket(&self.stream)) {
                Err(error) if error.kind() == ErrorKind::WouldBlock => {
                    ready!(self.stream.poll_write_ready(context))?;
                }
                sent => return Poll::Ready(sent),
            }
        }
    }

    /// Waits until there may be something to read.
    ///
    /// # Errors
    /// When the connection is broken.
    pub async fn readable(&mut self) -> io::Result<()> {
        poll_fn(|context| self.poll_read_ready(context)).await
    }

    /// Waits until something may be written.
    ///
    /// # Errors
    /// When the connection is broken.
    pub async fn writable(&mut self) -> io::Result<()> {
        poll_fn(|context| self.poll_write_ready(context)).await
    }

    /// Reads what is there, without waiting; 0 at the end.
    ///
    /// # Errors
    /// [`io::ErrorKind::WouldBlock`] when nothing is there; others when the connection is broken.
    pub fn try_read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match &mut self.tls {
            Some(session) => session.read(&mut Socket(&self.stream), buffer),
            None => self.stream.try_read(buffer),
        }
    }

    /// Writes what is accepted now, without waiting.
    ///
    /// # Errors
    /// [`io::ErrorKind::WouldBlock`] when nothing is accepted; others when the connection is broken.
    pub fn try_write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match &mut self.tls {
            Some(session) => session.write(&mut Socket(&self.stream), &[IoSlice::new(bytes)]),
            None => self.stream.try_write(bytes),
        }
    }

    /// [`Self::try_write`] of several slices, one behind the other, with one system call.
    ///
    /// # Errors
    /// The same.
    pub fn try_write_vectored(&mut self, slices: &[IoSlice<'_>]) -> io::Result<usize> {
        match &mut self.tls {
            Some(session) => session.write(&mut Socket(&self.stream), slices),
            None => self.stream.try_write_vectored(slices),
        }
    }

    /// Ends our direction; the peer's stays open until it ends it.
    ///
    /// # Errors
    /// When the connection is broken.
    pub async fn shutdown(&mut self) -> io::Result<()> {
        AsyncWriteExt::shutdown(self).await
    }

    /// Dropping the connection resets it from now on: what still waits in the kernel is thrown away.
    pub fn reset_when_dropped(&self) {
        if let Err(error) = socket2::SockRef::from(&self.stream).set_linger(Some(Duration::ZERO)) {
            tracing::trace!("connection ends without a reset: {error}");
        }
    }
}

/// The socket as TLS uses it: it never blocks.
struct Socket<'a>(&'a TcpStream);

impl Read for Socket<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.0.try_read(buffer)
    }
}

impl Write for Socket<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.try_write(bytes)
    }

    fn write_vectored(&mut self, slices: &[IoSlice<'_>]) -> io::Result<usize> {
        self.0.try_write_vectored(slices)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl AsyncRead for Connection {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if self.tls.is_none() {
            return Pin::new(&mut self.stream).poll_read(context, buffer);
        }
        loop {
            ready!(self.poll_read_ready(context))?;
            match self.try_read(buffer.initialize_unfilled()) {
                Err(error) if error.kind() == ErrorKind::WouldBlock => {}
                read => return Poll::Ready(read.map(|count| buffer.advance(count))),
            }
        }
    }
}

impl AsyncWrite for Connection {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        match self.tls {
            None => Pin::new(&mut self.stream).poll_write(context, bytes),
            Some(_) => self.poll_write_vectored(context, &[IoSlice::new(bytes)]),
        }
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        if self.tls.is_none() {
            return Pin::new(&mut self.stream).poll_write_vectored(context, slices);
        }
        loop {
            ready!(self.poll_write_ready(context))?;
            match self.try_write_vectored(slices) {
                Err(error) if error.kind() == ErrorKind::WouldBlock => {}
                written => return Poll::Ready(written),
            }
        }
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.poll_sent(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        if let Some(session) = &mut self.tls {
            session.end();
        }
        ready!(self.poll_sent(context))?;
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}

#[cfg(test)]
mod tests {
    use std::io::ErrorKind;

    use tokio::{
        io::AsyncReadExt,
        net::{TcpListener, TcpStream},
    };

    use super::*;

    async fn pair() -> (Connection, TcpStream) {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("bound");
        let (client, accepted) = tokio::join!(TcpStream::connect(address), listener.accept());
        let (stream, remote) = accepted.expect("a client");
        (Connection::new(stream, remote).expect("a client"), client.expect("it listens"))
    }

    #[tokio::test]
    async fn slices_are_written_in_order_and_shutdown_ends_our_direction_only() {
        let (mut connection, mut client) = pair().await;
        assert_eq!(connection.remote(), client.local_addr().expect("connected"));
        assert_eq!(connection.local().expect("connected"), client.peer_addr().expect("connected"));
        connection.writable().await.expect("it is open");
        let slices = [IoSlice::new(b"ab"), IoSlice::new(b""), IoSlice::new(b"c")];
        assert_eq!(connection.try_write_vectored(&slices).expect("an empty socket"), 3);
        assert_eq!(connection.try_write(b"d").expect("an empty socket"), 1);
        connection.shutdown().await.expect("it is open");
        let mut received = String::new();
        client.read_to_string(&mut received).await.expect("an end");
        assert_eq!(received, "abcd");

        let mut buffer = [0; 4];
        assert_eq!(
            connection.try_read(&mut buffer).map_err(|error| error.kind()),
            Err(ErrorKind::WouldBlock)
        );
        client.write_all(b"ef").await.expect("the other direction is open");
        connection.readable().await.expect("it is open");
        assert_eq!(connection.try_read(&mut buffer).expect("two bytes"), 2);
        drop(client);
        connection.readable().await.expect("its end can be read");
        assert_eq!(connection.try_read(&mut buffer).expect("the end"), 0);
    }

    #[tokio::test]
    async fn a_dropped_connection_is_reset_if_that_was_asked_for() {
        for (asked, expected) in [(false, Ok(0)), (true, Err(ErrorKind::ConnectionReset))] {
            let (connection, mut client) = pair().await;
            if asked {
                connection.reset_when_dropped();
            }
            drop(connection);
            let end = client.read_to_end(&mut Vec::new()).await.map_err(|error| error.kind());
            assert_eq!(end, expected, "{asked}");
        }
    }
}

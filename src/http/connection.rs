//! An accepted connection: HTTP is served on it, and a WebSocket session reads and writes it afterwards.
//!
//! ```text
//! accept ─► Connection ─► Watched ─► hyper ─┬─► answers
//!                                           └─► 101 ─► Connection ─► Session (transport/socket/)
//! ```
//! It is plain TCP. Only this file knows that, so TLS is added here and in the accept loop (`serve.rs`), which calls a
//! second constructor: TLS's handshake, in the connection's own task. `stream` becomes an enum of TCP and of TCP with the
//! state of a TLS session, and each method a `match` with a second arm: no boxing, no dynamic dispatch. In that arm:
//!
//! - `try_write` and `try_write_vectored` encrypt into the session's buffer, then write the buffer with one system call;
//! - `poll_write_ready` writes what is left of that buffer, and is ready when nothing is left;
//! - `poll_read_ready` is ready when a decrypted byte waits, whatever the socket says;
//! - `shutdown` sends `close_notify` first;
//! - `reset_when_dropped` and the addresses are those of the TCP connection.
//!
//! This is why the methods take `&mut self`: TCP alone does not need it.

use std::{
    future::poll_fn,
    io::{self, IoSlice},
    net::SocketAddr,
    pin::Pin,
    task::{Context, Poll},
    time::Duration,
};

use tokio::{
    io::{AsyncRead, AsyncWrite, AsyncWriteExt, ReadBuf},
    net::TcpStream,
};

use super::connection_limit::ConnectionPermit;

/// A peer that accepts no data for this long, while some waits for it, is stalled: its connection is reset.
pub const STALLED_AFTER: Duration = Duration::from_secs(10);
/// Why a stalled peer is disconnected.
pub const STALLED: &str = "accepted no data for 10 s";

/// Bytes that may wait unsent in the kernel before a connection counts as full (tcp(7), `TCP_NOTSENT_LOWAT`).
const UNSENT_BYTES: u32 = 16 << 10;

/// Bytes of a request that are read before it is refused.
const REFUSED_BYTES: usize = 4 << 10;

/// An accepted connection.
#[derive(Debug)]
pub struct Connection {
    stream: TcpStream,
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
        Ok(Self { stream, remote, permit: None })
    }

    /// The connection with its place among all connections, which it keeps until it is closed.
    pub(super) fn with_permit(mut self, permit: ConnectionPermit) -> Self {
        self.permit = Some(permit);
        self
    }

    /// Answers with the bytes of `answer`, whatever the peer asks, and ends our direction. It takes no time: the peer gets
    /// the answer or, when it goes on sending, finds the connection closed.
    pub(super) fn refuse(self, answer: &[u8]) {
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
        self.stream.poll_read_ready(context)
    }

    /// Ready when [`Self::try_write`] may accept something; else `context` is woken then.
    pub fn poll_write_ready(&mut self, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.stream.poll_write_ready(context)
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
        self.stream.try_read(buffer)
    }

    /// Writes what is accepted now, without waiting.
    ///
    /// # Errors
    /// [`io::ErrorKind::WouldBlock`] when nothing is accepted; others when the connection is broken.
    pub fn try_write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.stream.try_write(bytes)
    }

    /// [`Self::try_write`] of several slices, one behind the other, with one system call.
    ///
    /// # Errors
    /// The same.
    pub fn try_write_vectored(&mut self, slices: &[IoSlice<'_>]) -> io::Result<usize> {
        self.stream.try_write_vectored(slices)
    }

    /// Ends our direction; the peer's stays open until it ends it.
    ///
    /// # Errors
    /// When the connection is broken.
    pub async fn shutdown(&mut self) -> io::Result<()> {
        self.stream.shutdown().await
    }

    /// Dropping the connection resets it from now on: what still waits in the kernel is thrown away.
    pub fn reset_when_dropped(&self) {
        if let Err(error) = socket2::SockRef::from(&self.stream).set_linger(Some(Duration::ZERO)) {
            tracing::trace!("connection ends without a reset: {error}");
        }
    }
}

impl AsyncRead for Connection {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(context, buffer)
    }
}

impl AsyncWrite for Connection {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(context, bytes)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write_vectored(context, slices)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
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

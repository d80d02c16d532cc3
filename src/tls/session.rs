//! The state of an encrypted connection (RFC 8446, RFC 5246). Sans-IO: the caller hands in its socket, which never blocks and
//! answers `WouldBlock` instead.
//!
//! ```text
//! write: plaintext ─► records, 32 KiB of plaintext at most ─► one write of the socket; what it refuses waits here
//! read:  socket ─► records ─► plaintext, one read of the socket at a time
//! ```
//! More is encrypted only when nothing waits, so a socket that is full is seen with the next write, as without TLS.

use std::io::{self, ErrorKind, IoSlice, Read, Write};

use rustls::ServerConnection;

/// Plaintext that is encrypted at once, before it is known whether the socket takes it: two records. Most frames are smaller, so
/// that one costs one write. A peer that takes less than this in 10 s counts as stalled.
pub(super) const ENCRYPTED_AT_ONCE: usize = 32 << 10;

/// The server's side of an encrypted connection.
#[derive(Debug)]
pub struct Session {
    inner: ServerConnection,
    /// Decrypted bytes that wait to be read.
    decrypted: usize,
    /// The peer has said that it sends no more, or its direction of the socket has ended.
    is_at_end: bool,
}

impl Session {
    pub(super) fn new(mut inner: ServerConnection) -> Self {
        inner.set_buffer_limit(Some(ENCRYPTED_AT_ONCE));
        Self { inner, decrypted: 0, is_at_end: false }
    }

    /// Goes on with the handshake as far as the socket allows.
    ///
    /// # Errors
    /// [`ErrorKind::WouldBlock`] when it waits for the socket: to be written if [`Self::has_unsent`], else to be read. Others
    /// when it has failed; the peer has got an alert then, if its socket took it.
    pub fn handshake(&mut self, socket: &mut (impl Read + Write)) -> io::Result<()> {
        loop {
            self.flush(socket)?;
            if !self.inner.is_handshaking() {
                return Ok(());
            }
            self.receive(socket)?;
            if self.is_at_end {
                return Err(ErrorKind::UnexpectedEof.into());
            }
        }
    }

    /// Reads once from the socket, if no decrypted bytes wait, and gives what there is then; 0 at the end.
    ///
    /// # Errors
    /// [`ErrorKind::WouldBlock`] when that gave none, though the socket may have more: a peer that sends empty records keeps the
    /// caller busy for a turn, and not for as long as it sends. Others when the connection is broken.
    pub fn read(&mut self, socket: &mut (impl Read + Write), buffer: &mut [u8]) -> io::Result<usize> {
        if self.decrypted == 0 && !self.is_at_end {
            self.receive(socket)?;
        }
        if self.decrypted == 0 {
            return if self.is_at_end { Ok(0) } else { Err(ErrorKind::WouldBlock.into()) };
        }
        let count = self.inner.reader().read(buffer)?;
        self.decrypted -= count;
        Ok(count)
    }

    /// Whether [`Self::read`] has something to give, whatever the socket says.
    #[must_use]
    pub const fn is_readable(&self) -> bool {
        self.decrypted > 0 || self.is_at_end
    }

    /// Encrypts what is accepted now of `slices`, one behind the other, and writes as much of it as the socket takes.
    ///
    /// # Errors
    /// [`ErrorKind::WouldBlock`] when the socket has not yet taken what was accepted before; others when the connection is
    /// broken.
    pub fn write(&mut self, socket: &mut impl Write, slices: &[IoSlice<'_>]) -> io::Result<usize> {
        self.flush(socket)?;
        let accepted = self.inner.writer().write_vectored(slices)?;
        match self.flush(socket) {
            Err(error) if error.kind() != ErrorKind::WouldBlock => Err(error),
            _ => Ok(accepted),
        }
    }

    /// Writes what is encrypted already.
    ///
    /// # Errors
    /// [`ErrorKind::WouldBlock`] when the socket does not take all of it; others when the connection is broken.
    pub fn flush(&mut self, socket: &mut impl Write) -> io::Result<()> {
        while self.inner.wants_write() {
            if self.inner.write_tls(socket)? == 0 {
                return Err(ErrorKind::WriteZero.into());
            }
        }
        Ok(())
    }

    /// Whether encrypted bytes wait to be written.
    #[must_use]
    pub fn has_unsent(&self) -> bool {
        self.inner.wants_write()
    }

    /// Says that we send no more (`close_notify`), with the next [`Self::flush`].
    pub fn end(&mut self) {
        self.inner.send_close_notify();
    }

    /// Reads once from the socket and decrypts what came.
    fn receive(&mut self, socket: &mut (impl Read + Write)) -> io::Result<()> {
        if self.inner.read_tls(socket)? == 0 {
            self.is_at_end = true;
            return Ok(());
        }
        let state = self.inner.process_new_packets().map_err(|error| {
            // The alert that says so. The connection ends whether the peer gets it or not.
            drop(self.inner.write_tls(socket));
            io::Error::new(ErrorKind::InvalidData, error)
        })?;
        self.decrypted = state.plaintext_bytes_to_read();
        self.is_at_end = state.peer_has_closed();
        // An answer to what came, such as new keys. If it has to wait, it goes out before the next bytes do.
        match self.flush(socket) {
            Err(error) if error.kind() != ErrorKind::WouldBlock => Err(error),
            _ => Ok(()),
        }
    }
}

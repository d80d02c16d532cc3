//! The closing handshake (RFC 6455 section 7): the message that has begun is finished, then the close frame is sent, then
//! the viewer's end of the connection is awaited.

use std::{io::ErrorKind, time::Duration};

use lenscast_media::websocket;

use super::outbox::Outbox;
use crate::http::Connection;

/// Bytes read from the connection at once.
const READ_BYTES: usize = 4 << 10;
/// The closing handshake may take this long; then the connection is closed without it.
const CLOSE_WITHIN: Duration = Duration::from_millis(300);

/// Close codes (RFC 6455 section 7.4.1, and the registry of IANA that goes on from there).
pub(in crate::transport) mod code {
    /// The peer closed without a code.
    pub(in crate::transport) const NORMAL: u16 = 1000;
    /// The server stops, the camera is removed, or the viewer is to connect again.
    pub(in crate::transport) const GOING_AWAY: u16 = 1001;
    /// The viewer cannot play the stream.
    pub(in crate::transport) const POLICY_VIOLATION: u16 = 1008;
    /// The server cannot make the track.
    pub(in crate::transport) const INTERNAL_ERROR: u16 = 1011;
    /// The viewer limit is reached.
    pub(in crate::transport) const TRY_AGAIN_LATER: u16 = 1013;
}

/// Closes the connection with `code` and `reason`.
pub(super) async fn close(mut connection: Connection, mut outbox: Outbox, code: u16, reason: &str) {
    outbox.keep_begun_message();
    outbox.framed(websocket::close(code, reason));
    let handshake = async {
        while !outbox.is_empty() {
            connection.writable().await?;
            outbox.write(&mut connection)?;
        }
        connection.shutdown().await?;
        let mut rest = [0; READ_BYTES];
        loop {
            connection.readable().await?;
            match connection.try_read(&mut rest) {
                Ok(0) => return Ok(()),
                Err(error) if error.kind() != ErrorKind::WouldBlock => return Err(error),
                _ => {}
            }
        }
    };
    let done: Result<std::io::Result<()>, _> = tokio::time::timeout(CLOSE_WITHIN, handshake).await;
    if !matches!(done, Ok(Ok(()))) {
        tracing::trace!(code, "closing handshake not finished");
    }
}

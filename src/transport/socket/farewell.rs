//! The end of a connection: what has begun is finished, then the close frame, then the viewer's own end is waited for.

use std::{io::ErrorKind, time::Duration};

use lenscast_media::websocket;
use tokio::net::TcpStream;

use super::{READ_BYTES, outbox::Outbox};

/// A viewer has so long to take our last words.
const CLOSE_WITHIN: Duration = Duration::from_millis(300);

/// Ends the connection politely, for as long as it may take.
pub(super) async fn farewell(stream: &TcpStream, mut outbox: Outbox, code: u16, reason: &str) {
    outbox.keep_what_has_begun();
    // 1005 and 1006 stand for "no code" and may not be sent (RFC 6455 section 7.4.1).
    let code = if matches!(code, 1000..=1003 | 1007..=1014 | 3000..=4999) { code } else { 1002 };
    outbox.framed(websocket::close(code, reason));
    let goodbye = async {
        while !outbox.is_empty() {
            stream.writable().await?;
            outbox.write(stream)?;
        }
        rustix::net::shutdown(stream, rustix::net::Shutdown::Write)?;
        let mut rest = [0; READ_BYTES];
        loop {
            stream.readable().await?;
            match stream.try_read(&mut rest) {
                Ok(0) => return Ok(()),
                Err(error) if error.kind() != ErrorKind::WouldBlock => return Err(error),
                _ => {}
            }
        }
    };
    let goodbye: Result<std::io::Result<()>, _> = tokio::time::timeout(CLOSE_WITHIN, goodbye).await;
    if !matches!(goodbye, Ok(Ok(()))) {
        tracing::trace!(code, "viewer did not answer the close");
    }
}

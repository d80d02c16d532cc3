//! The end of a connection: what has begun is finished, then the close frame, then the viewer's own end is waited for.

use std::{io::ErrorKind, time::Duration};

use lenscast_media::websocket;

use super::{READ_BYTES, outbox::Outbox};
use crate::http::Connection;

/// A viewer has so long to take our last words.
const CLOSE_WITHIN: Duration = Duration::from_millis(300);

/// Ends the connection politely, for as long as it may take.
pub(super) async fn farewell(mut connection: Connection, mut outbox: Outbox, code: u16, reason: &str) {
    outbox.keep_what_has_begun();
    // 1005 and 1006 stand for "no code" and may not be sent (RFC 6455 section 7.4.1).
    let code = if matches!(code, 1000..=1003 | 1007..=1014 | 3000..=4999) { code } else { 1002 };
    outbox.framed(websocket::close(code, reason));
    let goodbye = async {
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
    let goodbye: Result<std::io::Result<()>, _> = tokio::time::timeout(CLOSE_WITHIN, goodbye).await;
    if !matches!(goodbye, Ok(Ok(()))) {
        tracing::trace!(code, "viewer did not answer the close");
    }
}

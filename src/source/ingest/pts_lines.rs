//! Reads the lines that `rpicam-vid --save-pts /dev/fd/3` writes, one behind each access unit (`pts_list.rs`).
//!
//! A line proves that all bytes of its access unit have been written. No line is given after one that is no time, nor at the end
//! of the pipe; the pipe is read on, so that the program never waits.

use tokio::net::unix::pipe;

use super::pts_list::PtsList;

/// Bytes read at once.
const READ_BYTES: usize = 1024;

/// Reads the lines.
#[derive(Debug)]
pub(in crate::source) struct PtsLines {
    pipe: Option<pipe::Receiver>,
    list: PtsList,
}

impl PtsLines {
    pub(in crate::source) const fn new(pipe: Option<pipe::Receiver>) -> Self {
        Self { pipe, list: PtsList::new() }
    }

    /// The next line's time in microseconds. Nothing is lost when this is dropped while it waits.
    pub(in crate::source) async fn next(&mut self) -> u64 {
        loop {
            match self.list.next() {
                Ok(Some(pts_us)) => return pts_us,
                Ok(None) => {}
                Err(error) => tracing::debug!("timestamps ignored: descriptor 3: {error}"),
            }
            let Some(pipe) = &self.pipe else { return std::future::pending().await };
            let mut bytes = [0; READ_BYTES];
            let read = match pipe.readable().await {
                Ok(()) => pipe.try_read(&mut bytes),
                Err(error) => Err(error),
            };
            match read {
                Ok(0) => self.pipe = None,
                Ok(read) => self.list.push(&bytes[..read]),
                Err(error) if error.kind() == std::io::ErrorKind::WouldBlock => {}
                Err(_) => self.pipe = None,
            }
        }
    }
}

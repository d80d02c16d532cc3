//! A FIFO for a test to write to.

use std::{fs::File, path::PathBuf, time::Duration};

use rustix::{
    fs::{CWD, FileType, Mode, OFlags, mknodat, open},
    io::Errno,
};
use tokio::net::unix::pipe;

use super::within;

/// A FIFO in a folder of its own.
pub struct Fifo {
    pub folder: tempfile::TempDir,
    pub path: PathBuf,
}

impl Fifo {
    pub fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("camera");
        mknodat(CWD, &path, FileType::Fifo, Mode::RUSR | Mode::WUSR, 0).expect("a FIFO");
        Self { folder, path }
    }

    pub fn source(&self) -> String {
        format!("file:{}", self.path.display())
    }

    /// A writer; there has to be a reader, for it does not wait for one.
    pub fn writer(&self) -> File {
        let flags = OFlags::WRONLY | OFlags::NONBLOCK | OFlags::CLOEXEC;
        File::from(open(&self.path, flags, Mode::empty()).expect("the server reads"))
    }

    /// A writer that waits for its reader, and while the FIFO is full.
    pub async fn sender(&self) -> pipe::Sender {
        within("a reader of the FIFO", async {
            loop {
                match pipe::OpenOptions::new().open_sender(&self.path) {
                    Ok(sender) => return sender,
                    Err(error) if error.raw_os_error() == Some(Errno::NXIO.raw_os_error()) => {
                        tokio::time::sleep(Duration::from_millis(2)).await;
                    }
                    Err(error) => panic!("the FIFO does not open: {error}"),
                }
            }
        })
        .await
    }
}

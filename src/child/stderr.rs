//! A child's standard error. It is always read, logged, and its last line is kept.

use std::sync::{Arc, Mutex};

use tokio::{
    io::{AsyncBufReadExt, AsyncReadExt, BufReader},
    process::ChildStderr,
};

/// Longest line; a longer one is split.
const LINE_BYTES: u64 = 500;

/// The newest line of a child's standard error.
#[derive(Clone, Default)]
pub(super) struct LastWords(Arc<Mutex<String>>);

impl LastWords {
    /// Reads until the end; `on_line` sees every line.
    pub(super) async fn listen(
        self,
        stderr: ChildStderr,
        camera: String,
        mut on_line: Box<dyn FnMut(&str) + Send>,
    ) {
        let mut reader = BufReader::new(stderr);
        let mut line = Vec::new();
        loop {
            line.clear();
            match (&mut reader).take(LINE_BYTES).read_until(b'\n', &mut line).await {
                Ok(0) | Err(_) => return,
                Ok(_) => {}
            }
            let text = String::from_utf8_lossy(&line);
            let text = text.trim();
            if text.is_empty() {
                continue;
            }
            tracing::debug!(camera, "standard error: {text}");
            on_line(text);
            text.clone_into(&mut self.0.lock().expect("no holder of this lock panics"));
        }
    }

    /// The last line so far.
    pub(super) fn last(&self) -> String {
        self.0.lock().expect("no holder of this lock panics").clone()
    }
}

//! A child's standard error. It is always read, its credentials are masked, it is logged, and its last line is kept.

use std::sync::{Arc, Mutex};

use tokio::{io::AsyncReadExt, process::ChildStderr};

use super::lines::Lines;
use crate::redact::redacted;

/// Bytes read at once.
const READ_BYTES: usize = 4096;
/// Longest line that is shown; a longer one is cut.
const SHOWN_CHARS: usize = 500;

/// The newest line of a child's standard error that may be the reason for its end.
#[derive(Clone, Default)]
pub(super) struct LastWords(Arc<Mutex<String>>);

impl LastWords {
    /// Reads until the end; `on_line` sees every line.
    pub(super) async fn listen(
        self,
        mut stderr: ChildStderr,
        camera: String,
        mut on_line: Box<dyn FnMut(&str) + Send>,
    ) {
        let (mut lines, mut chunk) = (Lines::default(), vec![0; READ_BYTES]);
        let mut hear = |line: &str| {
            let mut text = redacted(line);
            if let Some((end, _)) = text.char_indices().nth(SHOWN_CHARS) {
                text.truncate(end);
                text.push('…');
            }
            tracing::debug!(camera, "standard error: {text}");
            on_line(&text);
            if !text.is_empty() && !is_information(&text) {
                *self.0.lock().expect("no holder of this lock panics") = text;
            }
        };
        while let Ok(count @ 1..) = stderr.read(&mut chunk).await {
            lines.push(&chunk[..count], &mut hear);
        }
        lines.finish(&mut hear);
    }

    /// The last line so far.
    pub(super) fn last(&self) -> String {
        self.0.lock().expect("no holder of this lock panics").clone()
    }
}

/// Whether a line of libcamera (`[0:00:01.4] [7]  INFO Camera …`) says only what goes on: no reason for an end.
fn is_information(line: &str) -> bool {
    let mut words = line.split_whitespace().skip_while(|word| word.starts_with('[') && word.ends_with(']'));
    line.starts_with('[') && matches!(words.next(), Some("INFO" | "DEBUG"))
}

//! A page folder of the user: serves the files below it, and nothing else.
//!
//! ```text
//! /a/b%20c.js ─► segments, decoded ─► root/a/b c.js ─► without links: still below root, and a plain file
//! ```
//! A segment that is empty, begins with a dot, or contains a slash, a backslash or NUL is refused before the file system
//! is used; symbolic links are resolved and checked afterwards.

use std::path::{Path, PathBuf};

use percent_encoding::percent_decode_str;

/// The file that a folder's own address means.
const INDEX: &str = "index.html";

/// A folder that existed when it was opened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Folder {
    /// Absolute, without links.
    root: PathBuf,
}

/// Why a folder cannot be served.
#[derive(Debug, thiserror::Error)]
pub enum FolderError {
    /// It cannot be read.
    #[error("{}", crate::os_error::in_words(.0))]
    Io(#[from] std::io::Error),
    /// It is not a folder.
    #[error("this is not a folder")]
    NotAFolder,
    /// It has no index.html.
    #[error("there is no index.html in it")]
    NoIndex,
}

impl Folder {
    /// The folder at `path`, which must hold an index.html.
    ///
    /// # Errors
    /// When it does not exist, or has no index.html.
    pub fn open(path: &Path) -> Result<Self, FolderError> {
        let root = path.canonicalize()?;
        if !root.is_dir() {
            return Err(FolderError::NotAFolder);
        }
        if !root.join(INDEX).is_file() {
            return Err(FolderError::NoIndex);
        }
        Ok(Self { root })
    }

    /// The plain file that the path of a request means, if it is in the folder.
    pub(super) async fn find(&self, url_path: &str) -> Option<PathBuf> {
        let path = self.root.join(relative(url_path)?);
        let real = tokio::fs::canonicalize(path).await.ok()?;
        if !real.starts_with(&self.root) {
            tracing::debug!(path = url_path, "path leads out of its folder");
            return None;
        }
        tokio::fs::metadata(&real).await.ok()?.is_file().then_some(real)
    }
}

/// The path below the folder; `None` for a path that is refused.
fn relative(url_path: &str) -> Option<PathBuf> {
    let mut relative = PathBuf::new();
    let mut segments = url_path.strip_prefix('/')?.split('/').peekable();
    while let Some(segment) = segments.next() {
        let name = percent_decode_str(segment).decode_utf8().ok()?;
        if name.is_empty() && segments.peek().is_none() {
            relative.push(INDEX);
            break;
        }
        if name.is_empty() || name.starts_with('.') || name.contains(['/', '\\', '\0']) {
            return None;
        }
        relative.push(&*name);
    }
    Some(relative)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_of_requests() {
        let table = [
            ("/", Some("index.html")),
            ("/index.html", Some("index.html")),
            ("/js/Player.js", Some("js/Player.js")),
            ("/js/", Some("js/index.html")),
            ("/my%20page.html", Some("my page.html")),
            ("/%2e%2e/secret", None),
            ("/../secret", None),
            ("/js/../../secret", None),
            ("/js/%2E%2E%2fsecret", None),
            ("/..%2fsecret", None),
            ("/js%2fPlayer.js", None),
            ("/js%5cPlayer.js", None),
            ("/a%00.html", None),
            ("//etc/passwd", None),
            ("/js//Player.js", None),
            ("/.git/config", None),
            ("/.", None),
            ("/%ff", None),
            ("js", None),
            ("", None),
        ];
        for (path, expected) in table {
            assert_eq!(relative(path), expected.map(PathBuf::from), "{path}");
        }
    }
}

//! Files of the state folder: PEM with lines such as `name: pi` in front, readable for nobody else.

use std::{
    fs::{File, OpenOptions},
    io::{ErrorKind, Read, Write},
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
};

/// A longer file is none of ours.
const MAX_BYTES: u64 = 64 << 10;

/// The text of a file; `None` if it is not there.
pub(super) fn text_of(path: &Path) -> std::io::Result<Option<String>> {
    match File::open(path) {
        Ok(file) => {
            let mut text = String::new();
            file.take(MAX_BYTES).read_to_string(&mut text)?;
            Ok(Some(text))
        }
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

/// The value of the line `key: value`.
pub(super) fn line<'t>(text: &'t str, key: &str) -> Option<&'t str> {
    text.lines().find_map(|line| line.strip_prefix(key)?.strip_prefix(": "))
}

/// Writes a file that is not there yet; whether it was not.
pub(super) fn create(path: &Path, text: &str) -> std::io::Result<bool> {
    let whole = whole(path, text)?;
    let created = std::fs::hard_link(&whole, path);
    std::fs::remove_file(&whole)?;
    match created {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == ErrorKind::AlreadyExists => Ok(false),
        Err(error) => Err(error),
    }
}

/// Writes a file, or replaces it whole.
pub(super) fn replace(path: &Path, text: &str) -> std::io::Result<()> {
    std::fs::rename(whole(path, text)?, path)
}

/// The file under another name, beside where it is to be.
fn whole(path: &Path, text: &str) -> std::io::Result<PathBuf> {
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder)?;
    }
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(format!(".{}", std::process::id()));
    let whole = path.with_file_name(name);
    let mut file = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&whole)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()?;
    Ok(whole)
}

//! What access keeps in the state folder besides the key: users who were added by the page or by a command without a
//! configuration file, and the names of links that were revoked.
//!
//! ```text
//! users.toml      [[user]] tables, as in the configuration file
//! revoked.links   a name a line
//! made.links      made_links.rs
//! ```
//! Both are written whole under another name and then renamed, so a reader never sees half of one.

use std::{
    collections::BTreeSet,
    fs::OpenOptions,
    io::{ErrorKind, Read, Write},
    os::unix::fs::{MetadataExt, OpenOptionsExt},
    path::{Path, PathBuf},
    sync::Mutex,
};

use super::{
    link::{LinkName, Revoked},
    rules::Stored,
    table::users_in,
};

/// The file of users.
const USERS: &str = "users.toml";
/// The file of revoked links.
const REVOKED: &str = "revoked.links";
/// A longer file is none of ours.
const MAX_BYTES: u64 = 1 << 20;

/// The state folder, which need not exist.
#[derive(Debug)]
pub(super) struct Store {
    folder: Option<PathBuf>,
    /// The versions of the files that were read last.
    seen: Mutex<Versions>,
}

/// When each file, its owner or its rights were changed (seconds and nanoseconds), and its length; `None` where it is not there.
type Versions = [Option<(i64, i64, u64)>; 2];

impl Store {
    pub(super) fn new(folder: Option<PathBuf>) -> Self {
        Self { folder, seen: Mutex::default() }
    }

    /// The folder.
    pub(super) fn folder(&self) -> Option<&Path> {
        self.folder.as_deref()
    }

    /// The file of users.
    pub(super) fn users_file(&self) -> Option<PathBuf> {
        self.folder.as_ref().map(|folder| folder.join(USERS))
    }

    /// Whether a file was written since they were read.
    pub(super) fn has_changed(&self) -> bool {
        self.folder.is_some() && self.versions() != *self.seen.lock().expect("no holder of this lock panics")
    }

    /// Reads both files. What cannot be read is logged: it lets nobody in.
    pub(super) fn read(&self) -> Stored {
        let Some(folder) = &self.folder else { return Stored::default() };
        *self.seen.lock().expect("no holder of this lock panics") = self.versions();
        let users = text_of(&folder.join(USERS)).and_then(|text| {
            users_in(&folder.join(USERS), &text).map_err(|error| std::io::Error::other(error.to_string()))
        });
        let is_broken = users.is_err();
        let users = users.unwrap_or_else(|error| {
            tracing::error!("users of the state folder not read, so nobody of them gets in: {error}");
            Vec::new()
        });
        let revoked = revoked_in(folder).map_or_else(
            |error| {
                tracing::error!(
                    "revoked links of the state folder not read, so no link lets anybody in: {error}"
                );
                Revoked::All
            },
            Revoked::Names,
        );
        Stored { users, is_broken, revoked }
    }

    fn versions(&self) -> Versions {
        let Some(folder) = &self.folder else { return Versions::default() };
        [USERS, REVOKED].map(|name| {
            let metadata = std::fs::metadata(folder.join(name)).ok()?;
            Some((metadata.ctime(), metadata.ctime_nsec(), metadata.len()))
        })
    }
}

/// The names of the revoked links of `folder`.
///
/// # Errors
/// When the file cannot be read.
pub(super) fn revoked_in(folder: &Path) -> std::io::Result<BTreeSet<LinkName>> {
    Ok(text_of(&folder.join(REVOKED))?.lines().filter_map(|name| name.parse().ok()).collect())
}

/// Adds `name` to the revoked links of `folder`.
///
/// # Errors
/// When the file cannot be read or written.
pub(super) fn revoke(folder: &Path, name: &LinkName) -> std::io::Result<()> {
    std::fs::create_dir_all(folder)?;
    let path = folder.join(REVOKED);
    let mut text = text_of(&path)?;
    if !text.lines().any(|line| line == name.to_string()) {
        text.push_str(&format!("{name}\n"));
        replace(&path, &text)?;
    }
    Ok(())
}

/// The text of a file; none if it is not there.
pub(super) fn text_of(path: &Path) -> std::io::Result<String> {
    match OpenOptions::new().read(true).open(path) {
        Ok(file) => {
            let mut text = String::new();
            file.take(MAX_BYTES + 1).read_to_string(&mut text)?;
            match text.len() as u64 > MAX_BYTES {
                true => {
                    Err(std::io::Error::other(format!("{}: longer than {MAX_BYTES} bytes", path.display())))
                }
                false => Ok(text),
            }
        }
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(String::new()),
        Err(error) => Err(error),
    }
}

/// Replaces a file whole. It keeps the rights and the owner that it has; a new one is readable for nobody else, and belongs to the
/// owner of its folder: root may run a command beside a server of another user.
///
/// # Errors
/// When it cannot be written.
pub(super) fn replace(path: &Path, text: &str) -> std::io::Result<()> {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(format!(".{}", std::process::id()));
    let whole = path.with_file_name(name);
    let mut file = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&whole)?;
    let written = file.write_all(text.as_bytes()).and_then(|()| file.sync_all()).and_then(|()| {
        let before = std::fs::metadata(path).ok();
        if let Some(before) = &before {
            file.set_permissions(before.permissions())?;
        }
        let like = before.or_else(|| std::fs::metadata(path.parent()?).ok());
        if let Some(like) = like.filter(|like| file.metadata().is_ok_and(|ours| ours.uid() != like.uid())) {
            std::os::unix::fs::fchown(&file, Some(like.uid()), Some(like.gid()))?;
        }
        std::fs::rename(&whole, path)
    });
    if written.is_err() {
        drop(std::fs::remove_file(&whole));
    }
    written
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn revoked_links_are_kept() {
        let folder = tempfile::tempdir().expect("a folder");
        let state = folder.path().join("state");
        let store = Store::new(Some(state.clone()));
        assert_eq!(store.read().revoked, Revoked::default());
        assert!(!store.has_changed());
        for name in ["tv", "tablet", "tv"] {
            revoke(&state, &name.parse().expect("a name")).expect("written");
        }
        assert!(store.has_changed());
        let names = ["tablet", "tv"].map(|name| name.parse().expect("a name"));
        assert_eq!(store.read().revoked, Revoked::Names(names.into()));
        assert!(!store.has_changed());
        assert_eq!(std::fs::read_dir(&state).expect("a folder").count(), 1);
    }

    #[test]
    fn a_file_that_is_no_list_of_users_lets_nobody_in() {
        let folder = tempfile::tempdir().expect("a folder");
        std::fs::write(folder.path().join(USERS), "[[user]]\nname = 3\n").expect("written");
        let store = Store::new(Some(folder.path().to_owned()));
        let stored = store.read();
        assert!(stored.users.is_empty() && stored.is_broken);
    }

    #[test]
    fn a_list_of_revoked_links_that_cannot_be_read_lets_no_link_in() {
        let too_long = vec![b'a'; MAX_BYTES as usize + 1];
        for (name, bytes) in [("no UTF-8", &b"tv\n\xff\n"[..]), ("too long", &too_long)] {
            let folder = tempfile::tempdir().expect("a folder");
            let path = folder.path().join(REVOKED);
            std::fs::write(&path, bytes).expect("written");
            let store = Store::new(Some(folder.path().to_owned()));
            assert_eq!(store.read().revoked, Revoked::All, "{name}");
            std::fs::write(&path, "tv\n").expect("written");
            assert!(store.has_changed(), "{name}");
            assert_ne!(store.read().revoked, Revoked::All, "{name}");
        }
    }

    #[test]
    fn other_rights_are_a_change() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().expect("a folder");
        revoke(folder.path(), &"tv".parse().expect("a name")).expect("written");
        let store = Store::new(Some(folder.path().to_owned()));
        store.read();
        // The clock of a file system may stand still for some milliseconds.
        while !store.has_changed() {
            let rights = std::fs::Permissions::from_mode(0o640);
            std::fs::set_permissions(folder.path().join(REVOKED), rights).expect("ours");
        }
    }
}

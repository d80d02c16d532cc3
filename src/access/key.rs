//! The server's secret, with which it signs links and sessions: HMAC-SHA-256 (RFC 2104), cut to 128 bits.
//!
//! It lies in the state folder, readable for nobody else, and is made when it is first needed. Without a state folder it
//! lives as long as the process.

use std::{
    fs::OpenOptions,
    io::{ErrorKind, Read, Write},
    os::unix::fs::OpenOptionsExt,
    path::Path,
};

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use hmac::{Hmac, KeyInit, Mac};
use rustix::rand::{GetRandomFlags, getrandom};
use sha2::Sha256;

/// Bytes of the key.
const KEY_BYTES: usize = 32;
/// Bytes of a signature.
const SIGNATURE_BYTES: usize = 16;
/// The key's file in the state folder.
const FILE: &str = "access.key";

/// What a signature is for: one made for the one purpose is worth nothing for the other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Purpose {
    /// A link.
    Link,
    /// A session's cookie.
    Session,
    /// A password that was right a moment ago.
    Remembered,
}

impl Purpose {
    const fn name(self) -> &'static [u8] {
        match self {
            Self::Link => b"lenscast link 1\0",
            Self::Session => b"lenscast session 1\0",
            Self::Remembered => b"lenscast remembered 1\0",
        }
    }
}

/// Fills `bytes` with random numbers of the system.
///
/// # Errors
/// When it gives none.
pub(super) fn fill_random(bytes: &mut [u8]) -> std::io::Result<()> {
    // So few are never given in part (getrandom(2)).
    let filled = getrandom(&mut *bytes, GetRandomFlags::empty())?;
    if filled == bytes.len() { Ok(()) } else { Err(ErrorKind::UnexpectedEof.into()) }
}

/// The secret.
#[derive(Clone)]
pub struct Key([u8; KEY_BYTES]);

impl std::fmt::Debug for Key {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("Key")
    }
}

impl Key {
    /// A new one, kept nowhere.
    ///
    /// # Errors
    /// When the system gives no random numbers.
    pub fn random() -> std::io::Result<Self> {
        let mut key = [0; KEY_BYTES];
        fill_random(&mut key)?;
        Ok(Self(key))
    }

    /// The one of this state folder; makes it if there is none.
    ///
    /// # Errors
    /// When it cannot be read or written, or is no key.
    pub fn of_folder(folder: &Path) -> std::io::Result<Self> {
        let path = folder.join(FILE);
        match OpenOptions::new().read(true).open(&path) {
            Ok(file) => Self::read(file),
            Err(error) if error.kind() == ErrorKind::NotFound => {
                let key = Self::random()?;
                std::fs::create_dir_all(folder)?;
                // Another process may make one at this moment: the first one counts.
                let whole = folder.join(format!("{FILE}.{}", std::process::id()));
                let mut file =
                    OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&whole)?;
                file.write_all(&key.0)?;
                file.sync_all()?;
                let made = std::fs::hard_link(&whole, &path);
                std::fs::remove_file(&whole)?;
                match made {
                    Ok(()) => Ok(key),
                    Err(error) if error.kind() == ErrorKind::AlreadyExists => {
                        Self::read(OpenOptions::new().read(true).open(&path)?)
                    }
                    Err(error) => Err(error),
                }
            }
            Err(error) => Err(error),
        }
    }

    fn read(file: impl Read) -> std::io::Result<Self> {
        let mut bytes = Vec::new();
        file.take(KEY_BYTES as u64 + 1).read_to_end(&mut bytes)?;
        let key = <[u8; KEY_BYTES]>::try_from(bytes);
        key.map(Self).map_err(|_| {
            std::io::Error::new(ErrorKind::InvalidData, format!("{FILE} is not {KEY_BYTES} bytes long"))
        })
    }

    /// Signs `message`, whose parts the caller keeps apart: 22 characters that may stand in an address.
    pub(super) fn sign(&self, purpose: Purpose, message: &[u8]) -> String {
        let signature = self.mac(purpose, message).finalize().into_bytes();
        URL_SAFE_NO_PAD.encode(&signature[..SIGNATURE_BYTES])
    }

    /// Whether `signature` is that of `message`; takes as long for each wrong one.
    pub(super) fn is_signature(&self, purpose: Purpose, message: &[u8], signature: &str) -> bool {
        let signature = URL_SAFE_NO_PAD.decode(signature).unwrap_or_default();
        signature.len() == SIGNATURE_BYTES
            && self.mac(purpose, message).verify_truncated_left(&signature).is_ok()
    }

    fn mac(&self, purpose: Purpose, message: &[u8]) -> Hmac<Sha256> {
        let mac = <Hmac<Sha256> as KeyInit>::new_from_slice(&self.0);
        mac.expect("HMAC takes keys of any length").chain_update(purpose.name()).chain_update(message)
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn a_signature_is_for_one_message_purpose_and_key() {
        let (key, other) = (Key([1; KEY_BYTES]), Key([2; KEY_BYTES]));
        let signature = key.sign(Purpose::Link, b"door");
        assert_eq!(signature.len(), 22);
        assert!(key.is_signature(Purpose::Link, b"door", &signature));
        let table = [
            ("another message", key.is_signature(Purpose::Link, b"doors", &signature)),
            ("another purpose", key.is_signature(Purpose::Session, b"door", &signature)),
            ("another key", other.is_signature(Purpose::Link, b"door", &signature)),
            ("cut off", key.is_signature(Purpose::Link, b"door", &signature[..21])),
            ("nothing", key.is_signature(Purpose::Link, b"door", "")),
            ("longer", key.is_signature(Purpose::Link, b"door", &format!("{signature}AA"))),
        ];
        for (name, holds) in table {
            assert!(!holds, "{name}");
        }
    }

    #[test]
    fn the_key_of_a_folder_is_made_once_and_only_ours() {
        let folder = tempfile::tempdir().expect("a folder");
        let state = folder.path().join("lenscast");
        let key = Key::of_folder(&state).expect("it is made");
        let again = Key::of_folder(&state).expect("it is there");
        assert_eq!(key.0, again.0);
        let mode = std::fs::metadata(state.join(FILE)).expect("a file").permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        assert_eq!(std::fs::read_dir(&state).expect("a folder").count(), 1);
        std::fs::write(state.join(FILE), b"short").expect("written");
        assert!(Key::of_folder(&state).is_err(), "a key is never replaced");
    }
}

//! Signed links: a token in an address lets its bearer use one camera until it expires.
//!
//! ```text
//! lc1.door.view.1798761600.tv.3q2-7wAAAAAAAAAAAAAAAA
//!     │    │    │          │  signature of what stands before it (key.rs)
//!     │    │    │          name, by which it is revoked
//!     │    │    seconds since 1970, or 0: never expires
//!     │    right
//!     camera, or * for all
//! ```
//! Every character may stand in an address as it is. The server keeps no list of links, only of the names that were revoked.

use std::{collections::BTreeSet, fmt, str::FromStr};

use super::{
    key::{Key, Purpose},
    right::{Right, Scope},
};

/// How every token begins.
pub(super) const PREFIX: &str = "lc1.";
/// A longer text is no token.
const MAX_TOKEN_BYTES: usize = 256;
/// Most characters of a link's name.
const MAX_NAME_CHARS: usize = 32;

/// A link's name, by which it is revoked: as a camera's name is.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LinkName(String);

/// A name that no link has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a link's name has 1 to {MAX_NAME_CHARS} lower-case letters, digits, - and _")]
pub struct LinkNameError;

impl FromStr for LinkName {
    type Err = LinkNameError;

    fn from_str(text: &str) -> Result<Self, LinkNameError> {
        let is_allowed = (1..=MAX_NAME_CHARS).contains(&text.len()) && is_plain(text);
        is_allowed.then(|| Self(text.to_owned())).ok_or(LinkNameError)
    }
}

impl fmt::Display for LinkName {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

fn is_plain(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || matches!(byte, b'-' | b'_'))
}

/// What a link gives.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Link {
    /// The camera, or all.
    pub camera: Option<String>,
    /// What may be done with it.
    pub right: Right,
    /// Seconds since 1970 at which it expires; never if `None`.
    pub expires_at: Option<u64>,
    /// Its name.
    pub name: LinkName,
}

/// Why a token gives nothing. What it says is told to nobody who does not hold the link.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LinkError {
    /// It is none of this server's.
    #[error("this link is not of this server")]
    Unknown,
    /// Its time is over.
    #[error("this link has expired")]
    Expired,
    /// It was revoked.
    #[error("this link was revoked")]
    Revoked,
}

impl Link {
    /// The token.
    #[must_use]
    pub fn token(&self, key: &Key) -> String {
        let signed = self.signed_part();
        let signature = key.sign(Purpose::Link, signed.as_bytes());
        format!("{signed}.{signature}")
    }

    /// Its token without the signature.
    pub(super) fn signed_part(&self) -> String {
        let camera = self.camera.as_deref().unwrap_or("*");
        format!("{PREFIX}{camera}.{}.{}.{}", self.right, self.expires_at.unwrap_or(0), self.name)
    }

    /// Reads a token, at `now` in seconds since 1970.
    ///
    /// # Errors
    /// When it gives nothing.
    pub fn read(token: &str, key: &Key, revoked: &Revoked, now: u64) -> Result<Self, LinkError> {
        let link = Self::verified(token, key).ok_or(LinkError::Unknown)?;
        if revoked.contains(&link.name) {
            return Err(LinkError::Revoked);
        }
        if link.expires_at.is_some_and(|at| at <= now) {
            return Err(LinkError::Expired);
        }
        Ok(link)
    }

    fn verified(token: &str, key: &Key) -> Option<Self> {
        if token.len() > MAX_TOKEN_BYTES {
            return None;
        }
        let (signed, signature) = token.rsplit_once('.')?;
        let is_ours = key.is_signature(Purpose::Link, signed.as_bytes(), signature);
        is_ours.then(|| Self::of_signed_part(signed)).flatten()
    }

    /// The link of a token's part before the signature.
    pub(super) fn of_signed_part(signed: &str) -> Option<Self> {
        let mut parts = signed.strip_prefix(PREFIX)?.split('.');
        let (camera, right, expires_at, name) = (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
        if parts.next().is_some() {
            return None;
        }
        Some(Self {
            camera: (camera != "*").then(|| camera.to_owned()),
            right: right.parse().ok()?,
            expires_at: Some(expires_at.parse().ok()?).filter(|at| *at != 0),
            name: name.parse().ok()?,
        })
    }

    /// The cameras that it is for.
    #[must_use]
    pub fn scope(&self) -> Scope {
        match &self.camera {
            Some(camera) => Scope::Only(BTreeSet::from([camera.clone()])),
            None => Scope::All,
        }
    }
}

/// Which links are revoked: some by name, or all while the list cannot be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Revoked {
    /// Those of these names.
    Names(BTreeSet<LinkName>),
    /// Nobody knows which, so no link lets anybody in.
    All,
}

impl Revoked {
    /// Whether a link of this name is revoked.
    #[must_use]
    pub fn contains(&self, name: &LinkName) -> bool {
        match self {
            Self::Names(names) => names.contains(name),
            Self::All => true,
        }
    }
}

impl Default for Revoked {
    fn default() -> Self {
        Self::Names(BTreeSet::new())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn link(camera: Option<&str>, expires_at: Option<u64>) -> Link {
        let name = "tv".parse().expect("a name");
        Link { camera: camera.map(str::to_owned), right: Right::View, expires_at, name }
    }

    #[test]
    fn a_token_reads_as_it_was_written() {
        let key = Key::random().expect("random numbers");
        for link in [link(Some("door"), Some(100)), link(None, None)] {
            let token = link.token(&key);
            assert!(token.starts_with(PREFIX) && token.len() <= MAX_TOKEN_BYTES, "{token}");
            assert!(
                token.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.*".contains(&byte)),
                "{token}"
            );
            assert_eq!(Link::read(&token, &key, &Revoked::default(), 99), Ok(link));
        }
    }

    #[test]
    fn tokens_that_give_nothing() {
        let (key, other) = (Key::random().expect("random"), Key::random().expect("random"));
        let none = Revoked::default();
        let revoked = Revoked::Names(["tv".parse().expect("a name")].into());
        let token = link(Some("door"), Some(100)).token(&key);
        let shed = token.replace("door", "shed");
        let later = token.replace(".100.", ".999.");
        let table = [
            ("expired", &token[..], &none, 100, LinkError::Expired),
            ("revoked", &token, &revoked, 99, LinkError::Revoked),
            ("revoked and expired", &token, &revoked, 100, LinkError::Revoked),
            ("another camera", &shed, &none, 99, LinkError::Unknown),
            ("another time", &later, &none, 99, LinkError::Unknown),
            ("nothing", "", &none, 99, LinkError::Unknown),
            ("no signature", "lc1.door.view.0.tv", &none, 99, LinkError::Unknown),
            ("cut off", &token[..token.len() - 1], &none, 99, LinkError::Unknown),
        ];
        for (name, token, revoked, now, expected) in table {
            assert_eq!(Link::read(token, &key, revoked, now), Err(expected), "{name}");
        }
        assert_eq!(Link::read(&token, &other, &none, 99), Err(LinkError::Unknown), "another server's");
        let long = format!("{}{token}", "a".repeat(MAX_TOKEN_BYTES));
        assert_eq!(Link::read(&long, &key, &none, 99), Err(LinkError::Unknown), "long");
    }

    #[test]
    fn names() {
        for name in ["tv", "kitchen-tablet_2"] {
            assert_eq!(name.parse::<LinkName>().map(|name| name.to_string()).as_deref(), Ok(name));
        }
        for name in ["", "TV", "a.b", "ü", &"a".repeat(33)] {
            assert_eq!(name.parse::<LinkName>(), Err(LinkNameError), "{name:?}");
        }
    }
}

//! A person who may use the server.

use super::{
    password::CheckedHash,
    right::{Right, Scope},
};

/// Most bytes of a user's name.
const MAX_NAME_BYTES: usize = 64;

/// A user of the configuration, checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct User {
    /// Name, as it is typed to log in.
    pub name: UserName,
    /// Hash of the password.
    pub password: CheckedHash,
    /// What the user may do.
    pub right: Right,
    /// With which cameras.
    pub scope: Scope,
}

/// A user's name: no control characters, no `:` (HTTP Basic ends the name there, RFC 7617 section 2), no blanks at its ends.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct UserName(String);

/// A name that no user has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "a user's name has 1 to {MAX_NAME_BYTES} bytes, no colon, no control characters and no blanks at its ends"
)]
pub struct NameError;

impl UserName {
    /// Checks a name.
    ///
    /// # Errors
    /// When no user may be called that.
    pub fn new(name: &str) -> Result<Self, NameError> {
        let is_allowed = (1..=MAX_NAME_BYTES).contains(&name.len())
            && !name.chars().any(|char| char.is_control() || char == ':')
            && name.trim() == name;
        is_allowed.then(|| Self(name.to_owned())).ok_or(NameError)
    }

    /// The name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names() {
        let long = "a".repeat(MAX_NAME_BYTES);
        for name in ["a", "anna", "Anna Müller", "anna@example.org", &long] {
            assert_eq!(UserName::new(name).map(|name| name.0).as_deref(), Ok(name));
        }
        let longer = format!("{long}a");
        for name in ["", " anna", "anna ", "an:na", "an\nna", "\u{7f}", &longer] {
            assert_eq!(UserName::new(name), Err(NameError), "{name:?}");
        }
    }
}

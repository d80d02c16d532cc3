//! What somebody may do, and with which cameras.

use std::{collections::BTreeSet, fmt, str::FromStr};

/// A right. Each holds those before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Right {
    /// Watch and listen.
    View,
    /// Steer a camera, too.
    Control,
    /// Change the server, too.
    Admin,
}

impl Right {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::View, Self::Control, Self::Admin];

    /// Its name, as in the configuration.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::View => "view",
            Self::Control => "control",
            Self::Admin => "admin",
        }
    }
}

impl fmt::Display for Right {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name())
    }
}

/// There is no such right.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("there is no right {0:?}: it is view, control or admin")]
pub struct UnknownRight(String);

impl FromStr for Right {
    type Err = UnknownRight;

    fn from_str(text: &str) -> Result<Self, UnknownRight> {
        Self::ALL.into_iter().find(|right| right.name() == text).ok_or_else(|| UnknownRight(text.to_owned()))
    }
}

/// The cameras that somebody may use.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Scope {
    /// All, those that are added later, too.
    All,
    /// These, by name.
    Only(BTreeSet<String>),
}

impl Scope {
    /// Whether `camera` is one of them.
    #[must_use]
    pub fn has(&self, camera: &str) -> bool {
        match self {
            Self::All => true,
            Self::Only(names) => names.contains(camera),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rights_are_read_as_they_are_written() {
        for right in Right::ALL {
            assert_eq!(right.to_string().parse(), Ok(right));
        }
        let unknown = "wiew".parse::<Right>().expect_err("unknown");
        assert_eq!(unknown.to_string(), "there is no right \"wiew\": it is view, control or admin");
        assert!(Right::View < Right::Control && Right::Control < Right::Admin);
    }
}

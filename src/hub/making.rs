//! How the making of a rendition goes, as viewers and the status are told.
//!
//! ```text
//! Rests ──► Runs ──► Rests
//!            ├──► Reduced            and back, as the recipe says
//!            └──► Failed ─ a frame ──► Runs
//! ```

/// How the making of a rendition goes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Making {
    /// It is not made by us, or nobody wants it now.
    #[default]
    Rests,
    /// Its encoder runs.
    Runs,
    /// Its encoder runs and gives less than it should. A sentence for a person.
    Reduced(String),
    /// Its encoder has failed and is tried again soon. A sentence for a person.
    Failed(String),
}

impl Making {
    /// Why it cannot be made, if it cannot.
    #[must_use]
    pub fn failure(&self) -> Option<&str> {
        match self {
            Self::Failed(reason) => Some(reason),
            Self::Rests | Self::Runs | Self::Reduced(_) => None,
        }
    }
}

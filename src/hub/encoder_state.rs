//! How the making of a rendition goes, as viewers and the status are told.
//!
//! ```text
//! Rests ──► Runs ──► Rests
//!            ├──► Reduced            and back, as the recipe says
//!            └──► Failed ─ a frame ──► Runs
//! ```

/// How the making of a rendition goes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum EncoderState {
    /// It is not made by us, or nobody wants it now.
    #[default]
    Idle,
    /// Its encoder runs.
    Running,
    /// Its encoder runs and gives less than it should. A sentence for a person.
    Degraded(String),
    /// Its encoder has failed and is tried again soon. A sentence for a person.
    Failed(String),
}

impl EncoderState {
    /// Why it cannot be made, if it cannot.
    #[must_use]
    pub fn failure(&self) -> Option<&str> {
        match self {
            Self::Failed(reason) => Some(reason),
            Self::Idle | Self::Running | Self::Degraded(_) => None,
        }
    }
}

//! What the encoder of a rendition does, as viewers and the status see it.
//!
//! ```text
//! Idle ──► Running ──► Idle
//!             ├──► Degraded             and back, as the recipe says
//!             └──► Failed ─ a frame ──► Running
//! ```

/// What the encoder of a rendition does.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum EncoderState {
    /// There is none, or nobody wants the rendition now.
    #[default]
    Idle,
    /// It runs.
    Running,
    /// It runs and gives less than it should. A sentence for a person.
    Degraded(String),
    /// It has failed and is tried again soon. A sentence for a person.
    Failed(String),
}

impl EncoderState {
    /// Why the rendition cannot be made, if it cannot.
    #[must_use]
    pub fn failure(&self) -> Option<&str> {
        match self {
            Self::Failed(reason) => Some(reason),
            Self::Idle | Self::Running | Self::Degraded(_) => None,
        }
    }
}

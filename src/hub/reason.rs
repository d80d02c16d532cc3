//! Why a camera gives no picture, at two levels: all that is known, for its owner, and what may be said to whoever watches.

use crate::redact::redacted;

/// Why a camera gives no picture.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reason {
    trouble: Trouble,
    text: String,
}

/// What is wrong with a camera, without a path, an address, a command or its words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trouble {
    /// Nothing is wrong: its first picture is waited for.
    Waiting,
    /// It has not connected to the server.
    NotConnected,
    /// It cannot be opened, reached or read.
    NotReached,
    /// It runs and gives no picture.
    NoPicture,
    /// What it gives cannot be shown.
    NotVideo,
    /// Its stream has ended.
    Ended,
    /// It says itself that something is wrong.
    Failed,
}

impl Reason {
    /// `text` is a sentence for the camera's owner that says all that is known.
    #[must_use]
    pub fn new(trouble: Trouble, text: impl Into<String>) -> Self {
        Self { trouble, text: text.into() }
    }

    /// The sentence.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The same without credentials.
    pub(super) fn redacted(self) -> Self {
        Self { text: redacted(&self.text), ..self }
    }

    /// The same with a sentence that says to whoever watches what is wrong with `camera`, and no more.
    pub(super) fn without_details(self, camera: &str) -> Self {
        let text = match self.trouble {
            Trouble::Waiting => format!("Waiting for camera {camera}"),
            Trouble::NotConnected => format!("Camera {camera} is not connected"),
            Trouble::NotReached => format!("Camera {camera} cannot be reached"),
            Trouble::NoPicture => format!("Camera {camera} sends no picture"),
            Trouble::NotVideo => format!("Camera {camera} sends nothing that can be shown"),
            Trouble::Ended => format!("The stream of camera {camera} has ended"),
            Trouble::Failed => format!("Camera {camera} has failed"),
        };
        Self { text, ..self }
    }
}

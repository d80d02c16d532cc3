//! Why one run of a source ended.

use crate::{hub::Trouble, os_error::in_words};

/// Why one run of a source ended, as a sentence for a person.
#[derive(Debug, thiserror::Error)]
pub enum SourceError {
    /// The source reached its end.
    #[error("{what} ended")]
    Ended {
        /// What ended.
        what: String,
    },
    /// A system call failed.
    #[error("{what}: {}", in_words(error))]
    Io {
        /// The operation that failed.
        what: String,
        /// The system's error.
        error: std::io::Error,
    },
    /// It runs and sends nothing.
    #[error("nothing has come from {what} for {seconds} s")]
    Silent {
        /// What is silent.
        what: String,
        /// For how long.
        seconds: u64,
    },
    /// A command ended.
    #[error("the command {command} {ended}{last_words}")]
    Exited {
        /// Name of the program.
        command: String,
        /// How it ended.
        ended: String,
        /// Its last line on standard error, behind a colon.
        last_words: String,
    },
    /// The source ended within a raw picture.
    #[error("{what} ended within a picture: {rest} of the {whole} bytes of a picture of {format} had come")]
    Torn {
        /// What ended.
        what: String,
        /// Bytes of the last picture that came.
        rest: usize,
        /// Bytes that a picture has.
        whole: usize,
        /// Size and format.
        format: String,
    },
    /// Bytes came, but no video that can be shown.
    #[error("{0}")]
    NotVideo(String),
    /// Bytes came, but no sound that can be heard.
    #[error("{0}")]
    Sound(String),
    /// A camera failed, in words for its owner.
    #[error("{0}")]
    Camera(String),
}

impl SourceError {
    /// What is wrong, for whoever watches.
    pub(crate) const fn trouble(&self) -> Trouble {
        match self {
            Self::Ended { .. } | Self::Exited { .. } | Self::Torn { .. } => Trouble::Ended,
            Self::Io { .. } => Trouble::NotReached,
            Self::Silent { .. } => Trouble::NoPicture,
            Self::NotVideo(_) => Trouble::NotVideo,
            Self::Camera(_) | Self::Sound(_) => Trouble::Failed,
        }
    }

    pub(crate) fn io(what: impl Into<String>) -> impl FnOnce(std::io::Error) -> Self {
        let what = what.into();
        move |error| Self::Io { what, error }
    }
}

/// `text` as a sentence on a page: with a capital letter.
pub(super) fn sentence(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

//! Errors of a source as it was typed.

use std::path::PathBuf;

/// What is wrong with a source that was typed, and what is allowed.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum SpecError {
    /// The name cannot stand in an address.
    #[error(
        "camera name {0:?} is not allowed: it is 1 to 32 of a-z, 0-9, - and _, and begins with a letter or digit"
    )]
    Name(String),
    /// Unknown kind.
    #[error("unknown kind of source {kind:?}: it is one of {known}{hint}")]
    Kind {
        /// What was typed.
        kind: String,
        /// The kinds that there are.
        known: String,
        /// What may have been meant, behind a semicolon.
        hint: String,
    },
    /// Unknown kind of sound.
    #[error("unknown kind of sound {kind:?}: it is one of {known}")]
    SoundKind {
        /// What was typed.
        kind: String,
        /// The kinds that there are.
        known: &'static str,
    },
    /// Unknown option of sound.
    #[error("unknown option {key:?} of sound from {kind}: it takes {allowed}")]
    SoundOption {
        /// Kind of the sound.
        kind: String,
        /// What was typed.
        key: String,
        /// What is allowed.
        allowed: String,
    },
    /// Sound, for a program that was built without it.
    #[error("this build of Lenscast has no sound: leave out audio")]
    NoSound,
    /// An address that another program has to read.
    #[error("this version reads no {kind} address itself: use {instead}")]
    Address {
        /// The scheme of the address.
        kind: String,
        /// The source that plays it.
        instead: String,
    },
    /// Unknown format, or not for this kind.
    #[error("format {format:?} is not known for {kind}: it is {allowed}")]
    Format {
        /// Kind of the source.
        kind: String,
        /// What was typed.
        format: String,
        /// What is allowed.
        allowed: String,
    },
    /// A format, for a kind whose format cannot be chosen.
    #[error("{kind} takes no format: leave out +{format}")]
    NoFormat {
        /// Kind of the source.
        kind: String,
        /// What was typed.
        format: String,
    },
    /// Raw pictures without size and rate.
    #[error(
        "{kind}+{format} needs the size and rate of its pictures: {kind}+{format},size=WIDTHxHEIGHT,rate=PICTURES_A_SECOND"
    )]
    RawNeeds {
        /// Kind of the source.
        kind: String,
        /// What was typed.
        format: &'static str,
    },
    /// Not `key=value`.
    #[error("option {0:?} of a source has no value: write it as {0}=VALUE, before the colon")]
    NotAnOption(String),
    /// Unknown option of this kind.
    #[error("unknown option {key:?} of {kind}: it is one of {allowed}")]
    Option {
        /// Kind of the source.
        kind: String,
        /// What was typed.
        key: String,
        /// What is allowed.
        allowed: String,
    },
    /// A value that is not allowed.
    #[error("{key}={value} of {kind} is not allowed: it is {allowed}")]
    Value {
        /// Kind of the source.
        kind: String,
        /// Name of the option.
        key: &'static str,
        /// What was typed.
        value: String,
        /// What is allowed.
        allowed: String,
    },
    /// What follows the colon is missing or wrong.
    #[error("{kind} needs {needs}; {rest:?} is not that")]
    Rest {
        /// Kind of the source.
        kind: String,
        /// What it needs.
        needs: &'static str,
        /// What was typed.
        rest: String,
    },
    /// The program does not exist.
    #[error("command {0:?} is not found in PATH")]
    CommandNotFound(String),
    /// There is no program at that path.
    #[error("command {path:?} cannot be run: {reason}")]
    CommandNotThere {
        /// Where it should be.
        path: PathBuf,
        /// Why it is not.
        reason: String,
    },
    /// The program of this kind of camera does not exist.
    #[error("{0}")]
    NoProgram(String),
    /// The program exists and is not executable.
    #[error("command {0:?} is there, but it may not be run: chmod +x makes a program of it, if it is one")]
    CommandNotExecutable(PathBuf),
    /// The file cannot be read.
    #[error("file {path:?} cannot be opened: {reason}")]
    File {
        /// What was typed.
        path: String,
        /// The system's error.
        reason: String,
    },
}

impl SpecError {
    /// The same error where the options `more` may stand as well.
    #[must_use]
    pub fn with_options(self, more: &str) -> Self {
        match self {
            Self::Option { kind, key, allowed } => {
                Self::Option { kind, key, allowed: format!("{allowed}, {more}") }
            }
            other => other,
        }
    }
}

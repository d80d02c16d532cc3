//! Sources of sound: a microphone that a camera has beside its pictures.
//!
//! ```text
//! audio = "…" ─► SourceSpec ─► Sound ─► supervise_sound ─┬─► run ─► SoundPublisher
//!                                                        └─◄ failed: back off, run again
//! ```
//! It has a supervisor of its own: a microphone that fails leaves the pictures alone. It runs while somebody listens.

mod beep;
mod supervise;

use std::fmt;

use tokio_util::sync::CancellationToken;

use super::{
    error::SourceError,
    typed::{error::SpecError, spec::SourceSpec},
};
use crate::hub::SoundPublisher;

pub use supervise::supervise_sound;

/// Names of the kinds, for messages.
const NAMES: &str = "test";

/// A source of sound that was checked and can be run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Sound {
    /// A beep each second, at the moment the test pattern flashes.
    Test,
}

impl Sound {
    /// Name of the setting among the options of a camera.
    pub const KEY: &str = "audio";

    /// What `spec` says.
    ///
    /// # Errors
    /// What is wrong and what is allowed.
    pub fn from_spec(spec: &SourceSpec) -> Result<Self, SpecError> {
        match spec.kind.as_str() {
            _ if !cfg!(feature = "sound") => Err(SpecError::NoSound),
            "test" => {
                spec.no_rest()?;
                spec.no_format()?;
                spec.no_options()?;
                Ok(Self::Test)
            }
            _ => Err(SpecError::SoundKind { kind: spec.kind.clone(), known: NAMES }),
        }
    }

    /// One attempt. Returns without an error only when `stop` was cancelled.
    async fn run(&self, publisher: &mut SoundPublisher, stop: &CancellationToken) -> Result<(), SourceError> {
        match self {
            Self::Test => beep::run(publisher, stop).await,
        }
    }
}

impl fmt::Display for Sound {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Test => write!(out, "a beep each second"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_typed_becomes_sound() {
        let sound = |text: &str| {
            let spec = text.parse::<SourceSpec>().expect(text);
            Sound::from_spec(&spec).map_err(|error| error.to_string())
        };
        assert_eq!(sound("test"), Ok(Sound::Test));
        let table = [
            ("tset", "unknown kind of sound \"tset\": it is one of test"),
            ("test:x", "test needs nothing after a colon"),
            ("test,rate=1", "unknown option \"rate\" of test: it is one of"),
            ("test+h264", "test takes no format"),
        ];
        for (text, expected) in table {
            let error = sound(text).expect_err(text);
            assert!(error.contains(expected), "{text}: {error}");
        }
    }
}

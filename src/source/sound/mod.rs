//! Sources of sound: a microphone that a camera has beside its pictures.
//!
//! ```text
//! audio = "…" ─► SourceSpec ─► Sound ─► supervise_sound ─┬─► run ─► SoundPublisher
//!                                                        └─◄ failed: back off, run again
//! ```
//! It has a supervisor of its own: a microphone that fails leaves the pictures alone. It runs while somebody listens.

mod beep;
#[cfg(feature = "sound")]
mod exec;
#[cfg(feature = "sound")]
mod live;
#[cfg(feature = "sound")]
mod resampler;
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
const NAMES: &str = "test, exec";

/// A source of sound that was checked and can be run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Sound {
    /// A beep each second, at the moment the test pattern flashes.
    Test,
    /// Raw sound that a command writes.
    #[cfg(feature = "sound")]
    Exec(exec::Config),
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
                known_options(spec, &[])?;
                Ok(Self::Test)
            }
            #[cfg(feature = "sound")]
            "exec" => {
                known_options(spec, &exec::OPTIONS)?;
                Ok(Self::Exec(exec::Config::from_spec(spec)?))
            }
            _ => Err(SpecError::SoundKind { kind: spec.kind.clone(), known: NAMES }),
        }
    }

    /// One attempt. Returns without an error only when `stop` was cancelled.
    async fn run(&self, publisher: &mut SoundPublisher, stop: &CancellationToken) -> Result<(), SourceError> {
        match self {
            Self::Test => beep::run(publisher, stop).await,
            #[cfg(feature = "sound")]
            Self::Exec(config) => exec::run(config, publisher, stop).await,
        }
    }
}

impl fmt::Display for Sound {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Test => write!(out, "a beep each second"),
            #[cfg(feature = "sound")]
            Self::Exec(config) => config.fmt(out),
        }
    }
}

/// Refuses options that are not `known`, also those that say when a source of pictures runs: sound runs while it is heard.
fn known_options(spec: &SourceSpec, known: &'static [&'static str]) -> Result<(), SpecError> {
    let typed = spec.options.iter().map(|(key, _)| key.as_str()).chain(spec.run_option());
    match typed.into_iter().find(|key| !known.contains(key)) {
        None => Ok(()),
        Some(key) => {
            let (kind, key) = (spec.kind.clone(), key.to_owned());
            let allowed = if known.is_empty() { "none".to_owned() } else { known.join(", ") };
            Err(SpecError::SoundOption { kind, key, allowed })
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
            ("tset", "unknown kind of sound \"tset\": it is one of test, exec"),
            ("test:x", "test needs nothing after a colon"),
            ("test,rate=1", "unknown option \"rate\" of sound from test: it takes none"),
            ("test,linger=1", "unknown option \"linger\" of sound from test: it takes none"),
            ("test+h264", "test takes no format"),
        ];
        for (text, expected) in table {
            let error = sound(text).expect_err(text);
            assert!(error.contains(expected), "{text}: {error}");
        }
    }

    #[cfg(feature = "sound")]
    #[test]
    fn a_command_says_what_it_writes() {
        let sound = |text: &str| {
            let spec = text.parse::<SourceSpec>().expect(text);
            Sound::from_spec(&spec).map_err(|error| error.to_string())
        };
        for text in ["exec:cat", "exec,rate=44100,channels=2,format=s24le:cat -"] {
            assert_eq!(sound(text).expect(text).to_string(), "command cat");
        }
        let table = [
            ("exec:", "exec needs a command after the colon"),
            ("exec:arecord | cat", "no shell runs it"),
            ("exec:no-such-program", "is not found in PATH"),
            (
                "exec,size=1:cat",
                "unknown option \"size\" of sound from exec: it takes rate, channels, format",
            ),
            (
                "exec,rate=7999:cat",
                "rate=7999 of exec is not allowed: it is a whole number from 8000 to 192000",
            ),
            ("exec,channels=9:cat", "channels=9 of exec is not allowed: it is a whole number from 1 to 8"),
            ("exec,format=u8:cat", "format=u8 of exec is not allowed: it is s16le, s24le, s32le or f32le"),
            ("exec+s16le:cat", "exec takes no format"),
        ];
        for (text, expected) in table {
            let error = sound(text).expect_err(text);
            assert!(error.contains(expected), "{text}: {error}");
        }
    }
}

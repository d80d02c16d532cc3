//! A command that writes raw sound to its standard output, such as arecord, parec, pw-record or ffmpeg.

use std::time::Duration;

use lenscast_media::pcm::SampleFormat;
use tokio::io::AsyncReadExt;
use tokio_util::sync::CancellationToken;

use super::live::{LiveSound, RawSound};
use crate::{
    child::Child,
    hub::SoundPublisher,
    source::{
        command::Command,
        error::SourceError,
        typed::{error::SpecError, spec::SourceSpec},
    },
};

/// What is expected behind the colon.
const NEEDS: &str = "a command after the colon, with its quotes closed, such as exec:arecord -t raw -f S16_LE -r 48000 -c 1 --period-size 480";
/// The options of this kind.
pub(super) const OPTIONS: [&str; 3] = ["rate", "channels", "format"];
/// What is usual among microphones.
const USUAL: RawSound = RawSound { rate: 48_000, channels: 1, format: SampleFormat::S16 };
/// What sound cards have, in samples a second.
const RATES: (u32, u32) = (8_000, 192_000);
const MOST_CHANNELS: u32 = 8;
/// Bytes read at once: a third of a second at most rates.
const READ_BYTES: usize = 32 << 10;
/// A command that writes nothing for this long is run again. A sound server may take seconds to wake up a card.
const SILENT_AFTER: Duration = Duration::from_secs(10);

/// The command to run, and what it writes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Config {
    command: Command,
    raw: RawSound,
}

impl Config {
    /// What `spec` says; the program has to be there.
    pub(super) fn from_spec(spec: &SourceSpec) -> Result<Self, SpecError> {
        let mut raw = USUAL;
        for (key, value) in &spec.options {
            match key.as_str() {
                "rate" => raw.rate = spec.number("rate", value, RATES.0, RATES.1)?,
                "channels" => {
                    let channels = spec.number("channels", value, 1, MOST_CHANNELS)?;
                    raw.channels = u8::try_from(channels).unwrap_or(1);
                }
                "format" => {
                    let format = value.text().and_then(SampleFormat::of_name);
                    raw.format =
                        format.ok_or_else(|| spec.value("format", value, SampleFormat::NAMES.into()))?;
                }
                _ => {}
            }
        }
        spec.no_format()?;
        Ok(Self { command: Command::from_spec(spec, NEEDS)?, raw })
    }
}

impl std::fmt::Display for Config {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.command.fmt(out)
    }
}

pub(super) async fn run(
    config: &Config,
    publisher: &mut SoundPublisher,
    stop: &CancellationToken,
) -> Result<(), SourceError> {
    let mut child = config.command.start(publisher.camera()).await?;
    let outcome = read(config, &mut child, publisher, stop).await;
    let ended = child.end().await;
    match outcome {
        Err(SourceError::Ended { .. }) => Err(config.command.exited(&ended)),
        outcome => outcome,
    }
}

async fn read(
    config: &Config,
    child: &mut Child,
    publisher: &mut SoundPublisher,
    stop: &CancellationToken,
) -> Result<(), SourceError> {
    let what = || format!("the command {}", config.command.program());
    let clock = publisher.clock();
    let mut live = LiveSound::new(config.raw, clock)?;
    let mut bytes = vec![0; READ_BYTES];
    loop {
        let read = tokio::select! {
            biased;
            () = stop.cancelled() => return Ok(()),
            read = tokio::time::timeout(SILENT_AFTER, child.stdout.read(&mut bytes)) => read,
        };
        let silent = |_| SourceError::Silent { what: what(), seconds: SILENT_AFTER.as_secs() };
        match read.map_err(silent)?.map_err(SourceError::io(format!("cannot read from {}", what())))? {
            0 => return Err(SourceError::Ended { what: what() }),
            length => {
                for frame in live.push(&bytes[..length], clock.now())? {
                    publisher.publish(frame);
                }
                publisher.set_clock(live.figures());
            }
        }
    }
}

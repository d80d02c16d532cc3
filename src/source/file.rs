//! A file, played at its own rate, in a loop.
//!
//! ```text
//! read ─► Splitter ─► Assembler ─► Framer ─ picture ─► wait until it is due ─► Frame ─► Publisher
//! ```
//! The rate is the one asked for, else the one in the stream, else 30 frames a second.

use std::{path::PathBuf, time::Duration};

use lenscast_media::{
    arrival_clock::ArrivalClock,
    h264::{
        access_unit::{AccessUnit, Assembler},
        annexb::{SplitUnit, Splitter},
        framer::Framer,
        nal::NalUnit,
    },
    sniff,
    time::Moment,
};
use tokio::{fs::File, io::AsyncReadExt, time::Instant};

use super::{
    Run, SourceError,
    byte_stream::PERIOD_HINT,
    spec::{SourceSpec, SpecError},
};
use crate::error::in_words;

/// Bytes read at once.
const READ_BYTES: usize = 64 << 10;
/// Late by more than this, playing goes on from now instead of hurrying.
const LATE: Duration = Duration::from_millis(500);

/// What to play.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Config {
    /// Where the file is.
    pub path: PathBuf,
    /// Frames a second; the stream's own rate if not given.
    pub frames_per_second: Option<u32>,
}

impl Config {
    /// What `spec` says; the file has to be there.
    ///
    /// # Errors
    /// What is wrong and what is allowed.
    pub(super) fn from_spec(spec: &SourceSpec) -> Result<Self, SpecError> {
        let mut frames_per_second = None;
        for (key, value) in &spec.options {
            match key.as_str() {
                "rate" => frames_per_second = Some(spec.number("rate", value, 1, 240)?),
                _ => return Err(spec.unknown_option(key, "rate")),
            }
        }
        let path = spec.rest.as_deref().filter(|path| !path.is_empty());
        let path = PathBuf::from(path.ok_or_else(|| spec.wrong_rest("a path, such as file:clip.h264"))?);
        let cannot = |reason: String| SpecError::File { path: path.display().to_string(), reason };
        match std::fs::File::open(&path).and_then(|file| file.metadata()) {
            Ok(metadata) if metadata.is_dir() => Err(cannot("it is a folder".into())),
            Ok(_) => Ok(Self { path, frames_per_second }),
            Err(error) => Err(cannot(in_words(&error))),
        }
    }
}

pub(super) async fn run(config: &Config, run: Run<'_>) -> Result<(), SourceError> {
    let clock = ArrivalClock::resume(run.publisher.epoch(), run.publisher.next_dts(), PERIOD_HINT);
    let mut player = Player { config, run, clock, due: Instant::now(), head: Vec::new() };
    loop {
        let frames = player.play_once().await?;
        if player.run.stop.is_cancelled() {
            return Ok(());
        }
        if frames == 0 {
            let looks_like = sniff::looks_like(&player.head);
            let path = config.path.display();
            return Err(SourceError::NotVideo(format!(
                "file {path} holds no H.264 (Annex B) that can be shown: it looks like {looks_like}"
            )));
        }
    }
}

struct Player<'a> {
    config: &'a Config,
    run: Run<'a>,
    clock: ArrivalClock,
    due: Instant,
    head: Vec<u8>,
}

impl Player<'_> {
    /// Plays the file from its beginning to its end; the number of frames.
    async fn play_once(&mut self) -> Result<u64, SourceError> {
        let cannot =
            |error| SourceError::io(format!("cannot read file {}", self.config.path.display()))(error);
        let mut file = File::open(&self.config.path).await.map_err(cannot)?;
        let mut units = AccessUnits::default();
        let mut framer = Framer::new();
        let mut buffer = vec![0; READ_BYTES];
        let mut frames = 0;
        loop {
            let read = file.read(&mut buffer).await.map_err(cannot)?;
            if read == 0 {
                units.end();
            } else {
                if self.head.is_empty() {
                    self.head = buffer[..read.min(4 << 10)].to_vec();
                }
                units.push(&buffer[..read]);
            }
            for unit in units.whole.drain(..) {
                frames += u64::from(self.play(&unit, &mut framer).await);
                if self.run.stop.is_cancelled() {
                    return Ok(frames);
                }
            }
            if read == 0 {
                return Ok(frames);
            }
        }
    }

    /// Publishes one access unit when it is due; whether it was a frame.
    async fn play(&mut self, unit: &AccessUnit, framer: &mut Framer) -> bool {
        let camera = self.run.publisher.camera();
        let Some(picture) = framer.picture(unit, |trouble| tracing::debug!(camera, "{trouble}")) else {
            return false;
        };
        tokio::select! {
            () = self.run.stop.cancelled() => return false,
            () = tokio::time::sleep_until(self.due) => {}
        }
        let period = match (self.config.frames_per_second, framer.frame_period_90k()) {
            (Some(per_second), _) => Duration::from_secs(1) / per_second,
            (None, ticks) => Duration::from_secs(1) * ticks.unwrap_or(PERIOD_HINT) / 90_000,
        };
        self.due = if self.due.elapsed() > LATE { Instant::now() } else { self.due } + period;
        let now = self.run.clock.now();
        let stamp = self.clock.stamp(now);
        framer.set_period(self.clock.period_90k());
        let mut frame = framer.frame(picture, stamp, None, now);
        frame.received_at = now;
        self.run.publisher.publish(frame);
        true
    }
}

/// Access units of a file, without times: those come when they are played.
#[derive(Default)]
struct AccessUnits {
    splitter: Splitter,
    assembler: Assembler,
    whole: Vec<AccessUnit>,
}

impl AccessUnits {
    fn push(&mut self, bytes: &[u8]) {
        let Self { splitter, assembler, whole } = self;
        splitter.push(bytes, |split| {
            if let Some(unit) = split.ok().and_then(nal_unit) {
                assembler.push(unit, Moment::default(), &mut |unit| whole.extend(unit));
            }
        });
    }

    fn end(&mut self) {
        let last = self.splitter.end().and_then(Result::ok).and_then(nal_unit);
        let whole = &mut self.whole;
        if let Some(unit) = last {
            self.assembler.push(unit, Moment::default(), &mut |unit| whole.extend(unit));
        }
        self.assembler.end(&mut |unit| whole.extend(unit));
    }
}

fn nal_unit(split: SplitUnit) -> Option<NalUnit> {
    NalUnit::new(split.bytes).ok()
}

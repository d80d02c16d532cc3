//! A file, played at its own rate, in a loop.
//!
//! ```text
//! read ─► UnitStream ─ access unit ─► wait until it is due ─► FrameMaker ─► Publisher
//! ```
//! A frame is due by its container's time stamps. Without a container, or with `rate=`, frames are due at that rate, else at
//! the stream's own, else 30 times per second.

use std::{path::PathBuf, time::Duration};

use lenscast_media::{
    container_clock::Times,
    input::sniff,
    input::{
        Format, UnitStream,
        event::{StreamEvent, UnitEvent},
        frame_maker::FrameMaker,
    },
};
use tokio::{fs::File, io::AsyncReadExt, time::Instant};

use super::raw_file;
use crate::{
    os_error::in_words,
    source::{
        error::SourceError,
        ingest::frames::PERIOD_HINT,
        kind::Kind,
        run::{Run, RunPolicy},
        typed::{error::SpecError, input_format::InputFormat, spec::SourceSpec},
    },
};

/// Bytes read at once.
const READ_BYTES: usize = 64 << 10;
/// Time stamps further apart than this are not waited for: their clock was set in between.
const LONGEST_PAUSE: Duration = Duration::from_secs(10);
/// Playback that is later than this continues from now instead of catching up.
const LATE: Duration = Duration::from_millis(500);

/// What to play.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Config {
    /// Where the file is.
    pub path: PathBuf,
    /// Frames a second; the stream's own rate if not given.
    pub frames_per_second: Option<u32>,
    /// Format of the file; detected from its first bytes if not given.
    pub format: Option<InputFormat>,
}

impl std::fmt::Display for Config {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "file {}", self.path.display())
    }
}

impl Kind for Config {
    const RUN_POLICY: RunPolicy = RunPolicy::OnDemand;

    /// What `spec` says; the file has to be there.
    fn from_spec(spec: &SourceSpec) -> Result<Self, SpecError> {
        let format = spec.input_format_beside_options()?;
        let is_raw = matches!(format, Some(InputFormat::Raw(_)));
        let mut frames_per_second = None;
        for (key, value) in &spec.options {
            match key.as_str() {
                _ if is_raw => {}
                "rate" => frames_per_second = Some(spec.number("rate", value, 1, 240)?),
                _ => return Err(spec.unknown_option(key, "rate")),
            }
        }
        let path = spec.rest.as_deref().filter(|path| !path.is_empty());
        let path = PathBuf::from(path.ok_or_else(|| spec.wrong_rest("a path, such as file:clip.h264"))?);
        let cannot = |reason: String| SpecError::File { path: path.display().to_string(), reason };
        match std::fs::File::open(&path).and_then(|file| file.metadata()) {
            Ok(metadata) if metadata.is_dir() => Err(cannot("it is a folder".into())),
            Ok(_) => Ok(Self { path, frames_per_second, format }),
            Err(error) => Err(cannot(in_words(&error))),
        }
    }

    fn input_format(&self) -> Option<InputFormat> {
        self.format
    }

    async fn run(&self, run: Run<'_>) -> Result<(), SourceError> {
        run_once(self, run).await
    }
}

async fn run_once(config: &Config, run: Run<'_>) -> Result<(), SourceError> {
    let format = match config.format {
        Some(InputFormat::Raw(raw)) => return raw_file::run(&config.path, raw, run).await,
        Some(InputFormat::Coded(format)) => Some(format),
        None => None,
    };
    let clock = run.publisher.run_clock().arrival(PERIOD_HINT);
    let mut player = Player {
        config,
        format,
        run,
        maker: FrameMaker::new(clock),
        events: Vec::new(),
        due: Instant::now(),
        was_frame: false,
        last_dts: None,
        head: Vec::new(),
    };
    loop {
        let frames = player.play_once().await?;
        if player.run.stop.is_cancelled() {
            return Ok(());
        }
        if frames == 0 {
            let looks_like = sniff::looks_like(&player.head);
            let path = config.path.display();
            return Err(SourceError::NotVideo(format!(
                "file {path} holds neither H.264 (bare, in FLV or MPEG-TS) nor motion JPEG: it looks like {looks_like}"
            )));
        }
    }
}

struct Player<'a> {
    config: &'a Config,
    format: Option<Format>,
    run: Run<'a>,
    maker: FrameMaker,
    events: Vec<StreamEvent>,
    /// When the last access unit was due, and whether it became a frame.
    due: Instant,
    was_frame: bool,
    /// Decode time of the last frame, where the container says one.
    last_dts: Option<i64>,
    head: Vec<u8>,
}

impl Player<'_> {
    /// Plays the file once. Returns the number of frames.
    async fn play_once(&mut self) -> Result<u64, SourceError> {
        let cannot =
            |error| SourceError::io(format!("cannot read file {}", self.config.path.display()))(error);
        let mut file = File::open(&self.config.path).await.map_err(cannot)?;
        let mut units = UnitStream::new(self.format);
        let mut buffer = vec![0; READ_BYTES];
        let mut found = Vec::new();
        let mut frames = 0;
        self.last_dts = None;
        loop {
            let read = file.read(&mut buffer).await.map_err(cannot)?;
            if read == 0 {
                units.end(&mut found);
            } else {
                if self.head.is_empty() {
                    self.head = buffer[..read.min(4 << 10)].to_vec();
                }
                units.push(&buffer[..read], self.run.clock.now(), &mut found);
            }
            for event in found.drain(..) {
                frames += self.play(event).await;
                if self.run.stop.is_cancelled() {
                    return Ok(frames);
                }
            }
            if read == 0 {
                return Ok(frames);
            }
        }
    }

    /// Publishes an access unit when it is due. Returns the number of frames.
    async fn play(&mut self, event: UnitEvent) -> u64 {
        let event = match event {
            UnitEvent::AccessUnit(unit, times, ended_by) => {
                let times = times.filter(|_| self.config.frames_per_second.is_none());
                let due = self.due_at(times);
                tokio::select! {
                    () = self.run.stop.cancelled() => return 0,
                    () = tokio::time::sleep_until(due) => {}
                }
                let unit = unit.with_received_at(self.run.clock.now());
                UnitEvent::AccessUnit(unit, times, ended_by)
            }
            UnitEvent::Picture(picture, _, ended_by) => {
                let due = self.due_at(None);
                tokio::select! {
                    () = self.run.stop.cancelled() => return 0,
                    () = tokio::time::sleep_until(due) => {}
                }
                UnitEvent::Picture(picture, self.run.clock.now(), ended_by)
            }
            other => other,
        };
        self.maker.take([event], self.run.clock.now(), &mut self.events);
        let mut frames = 0;
        let camera = self.run.publisher.camera().to_owned();
        for event in self.events.drain(..) {
            match event {
                StreamEvent::Frame(frame, _) => {
                    self.run.publisher.publish(frame, None);
                    frames += 1;
                }
                StreamEvent::Trouble(trouble) => tracing::debug!(camera, "stream error: {trouble}"),
                StreamEvent::Lost => {}
            }
        }
        self.was_frame = frames > 0;
        frames
    }

    /// When an access unit with these times is due.
    fn due_at(&mut self, times: Option<Times>) -> Instant {
        let by_container = times.zip(self.last_dts).and_then(|(times, last)| {
            let ticks = u64::try_from(times.dts - last).ok()?;
            Some(Duration::from_micros(ticks.saturating_mul(100) / 9)).filter(|step| *step <= LONGEST_PAUSE)
        });
        self.last_dts = times.map(|times| times.dts);
        self.due +=
            by_container.unwrap_or_else(|| if self.was_frame { self.period() } else { Duration::ZERO });
        if self.due.elapsed() > LATE {
            self.due = Instant::now();
        }
        self.due
    }

    fn period(&self) -> Duration {
        match self.config.frames_per_second {
            Some(per_second) => Duration::from_secs(1) / per_second,
            None => Duration::from_secs(1) * self.maker.frame_period_90k().unwrap_or(PERIOD_HINT) / 90_000,
        }
    }
}

//! The built-in test pattern: raw pictures, drawn on a thread of its own.
//!
//! ```text
//! thread: sleep to the next picture ─ draw ─► Frame ─► channel ─► Publisher
//! ```

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use bytes::Bytes;
use lenscast_media::{
    arrival_clock::ArrivalClock,
    frame::Frame,
    picture::{RawPicture, Size},
    raw_video::{Moments, PictureFramer},
    rendition::Rendition,
    test_pattern::TestPattern,
    time::Moment,
};
use tokio::sync::mpsc;

use crate::{
    clock::Clock,
    source::{
        error::SourceError,
        kind::Kind,
        run::{Run, RunPolicy},
        typed::{error::SpecError, spec::SourceSpec},
    },
};

/// Pictures that may wait for the publisher. With more, the thread waits and skips pictures.
const FRAMES_IN_FLIGHT: usize = 2;
const TICKS_PER_SECOND: u32 = 90_000;
const MICROS_PER_SECOND: u64 = 1_000_000;

/// Sizes the pattern can be drawn and encoded in, in words.
const ALLOWED_SIZE: &str = "WIDTHxHEIGHT, both even, from 160x120 to 3840x2160";

/// What the pattern looks like.
#[derive(Clone, Debug, PartialEq)]
pub struct Config {
    /// Size of the picture.
    pub size: Size,
    /// Pictures a second.
    pub frames_per_second: u32,
    /// Bit rate to aim at; by the size if not given.
    pub bits_per_second: Option<u32>,
}

impl Default for Config {
    fn default() -> Self {
        let size = Size::new(1280, 720).expect("even and within limits");
        Self { size, frames_per_second: 30, bits_per_second: None }
    }
}

impl Config {
    /// Whether the pattern can be drawn and encoded in `size`.
    #[must_use]
    pub fn fits(size: Size) -> bool {
        let (long, short) = (size.width().max(size.height()), size.width().min(size.height()));
        (120..=2160).contains(&short) && (160..=3840).contains(&long)
    }
}

impl std::fmt::Display for Config {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "test pattern {} at {} fps", self.size, self.frames_per_second)
    }
}

impl Kind for Config {
    const HAS_TIMEOUT: bool = false;
    const RUN_POLICY: RunPolicy = RunPolicy::OnDemand;

    fn from_spec(spec: &SourceSpec) -> Result<Self, SpecError> {
        spec.no_rest()?;
        let mut config = Self::default();
        for (key, value) in &spec.options {
            match key.as_str() {
                "size" => {
                    let size = value.size().ok().filter(|size| Self::fits(*size));
                    config.size = size.ok_or_else(|| spec.value("size", value, ALLOWED_SIZE.to_owned()))?;
                }
                "rate" => config.frames_per_second = spec.number("rate", value, 1, 120)?,
                "bitrate" => {
                    config.bits_per_second = Some(spec.number("bitrate", value, 50_000, 50_000_000)?);
                }
                _ => return Err(spec.unknown_option(key, "size, rate, bitrate")),
            }
        }
        spec.no_format()?;
        Ok(config)
    }

    fn origin(&self) -> Rendition {
        Rendition::RAW_VIDEO
    }

    fn bits_per_second(&self) -> Option<u32> {
        self.bits_per_second
    }

    async fn run(&self, run: Run<'_>) -> Result<(), SourceError> {
        run_once(self, run).await
    }
}

async fn run_once(config: &Config, run: Run<'_>) -> Result<(), SourceError> {
    let (frames, mut drawn) = mpsc::channel(FRAMES_IN_FLIGHT);
    let stopped = StopOnDrop(Arc::new(AtomicBool::new(false)));
    let period_hint = TICKS_PER_SECOND / config.frames_per_second;
    let painter = Painter {
        config: config.clone(),
        clock: run.clock,
        arrival: run.publisher.run_clock().arrival(period_hint),
        stopped: Arc::clone(&stopped.0),
        frames,
    };
    std::thread::Builder::new()
        .name("test-pattern".into())
        .spawn(move || painter.paint())
        .map_err(SourceError::io("cannot start a thread for the test pattern"))?;
    loop {
        let frame = tokio::select! {
            () = run.stop.cancelled() => return Ok(()),
            frame = drawn.recv() => frame,
        };
        match frame {
            Some(frame) => run.publisher.publish(frame, None),
            None => return Err(SourceError::Ended { what: "the test pattern".into() }),
        }
    }
}

/// Stops the thread when the run ends.
struct StopOnDrop(Arc<AtomicBool>);

impl Drop for StopOnDrop {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

struct Painter {
    config: Config,
    clock: Clock,
    arrival: ArrivalClock,
    stopped: Arc<AtomicBool>,
    frames: mpsc::Sender<Frame>,
}

impl Painter {
    fn paint(mut self) {
        let size = self.config.size;
        let mut pattern = TestPattern::new(size);
        let mut framer = PictureFramer::default();
        let start = self.clock.instant(beat(self.clock.now(), self.config.frames_per_second));
        let mut pace = Pace::new(start, self.config.frames_per_second);
        loop {
            let number = pace.next(Instant::now());
            std::thread::sleep(pace.due(number).saturating_duration_since(Instant::now()));
            if self.stopped.load(Ordering::Relaxed) {
                return;
            }
            let captured_at = self.clock.now();
            let planes = Bytes::copy_from_slice(pattern.draw(number, captured_at, captured_at).as_bytes());
            let picture = RawPicture::from_planes(size, planes).expect("the pattern has this size");
            let moments = Moments {
                captured_at: Some(captured_at),
                received_at: captured_at,
                ready_at: self.clock.now(),
            };
            let frame = framer.frame(picture, self.arrival.stamp(captured_at), moments);
            if self.frames.blocking_send(frame).is_err() {
                return;
            }
        }
    }
}

/// The newest of the moments that divide each second into `frames_per_second` parts: one picture of each second is taken as it
/// begins, when the pattern flashes.
fn beat(now: Moment, frames_per_second: u32) -> Moment {
    let parts = u64::from(frames_per_second);
    let into_second = now.as_micros() % MICROS_PER_SECOND;
    let beat = (into_second * parts / MICROS_PER_SECOND * MICROS_PER_SECOND).div_ceil(parts);
    Moment::from_micros(now.as_micros() - into_second + beat.min(into_second))
}

/// When each picture is due. Pictures that are a whole period late are skipped.
struct Pace {
    start: Instant,
    frames_per_second: u32,
    next: u64,
}

impl Pace {
    const fn new(start: Instant, frames_per_second: u32) -> Self {
        Self { start, frames_per_second, next: 0 }
    }

    fn due(&self, number: u64) -> Instant {
        self.start + Duration::from_nanos(number * 1_000_000_000 / u64::from(self.frames_per_second))
    }

    /// Number of the next picture to draw, asked at `now`.
    fn next(&mut self, now: Instant) -> u64 {
        let elapsed = now.saturating_duration_since(self.start).as_nanos();
        let current = elapsed * u128::from(self.frames_per_second) / 1_000_000_000;
        let number = self.next.max(u64::try_from(current).unwrap_or(u64::MAX));
        self.next = number + 1;
        number
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_picture_is_due_as_each_second_begins() {
        let second = 7_000_000;
        let table = [(0, 0), (33_332, 0), (33_334, 33_334), (40_000, 33_334), (999_999, 966_667)];
        for (into_second, expected) in table {
            let found = beat(Moment::from_micros(second + into_second), 30);
            assert_eq!(found.as_micros() - second, expected, "{into_second}");
        }
    }

    #[test]
    fn pictures_are_due_at_their_rate_and_late_ones_left_out() {
        let start = Instant::now();
        let at = |ms| start + Duration::from_millis(ms);
        let mut pace = Pace::new(start, 10);
        assert_eq!(pace.next(at(0)), 0);
        assert_eq!(pace.next(at(3)), 1);
        assert_eq!(pace.due(1), at(100));
        assert_eq!(pace.next(at(105)), 2);
        assert_eq!(pace.next(at(560)), 5, "3 and 4 are past");
        assert_eq!(pace.next(at(561)), 6);
    }
}

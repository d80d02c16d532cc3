//! The built-in test pattern: drawn, encoded in this process, on a thread of its own.
//!
//! ```text
//! thread: sleep to the next picture ─ draw ─ encode ─► Frame ─► channel ─► Publisher
//!                                         ▲ keyframe requests
//! ```
//! A thread, because encoding takes milliseconds in which no viewer should wait for a write.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use lenscast_media::{
    arrival_clock::ArrivalClock, frame::Frame, h264::framer::Framer, picture::Size, test_pattern::TestPattern,
};
use tokio::sync::{mpsc, watch};

use super::{Run, SourceError};
use crate::{
    clock::Clock,
    encode::{EncodeError, EncoderSettings, H264Encoder},
    hub::Demand,
};

/// Seconds from one keyframe to the next.
const KEYFRAME_INTERVAL_S: u32 = 2;
/// Frames that may wait for the publisher; more are dropped by waiting here.
const FRAMES_IN_FLIGHT: usize = 2;
const TICKS_PER_SECOND: u32 = 90_000;

/// Sizes the pattern can be drawn and encoded in, in words.
pub(super) const ALLOWED_SIZE: &str = "WIDTHxHEIGHT, both even, from 160x120 to 3840x2160";

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

    fn encoder_settings(&self) -> EncoderSettings {
        let frames_per_second = self.frames_per_second as f32;
        let default_bitrate = || EncoderSettings::default_bitrate_bps(self.size, frames_per_second);
        EncoderSettings {
            size: self.size,
            frames_per_second,
            bitrate_bps: self.bits_per_second.unwrap_or_else(default_bitrate),
            keyframe_interval_frames: self.frames_per_second * KEYFRAME_INTERVAL_S,
        }
    }
}

pub(super) async fn run(config: &Config, run: Run<'_>) -> Result<(), SourceError> {
    let (frames, mut drawn) = mpsc::channel(FRAMES_IN_FLIGHT);
    let stopped = StopOnDrop(Arc::new(AtomicBool::new(false)));
    let period_hint = TICKS_PER_SECOND / config.frames_per_second;
    let painter = Painter {
        config: config.clone(),
        clock: run.clock,
        arrival: ArrivalClock::resume(run.publisher.epoch(), run.publisher.next_dts(), period_hint),
        demand: run.publisher.demand(),
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
            Some(Ok(frame)) => run.publisher.publish(frame),
            Some(Err(error)) => return Err(error.into()),
            None => {
                return Err(SourceError::Ended { what: "the test pattern".into() });
            }
        }
    }
}

/// Tells the thread to end when the run does.
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
    demand: watch::Receiver<Demand>,
    stopped: Arc<AtomicBool>,
    frames: mpsc::Sender<Result<Frame, EncodeError>>,
}

impl Painter {
    fn paint(mut self) {
        if let Err(error) = self.paint_until_stopped() {
            let _ = self.frames.blocking_send(Err(error));
        }
    }

    fn paint_until_stopped(&mut self) -> Result<(), EncodeError> {
        let mut encoder = H264Encoder::new(self.config.encoder_settings())?;
        let mut pattern = TestPattern::new(self.config.size);
        let mut framer = Framer::new();
        let mut keyframe_requests = self.demand.borrow_and_update().keyframe_requests;
        let mut pace = Pace::new(Instant::now(), self.config.frames_per_second);
        loop {
            let number = pace.next(Instant::now());
            std::thread::sleep(pace.due(number).saturating_duration_since(Instant::now()));
            if self.stopped.load(Ordering::Relaxed) {
                return Ok(());
            }
            let wanted = self.demand.borrow_and_update().keyframe_requests;
            if std::mem::replace(&mut keyframe_requests, wanted) != wanted {
                encoder.request_keyframe();
            }
            let captured_at = self.clock.now();
            let picture = pattern.draw(number, captured_at, captured_at);
            let Some(coded) = encoder.encode(picture, captured_at)? else {
                continue;
            };
            let stamp = self.arrival.stamp(captured_at);
            let ready_at = self.clock.now();
            let framed = framer.frame_from_annexb(&coded, stamp, Some(captured_at), captured_at, ready_at);
            let Some(frame) = framed.expect("our encoder writes whole access units") else {
                continue;
            };
            if self.frames.blocking_send(Ok(frame)).is_err() {
                return Ok(());
            }
        }
    }
}

/// When each picture is due. Pictures that are late by more than their time are left out.
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

//! Raw sound as it is read, to frames on the server's clock.
//!
//! ```text
//! bytes ─► PcmReader ─► chunks of 10 ms ─► Resampler ─► SoundFramer ─► frames
//!                            arrivals ─► Drift ─┘ ratio     ▲ time stamps
//! ```

use lenscast_media::{
    frame::Frame,
    pcm::{Drift, PcmReader, SAMPLE_RATE, SampleFormat, SoundClock, SoundFramer, ticks_of, to_s16},
    time::Moment,
};

use super::resampler::Resampler;
use crate::{clock::Clock, source::error::SourceError};

/// What raw sound is like; nothing in it says so.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct RawSound {
    /// Samples a second of one channel.
    pub(super) rate: u32,
    /// Its channels.
    pub(super) channels: u8,
    /// Format of a sample.
    pub(super) format: SampleFormat,
}

/// The sound of one run.
pub(super) struct LiveSound {
    clock: Clock,
    rate: u32,
    channels: usize,
    reader: PcmReader,
    resampler: Resampler,
    drift: Drift,
    framer: SoundFramer,
    /// Less than a chunk, between two calls.
    waiting: Vec<f32>,
    /// Where the last frame ends, in ticks of 90 kHz.
    end: i64,
}

/// Ticks of 90 kHz that a time stamp may be off because it was rounded; then the frame follows the last one.
const ROUNDING: i64 = 4;

impl LiveSound {
    pub(super) fn new(raw: RawSound, clock: Clock) -> Result<Self, SourceError> {
        let reader = PcmReader::new(raw.format, raw.channels);
        let channels = reader.channels();
        Ok(Self {
            clock,
            rate: raw.rate,
            channels: channels.into(),
            resampler: Resampler::new(raw.rate, channels).map_err(SourceError::Sound)?,
            drift: Drift::new(raw.rate, SAMPLE_RATE),
            framer: SoundFramer::new(channels),
            reader,
            waiting: Vec::new(),
            end: 0,
        })
    }

    /// What the source is like.
    pub(super) const fn figures(&self) -> SoundClock {
        self.drift.figures()
    }

    /// Makes frames of `bytes`, which have arrived at `now`.
    pub(super) fn push(&mut self, bytes: &[u8], now: Moment) -> Result<Vec<Frame>, SourceError> {
        let before = self.waiting.len();
        self.reader.push(bytes, &mut self.waiting);
        let arrived = (self.waiting.len() - before) / self.channels;
        let (mut frames, mut used) = (Vec::new(), 0);
        while let Some(chunk) = self.waiting.get(used..used + self.resampler.needs()) {
            used += chunk.len();
            let samples = self.resampler.process(chunk, self.drift.ratio()).map_err(SourceError::Sound)?;
            if let Some(begins) = self.drift.produced((samples.len() / self.channels) as u64) {
                let samples: Vec<i16> = to_s16(samples).collect();
                frames.extend(self.frame(&samples, begins, now));
            }
        }
        self.waiting.drain(..used);
        let waiting = (self.waiting.len() / self.channels) as u64;
        self.drift.arrived(now, arrived as u64, waiting).map_err(|wrong| {
            SourceError::Sound(format!(
                "{wrong}, as rate={} says: give it the rate, channels and format that it has",
                self.rate
            ))
        })?;
        Ok(frames)
    }

    /// The frame of `samples`, the first of which is made of what was heard at `begins`, in microseconds.
    fn frame(&mut self, samples: &[i16], begins: i64, now: Moment) -> Option<Frame> {
        let since_epoch = begins - i64::try_from(self.clock.epoch().as_micros()).ok()?;
        let late_by = i64::try_from(self.resampler.delay()).ok()?;
        // 9/100: 90 kHz in microseconds.
        let rounded = since_epoch * 9 / 100 - ticks_of(late_by);
        let pts = if rounded.abs_diff(self.end) <= ROUNDING.unsigned_abs() { self.end } else { rounded };
        let captured_at = Moment::from_micros(u64::try_from(begins).ok()?);
        let frame = (pts >= 0).then(|| self.framer.frame(samples, pts, captured_at, now))?;
        self.end = pts + i64::from(frame.duration);
        Some(frame)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sound_has_the_time_stamps_of_its_arrival() {
        let clock = Clock::start();
        let raw = RawSound { rate: 16_000, channels: 1, format: SampleFormat::S16 };
        let mut live = LiveSound::new(raw, clock).expect("it is allowed");
        let mut frames = Vec::new();
        // Blocks of 20 ms, of which none comes late.
        for block in 1..300 {
            let now = clock.epoch().plus_micros(block * 20_003);
            frames.extend(live.push(&[0; 640], now).expect("it is sound"));
        }
        let (first, last) = (frames.first().expect("there are some"), frames.last().expect("there are some"));
        assert!(first.pts.ticks >= 45_000 - 1_800, "half a second is only measured");
        assert!(
            (last.pts.ticks + i64::from(last.duration)).abs_diff(299 * 1_800) < 500,
            "{}",
            last.pts.ticks
        );
        for two in frames.windows(2) {
            let hole = two[1].pts.ticks - two[0].pts.ticks - i64::from(two[0].duration);
            assert!((0..=ROUNDING + 1).contains(&hole), "none begins before the last has ended: {hole}");
        }
    }

    #[test]
    fn another_rate_is_an_error_that_says_what_to_do() {
        let clock = Clock::start();
        let raw = RawSound { rate: 48_000, channels: 1, format: SampleFormat::S16 };
        let mut live = LiveSound::new(raw, clock).expect("it is allowed");
        let error = (1..800).find_map(|block| {
            let now = clock.epoch().plus_micros(block * 10_000);
            live.push(&[0; 882], now).err()
        });
        let error = error.expect("it is noticed").to_string();
        assert!(error.contains("samples come in a second, and not 48000"), "{error}");
    }
}

//! The built-in sound: a beep each second, at the moment the test pattern flashes.

use lenscast_media::{
    pcm::{SAMPLE_RATE, SoundFramer, ticks_of},
    test_pattern::beep_sample,
    time::Moment,
};
use tokio_util::sync::CancellationToken;

use crate::{clock::Clock, hub::SoundPublisher, source::error::SourceError};

/// Samples that are made at once: 10 ms, as a sound card gives them.
const BLOCK: u64 = 480;
/// Blocks that are more than this late, 200 ms in samples, are left out.
const LATEST: u64 = 9_600;
const MICROS_PER_SECOND: u64 = 1_000_000;

pub(super) async fn run(publisher: &mut SoundPublisher, stop: &CancellationToken) -> Result<(), SourceError> {
    let samples = Samples { clock: publisher.clock() };
    let framer = SoundFramer::new(1);
    let mut next = samples.at(samples.clock.now()) / BLOCK * BLOCK;
    loop {
        let ends = samples.clock.instant(samples.moment(next + BLOCK));
        tokio::select! {
            () = stop.cancelled() => return Ok(()),
            () = tokio::time::sleep_until(ends.into()) => {}
        }
        let now = samples.clock.now();
        if samples.at(now) > next + LATEST {
            next = samples.at(now) / BLOCK * BLOCK;
            continue;
        }
        let block: Vec<i16> = (next..next + BLOCK).map(|sample| samples.value(sample)).collect();
        let pts = ticks_of(i64::try_from(next).unwrap_or(i64::MAX));
        publisher.publish(framer.frame(&block, pts, samples.moment(next), now));
        next += BLOCK;
    }
}

/// The samples since the epoch of the server's clock.
struct Samples {
    clock: Clock,
}

impl Samples {
    /// Number of the sample at `moment`.
    fn at(&self, moment: Moment) -> u64 {
        moment.micros_since(self.clock.epoch()) * u64::from(SAMPLE_RATE / 1_000) / 1_000
    }

    /// When sample `number` is heard.
    fn moment(&self, number: u64) -> Moment {
        self.clock.epoch().plus_micros(number * 1_000 / u64::from(SAMPLE_RATE / 1_000))
    }

    fn value(&self, number: u64) -> i16 {
        let into_second = self.clock.epoch().as_micros() % MICROS_PER_SECOND;
        let begun = into_second * u64::from(SAMPLE_RATE / 1_000) / 1_000;
        // Less than a second, so it fits.
        beep_sample(((begun + number) % u64::from(SAMPLE_RATE)) as u32)
    }
}

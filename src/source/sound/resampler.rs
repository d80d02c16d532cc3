//! Resamples sound to 48 kHz, a little faster or slower as the clocks ask for. The one place that knows the library.
//!
//! Where the rate is 48 kHz already, a polynomial of the seventh degree between samples is enough; its delay is 0.08 ms.
//! Another rate takes a filter of 128 samples, which leaves out what would be mirrored.

use lenscast_media::pcm::SAMPLE_RATE;
use rubato::{
    Adjustable, Async, FixedAsync, PolynomialDegree, Resampler as _, SincInterpolationParameters,
    SincInterpolationType, WindowFunction, audioadapter_buffers::direct::InterleavedSlice,
};

/// Chunks a second: 10 ms each.
const CHUNKS_A_SECOND: u32 = 100;
/// Largest change of the ratio; the drift of a clock is a tenth of it.
const MOST: f64 = 1.01;

pub(super) struct Resampler {
    channels: usize,
    inner: Async<f32>,
    output: Vec<f32>,
}

impl Resampler {
    /// From `rate` samples a second of each channel.
    pub(super) fn new(rate: u32, channels: u8) -> Result<Self, String> {
        let ratio = f64::from(SAMPLE_RATE) / f64::from(rate);
        let chunk = (rate / CHUNKS_A_SECOND) as usize;
        let channels = usize::from(channels);
        let inner = if rate == SAMPLE_RATE {
            let degree = PolynomialDegree::Septic;
            Async::new_poly(ratio, MOST, degree, chunk, channels, FixedAsync::Input)
        } else {
            let filter = SincInterpolationParameters {
                sinc_len: 128,
                f_cutoff: None,
                oversampling_factor: 256,
                interpolation: SincInterpolationType::Linear,
                window: WindowFunction::BlackmanHarris2,
            };
            Async::new_sinc(ratio, MOST, &filter, chunk, channels, FixedAsync::Input)
        };
        let inner = inner.map_err(|error| error.to_string())?;
        let output = vec![0.0; inner.output_frames_max() * channels];
        Ok(Self { channels, inner, output })
    }

    /// Values that the next chunk takes, of all channels.
    pub(super) fn needs(&self) -> usize {
        self.inner.input_frames_next() * self.channels
    }

    /// Samples of one channel by which the output is late.
    pub(super) fn delay(&self) -> usize {
        self.inner.output_delay()
    }

    /// Resamples `chunk`, which has as many values as it [needs](Self::needs), with this ratio relative to that of the rates.
    pub(super) fn process(&mut self, chunk: &[f32], ratio: f64) -> Result<&[f32], String> {
        let error = |error: &dyn std::fmt::Display| format!("cannot resample: {error}");
        self.inner.set_resample_ratio_relative(ratio, true).map_err(|wrong| error(&wrong))?;
        let (chunk_length, output_length) = (chunk.len() / self.channels, self.output.len() / self.channels);
        let input =
            InterleavedSlice::new(chunk, self.channels, chunk_length).map_err(|wrong| error(&wrong))?;
        let mut output = InterleavedSlice::new_mut(&mut self.output, self.channels, output_length)
            .map_err(|wrong| error(&wrong))?;
        let (_, made) =
            self.inner.process_into_buffer(&input, &mut output, None).map_err(|wrong| error(&wrong))?;
        Ok(&self.output[..made * self.channels])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A tone of 1 kHz that comes with `rate`, and the largest step from sample to sample once it is under way.
    fn largest_step(rate: u32, ratios: &[f64]) -> (f32, usize) {
        let mut resampler = Resampler::new(rate, 1).expect("it is allowed");
        let chunk = resampler.needs();
        let (mut heard, mut at) = (Vec::new(), 0);
        for ratio in ratios {
            let tone = |n: usize| (n as f64 / f64::from(rate) * 1_000.0 * std::f64::consts::TAU).sin() as f32;
            let input: Vec<f32> = (at..at + chunk).map(tone).collect();
            at += chunk;
            heard.extend_from_slice(resampler.process(&input, *ratio).expect("it is resampled"));
        }
        let steps = heard[2_000..].windows(2).map(|two| (two[1] - two[0]).abs());
        (steps.fold(0.0, f32::max), heard.len())
    }

    #[test]
    fn no_step_is_larger_than_those_of_the_tone_by_more_than_a_hundredth() {
        let undisturbed = (1_000.0 / 48_000.0 * std::f32::consts::TAU).sin();
        let changing: Vec<f64> = (0..200).map(|at| 1.0 + f64::from(at % 50 - 25) * 1e-5).collect();
        for (rate, ratios) in [
            (48_000, vec![1.0; 200]),
            (48_000, vec![1.000_2; 200]),
            (48_000, changing.clone()),
            (16_000, vec![1.0; 200]),
            (44_100, changing),
        ] {
            let (step, length) = largest_step(rate, &ratios);
            assert!(step < undisturbed * 1.01, "{rate}: {step} and not {undisturbed}");
            assert!(length.abs_diff(96_000) < 250, "{rate}: {length} samples of two seconds");
        }
    }
}

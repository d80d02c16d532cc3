//! Raw sound as programs write it: the formats of one sample, and a reader that mixes the channels to one or two.

/// Format of one sample, little-endian.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SampleFormat {
    /// Signed, 16 bits.
    S16,
    /// Signed, 24 bits in three bytes.
    S24,
    /// Signed, 32 bits.
    S32,
    /// Floating point from -1 to 1, 32 bits.
    F32,
}

impl SampleFormat {
    /// All names, for messages.
    pub const NAMES: &'static str = "s16le, s24le, s32le or f32le";

    /// The format that ffmpeg calls `name`.
    #[must_use]
    pub fn of_name(name: &str) -> Option<Self> {
        Some(match name {
            "s16le" => Self::S16,
            "s24le" => Self::S24,
            "s32le" => Self::S32,
            "f32le" => Self::F32,
            _ => return None,
        })
    }

    /// Bytes of one sample.
    const fn bytes(self) -> usize {
        match self {
            Self::S16 => 2,
            Self::S24 => 3,
            Self::S32 | Self::F32 => 4,
        }
    }

    /// The value of a sample, from -1 to 1. `bytes` holds one.
    fn value(self, bytes: &[u8]) -> f32 {
        const FULL: f32 = 2_147_483_648.0;
        let mut word = [0; 4];
        word[4 - bytes.len().min(4)..].copy_from_slice(&bytes[..bytes.len().min(4)]);
        match self {
            Self::F32 => {
                let value = f32::from_le_bytes(word);
                if value.is_finite() { value.clamp(-1.0, 1.0) } else { 0.0 }
            }
            // The bytes are the upper ones of 32 bits.
            Self::S16 | Self::S24 | Self::S32 => i32::from_le_bytes(word) as f32 / FULL,
        }
    }
}

/// Reads raw sound however its bytes are cut.
#[derive(Debug)]
pub struct PcmReader {
    format: SampleFormat,
    channels: usize,
    /// Less than one sample of all channels.
    rest: Vec<u8>,
}

impl PcmReader {
    /// For sound of that many channels, at least one.
    #[must_use]
    pub fn new(format: SampleFormat, channels: u8) -> Self {
        Self { format, channels: channels.max(1).into(), rest: Vec::new() }
    }

    /// Channels of what it gives: one or two. More than two are mixed to one.
    #[must_use]
    pub const fn channels(&self) -> u8 {
        if self.channels == 2 { 2 } else { 1 }
    }

    /// Adds the samples of `bytes` to `samples`, channels interleaved.
    pub fn push(&mut self, bytes: &[u8], samples: &mut Vec<f32>) {
        self.rest.extend_from_slice(bytes);
        let whole = self.rest.len() / self.frame_bytes() * self.frame_bytes();
        for frame in self.rest[..whole].chunks_exact(self.frame_bytes()) {
            let values = frame.chunks_exact(self.format.bytes()).map(|bytes| self.format.value(bytes));
            if self.channels == 2 {
                samples.extend(values);
            } else {
                samples.push(values.sum::<f32>() / self.channels as f32);
            }
        }
        self.rest.drain(..whole);
    }

    const fn frame_bytes(&self) -> usize {
        self.format.bytes() * self.channels
    }
}

/// Samples from -1 to 1 as signed 16 bits; what is louder is clipped.
pub fn to_s16(samples: &[f32]) -> impl Iterator<Item = i16> {
    samples.iter().map(|sample| (sample * 32_768.0).round() as i16)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(format: &str, channels: u8, parts: &[&[u8]]) -> Vec<f32> {
        let mut reader = PcmReader::new(SampleFormat::of_name(format).expect(format), channels);
        let mut samples = Vec::new();
        parts.iter().for_each(|part| reader.push(part, &mut samples));
        samples
    }

    #[test]
    fn each_format_has_its_values() {
        let float = [1.5_f32, -0.5, f32::NAN, 0.25].map(f32::to_le_bytes).concat();
        type Row<'a> = (&'a str, u8, &'a [u8], &'a [f32]);
        let table: [Row<'_>; 6] = [
            ("s16le", 1, &[0, 0x40, 0, 0x80, 0, 0], &[0.5, -1.0, 0.0]),
            ("s24le", 1, &[0, 0, 0x40, 0, 0, 0xC0], &[0.5, -0.5]),
            ("s32le", 1, &[0, 0, 0, 0x40, 0, 0, 0, 0x80], &[0.5, -1.0]),
            ("f32le", 1, &float, &[1.0, -0.5, 0.0, 0.25]),
            ("s16le", 2, &[0, 0x40, 0, 0x80], &[0.5, -1.0]),
            ("s16le", 4, &[0, 0x40, 0, 0x40, 0, 0x40, 0, 0x80], &[0.125]),
        ];
        for (format, channels, bytes, expected) in table {
            for cut in 0..=bytes.len() {
                let found = read(format, channels, &[&bytes[..cut], &bytes[cut..]]);
                assert_eq!(found, expected, "{format}, {channels} channels, cut at {cut}");
            }
        }
        assert_eq!(SampleFormat::of_name("u8"), None);
    }

    #[test]
    fn samples_are_clipped() {
        let samples: Vec<i16> = to_s16(&[0.0, 0.5, -1.0, 1.0, 9.0, -9.0]).collect();
        assert_eq!(samples, [0, 16_384, -32_768, 32_767, 32_767, -32_768]);
    }
}

//! Real H.264 for tests: the test pattern, encoded in this process.

use lenscast::encode::{EncoderSettings, H264Encoder};
use lenscast_media::{picture::Size, test_pattern::TestPattern, time::Moment};

/// Access units of the pattern in Annex B form; every `gop`th is a keyframe with its parameter sets.
pub fn clip(width: u32, height: u32, frames: u32, gop: u32) -> Vec<Vec<u8>> {
    let size = Size::new(width, height).expect("allowed");
    let settings = EncoderSettings {
        size,
        frames_per_second: 30.0,
        bitrate_bps: 1_000_000,
        keyframe_interval_frames: gop,
    };
    let mut encoder = H264Encoder::new(settings).expect("settings are right");
    let mut pattern = TestPattern::new(size);
    (0..u64::from(frames))
        .map(|number| {
            let at = Moment::from_micros(number * 33_333);
            let picture = pattern.draw(number, at, at);
            encoder.encode(picture, at).expect("encodes").expect("no frame is left out").to_vec()
        })
        .collect()
}

/// The NAL units of Annex B bytes, without start codes. Written apart from the program's own splitter.
pub fn nal_units(bytes: &[u8]) -> Vec<Vec<u8>> {
    let mut starts = Vec::new();
    for at in 0..bytes.len().saturating_sub(2) {
        if bytes[at..at + 3] == [0, 0, 1] {
            starts.push(at + 3);
        }
    }
    let ends = starts.iter().skip(1).map(|next| next - 3).chain([bytes.len()]);
    starts
        .iter()
        .zip(ends)
        .map(|(start, end)| {
            let mut unit = bytes[*start..end].to_vec();
            while unit.last() == Some(&0) {
                unit.pop();
            }
            unit
        })
        .collect()
}

/// Types of the NAL units of Annex B bytes.
pub fn types(bytes: &[u8]) -> Vec<u8> {
    nal_units(bytes).iter().map(|unit| unit[0] & 0x1f).collect()
}

//! One GOP of encoded pictures, each an access unit with room for a stamp and filled up to its size.
//!
//! ```text
//! [SPS PPS] stamp-SEI filler-SEI slice
//! ```
//! The GOP is shown over and over: it begins with an IDR picture, so that is a stream like any other.

use lenscast_media::{picture::RawPicture, test_pattern::TestPattern, time::Moment};
use openh264::{
    OpenH264API, Timestamp,
    encoder::{
        Complexity, Encoder, EncoderConfig, FrameRate, IntraFramePeriod, Profile as CodingProfile,
        RateControlMode, UsageType, VuiConfig,
    },
    formats::YUVSource,
};

use super::{
    profile::{GOP_FRAMES, Profile},
    stdio::BLOCK_BYTES,
};
use crate::{
    Outcome,
    stamp::{STAMP_BYTES, START_CODE, Stamp, annexb_units, digest},
};

/// NAL unit type 6 with a message of type 3, filler payload (ITU-T H.264 D.1.4).
const FILLER_SEI: [u8; 6] = [0, 0, 0, 1, 6, 3];
const SPS: u8 = 7;
const PPS: u8 = 8;

/// One access unit, ready to be written but for its stamp.
pub(super) struct Unit {
    bytes: Vec<u8>,
    stamp_at: usize,
    digest: u64,
}

impl Unit {
    /// What is written, with the newest stamp.
    pub(super) fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Of the NAL units behind the stamp.
    pub(super) const fn digest(&self) -> u64 {
        self.digest
    }

    /// Puts `stamp` in its place.
    pub(super) fn put(&mut self, stamp: Stamp) {
        self.bytes[self.stamp_at..self.stamp_at + STAMP_BYTES].copy_from_slice(&stamp.unit());
    }

    /// The access unit `coded`, filled up to `wanted` bytes where it is shorter.
    ///
    /// Never a multiple of the block: that would hide its end from who tells it by the size of the last write.
    fn new(coded: &[u8], wanted: usize) -> Self {
        const ASIDE: usize = 16;
        let unit = Self::filled(coded, wanted);
        let length = unit.bytes.len();
        if length.is_multiple_of(BLOCK_BYTES) { Self::filled(coded, length + ASIDE) } else { unit }
    }

    fn filled(coded: &[u8], wanted: usize) -> Self {
        let units = annexb_units(coded);
        let (sets, slices): (Vec<&[u8]>, Vec<&[u8]>) =
            units.into_iter().partition(|unit| matches!(unit[0] & 31, SPS | PPS));
        let mut bytes = Vec::with_capacity(wanted);
        for unit in sets {
            bytes.extend_from_slice(&START_CODE);
            bytes.extend_from_slice(unit);
        }
        let stamp_at = bytes.len();
        bytes.extend_from_slice(&Stamp::default().unit());
        let slice_bytes: usize = slices.iter().map(|unit| START_CODE.len() + unit.len()).sum();
        put_filler(&mut bytes, wanted.saturating_sub(stamp_at + STAMP_BYTES + slice_bytes));
        for unit in slices {
            bytes.extend_from_slice(&START_CODE);
            bytes.extend_from_slice(unit);
        }
        let digest = digest(annexb_units(&bytes[stamp_at + STAMP_BYTES..]));
        Self { bytes, stamp_at, digest }
    }
}

/// A filler message of `total` bytes with all around it, or nothing where that is too little for one.
fn put_filler(out: &mut Vec<u8>, total: usize) {
    let Some(room) = total.checked_sub(FILLER_SEI.len() + 2) else {
        return;
    };
    // The size is written as so many times 255 and a rest, a byte each.
    let size_bytes = room / 256;
    let payload = room - size_bytes;
    out.extend_from_slice(&FILLER_SEI);
    out.resize(out.len() + payload / 255, 255);
    out.push((payload % 255) as u8);
    out.resize(out.len() + payload, 255);
    out.push(0x80);
}

/// One GOP.
pub(super) struct Pictures(Vec<Unit>);

impl Pictures {
    /// Draws and encodes a GOP of the test pattern.
    pub(super) fn encode(profile: Profile) -> Outcome<Self> {
        let config = EncoderConfig::new()
            .profile(CodingProfile::Baseline)
            .usage_type(UsageType::CameraVideoRealTime)
            .complexity(Complexity::Low)
            .num_threads(1)
            .max_frame_rate(FrameRate::from_hz(30.0))
            .rate_control_mode(RateControlMode::Off)
            .intra_frame_period(IntraFramePeriod::from_num_frames(2 * GOP_FRAMES as u32))
            .scene_change_detect(false)
            .vui(VuiConfig::bt601());
        let mut encoder = Encoder::with_api_config(OpenH264API::from_source(), config)?;
        let mut pattern = TestPattern::new(profile.size());
        let mut units = Vec::with_capacity(GOP_FRAMES);
        for index in 0..GOP_FRAMES {
            let at_ms = index as u64 * 100 / 3;
            let at = Moment::from_micros(at_ms * 1000);
            let picture = pattern.draw(index as u64, at, at);
            let coded = encoder.encode_at(&Planes(picture), Timestamp::from_millis(at_ms))?.to_vec();
            if coded.is_empty() {
                return Err(format!("the encoder left out picture {index}").into());
            }
            units.push(Unit::new(&coded, profile.frame_bytes(index)));
        }
        Ok(Self(units))
    }

    /// The access unit that is number `sequence` of the stream.
    pub(super) fn at(&mut self, sequence: u64) -> &mut Unit {
        let index = sequence % self.0.len() as u64;
        &mut self.0[index as usize]
    }
}

/// A picture as the encoder wants to see it.
struct Planes<'a>(&'a RawPicture);

impl YUVSource for Planes<'_> {
    fn dimensions(&self) -> (usize, usize) {
        (self.0.size().width() as usize, self.0.size().height() as usize)
    }

    fn strides(&self) -> (usize, usize, usize) {
        let width = self.0.size().width() as usize;
        (width, width / 2, width / 2)
    }

    fn y(&self) -> &[u8] {
        self.0.planes().0
    }

    fn u(&self) -> &[u8] {
        self.0.planes().1
    }

    fn v(&self) -> &[u8] {
        self.0.planes().2
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn filler_has_the_size_that_is_asked_for() {
        for total in [8, 9, 200, 262, 263, 264, 265, 518, 519, 520, 521, 5000, 8100, 70_000] {
            let mut out = Vec::new();
            put_filler(&mut out, total);
            assert!(out.len().abs_diff(total) <= 1, "{total} became {}", out.len());
        }
    }

    #[test]
    fn a_gop_is_one_keyframe_and_has_its_sizes() {
        let mut pictures = Pictures::encode(Profile::Tiny).expect("encoded");
        for index in 0..GOP_FRAMES as u64 {
            let wanted = Profile::Tiny.frame_bytes(index as usize);
            let unit = pictures.at(index);
            let types: Vec<u8> = annexb_units(unit.bytes()).iter().map(|unit| unit[0] & 31).collect();
            let expected: &[u8] = if index == 0 { &[7, 8, 6, 6, 5] } else { &[6, 6, 1] };
            assert!(types == expected || unit.bytes().len() > wanted, "{index}: {types:?}");
            assert!(!unit.bytes().len().is_multiple_of(BLOCK_BYTES), "{index}");
        }
    }
}

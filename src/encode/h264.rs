//! H.264 encoder: raw pictures in, one Annex B access unit each out, at once.
//!
//! ```text
//! RawPicture ──► H264Encoder ──► SPS PPS IDR   at the interval, at the start and on request
//!                                P             otherwise
//! ```
//! Constrained baseline without reordering, one thread, one slice; nothing is held back. The
//! interval is exact and is counted from a requested keyframe; a change of scene makes no
//! keyframe. Every picture becomes a frame: when the bit rate does not suffice, quality gives way. Noise coded finely, as
//! at a picture a second, can outgrow what OpenH264 has room for; it is then started again with coarse quantizers.
//!
//! The encoder is OpenH264. Its log is turned off before it starts, or it warns on standard
//! error that it cannot hold a bit rate without leaving out frames; that is what `unsafe` is here for.
#![expect(unsafe_code, reason = "the option that silences the C encoder has no safe setter")]

use std::ffi::c_int;

use bytes::Bytes;
use lenscast_media::{
    picture::{RawPicture, Size},
    time::Moment,
};
use openh264::{
    OpenH264API, Timestamp,
    encoder::{
        BitRate, Complexity, Encoder, EncoderConfig, FrameRate, FrameType, IntraFramePeriod, Profile,
        QpRange, RateControlMode, SpsPpsStrategy, UsageType, VuiConfig,
    },
    formats::YUVSource,
};

/// `ENCODER_OPTION_TRACE_LEVEL` of OpenH264's `codec_app_def.h`.
const OPTION_TRACE_LEVEL: c_int = 25;
/// `WELS_LOG_QUIET`.
const TRACE_QUIET: c_int = 0;
/// The largest picture OpenH264 takes, lying or standing.
pub(super) const MAX_SIDES: (u32, u32) = (3840, 2160);
/// Quantizers: finer than the first is not seen, coarser than the second is not recognised.
const QUANTIZERS: (u8, u8) = (20, 42);
/// With these even noise takes less room than OpenH264 has.
const COARSE_QUANTIZERS: (u8, u8) = (32, 42);

/// What to encode and how.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct EncoderSettings {
    /// Size of every picture.
    pub size: Size,
    /// Pictures a second; the bit rate is shared out by it.
    pub frames_per_second: f32,
    /// Aim of the rate control in bits a second; a still picture takes less.
    pub bitrate_bps: u32,
    /// Frames from one keyframe to the next, unless one is asked for between.
    pub keyframe_interval_frames: u32,
}

/// Why a picture was not encoded.
#[derive(Debug, thiserror::Error)]
pub enum EncodeError {
    /// The encoder cannot take pictures so large.
    #[error("a picture of {0} is too large for the H.264 encoder; it takes up to 3840x2160 or 2160x3840")]
    TooLarge(Size),
    /// The picture is not of the size the encoder was made for.
    #[error("a picture of {found} came where {expected} was announced")]
    OtherSize {
        /// Size of the picture.
        found: Size,
        /// Size in the settings.
        expected: Size,
    },
    /// What came out is no frame.
    #[error("the H.264 encoder gave what is no access unit: {0}")]
    NoAccessUnit(lenscast_media::h264::framer::FramerError),
    /// The encoder failed.
    #[error("H.264 encoder: {0}")]
    Encoder(#[from] openh264::Error),
}

/// One running encoder.
pub struct H264Encoder {
    encoder: Encoder,
    settings: EncoderSettings,
    is_coarse: bool,
    keyframe_requested: bool,
}

impl H264Encoder {
    /// An encoder for pictures of `settings.size`; its first frame is a keyframe.
    ///
    /// # Errors
    /// When the size is too large or the encoder cannot be made.
    pub fn new(settings: EncoderSettings) -> Result<Self, EncodeError> {
        let EncoderSettings { size, .. } = settings;
        let (long, short) = (size.width().max(size.height()), size.width().min(size.height()));
        if long > MAX_SIDES.0 || short > MAX_SIDES.1 {
            return Err(EncodeError::TooLarge(size));
        }
        let encoder = begin(settings, QUANTIZERS)?;
        Ok(Self { encoder, settings, is_coarse: false, keyframe_requested: false })
    }

    /// Makes the next frame a keyframe.
    pub const fn request_keyframe(&mut self) {
        self.keyframe_requested = true;
    }

    /// Encodes `picture`, taken `at`, into one access unit with four-byte start codes; SPS and PPS
    /// stand in front of every IDR. `None` when the encoder left the picture out.
    ///
    /// # Errors
    /// When the picture has another size, or the encoder fails.
    pub fn encode<B: AsRef<[u8]>>(
        &mut self,
        picture: &RawPicture<B>,
        at: Moment,
    ) -> Result<Option<Bytes>, EncodeError> {
        if picture.size() != self.settings.size {
            return Err(EncodeError::OtherSize { found: picture.size(), expected: self.settings.size });
        }
        if self.keyframe_requested {
            self.encoder.force_intra_frame();
        }
        let (planes, at) = (Planes(picture), Timestamp::from_millis(at.as_micros() / 1000));
        let (kind, coded) = match coded(&mut self.encoder, &planes, at) {
            Err(error) if !self.is_coarse => {
                tracing::debug!("OpenH264 restarts with coarse quantizers: {error}");
                self.is_coarse = true;
                self.encoder = begin(self.settings, COARSE_QUANTIZERS)?;
                coded(&mut self.encoder, &planes, at)?
            }
            outcome => outcome?,
        };
        match kind {
            FrameType::Skip | FrameType::Invalid => return Ok(None),
            FrameType::IDR => self.keyframe_requested = false,
            FrameType::I | FrameType::P | FrameType::IPMixed => {}
        }
        Ok(Some(coded))
    }
}

/// An encoder that has had no picture yet.
fn begin(settings: EncoderSettings, quantizers: (u8, u8)) -> Result<Encoder, openh264::Error> {
    let config = config(settings).qp(QpRange::new(quantizers.0, quantizers.1));
    let mut encoder = Encoder::with_api_config(OpenH264API::from_source(), config)?;
    silence(&mut encoder);
    Ok(encoder)
}

/// One picture, coded; a copy, since the encoder's own is gone with the next.
fn coded<B: AsRef<[u8]>>(
    encoder: &mut Encoder,
    planes: &Planes<'_, B>,
    at: Timestamp,
) -> Result<(FrameType, Bytes), openh264::Error> {
    let coded = encoder.encode_at(planes, at)?;
    Ok((coded.frame_type(), coded.to_vec().into()))
}

fn config(settings: EncoderSettings) -> EncoderConfig {
    EncoderConfig::new()
        .profile(Profile::Baseline)
        .usage_type(UsageType::CameraVideoRealTime)
        .complexity(Complexity::Low)
        .num_threads(1)
        .max_frame_rate(FrameRate::from_hz(settings.frames_per_second))
        .bitrate(BitRate::from_bps(settings.bitrate_bps))
        .rate_control_mode(RateControlMode::Bitrate)
        .skip_frames(false)
        .intra_frame_period(IntraFramePeriod::from_num_frames(settings.keyframe_interval_frames))
        .sps_pps_strategy(SpsPpsStrategy::ConstantId)
        .scene_change_detect(false)
        .background_detection(false)
        .adaptive_quantization(false)
        .vui(VuiConfig::bt601())
}

/// Turns off the messages that OpenH264 writes to standard error.
fn silence(encoder: &mut Encoder) {
    let mut level = TRACE_QUIET;
    // SAFETY: the encoder is alive, this option may be set before it starts, and `level` is the C int
    // that the option points to, read during the call only.
    let _always_taken = unsafe { encoder.raw_api().set_option(OPTION_TRACE_LEVEL, (&raw mut level).cast()) };
}

/// A raw picture as the encoder wants to see it.
struct Planes<'a, B>(&'a RawPicture<B>);

impl<B: AsRef<[u8]>> YUVSource for Planes<'_, B> {
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
    use lenscast_media::{
        bit_rate::default_bits_per_second,
        test_pattern::{TestPattern, read_frame_clock_luma},
    };
    use openh264::decoder::Decoder;

    use super::*;

    const IDR: u8 = 5;
    const SPS: u8 = 7;
    const PPS: u8 = 8;
    const FRAME_MICROS: u64 = 33_333;

    fn size(width: u32, height: u32) -> Size {
        Size::new(width, height).expect("an allowed size")
    }

    fn encoder(size: Size, bitrate_bps: u32, keyframe_interval_frames: u32) -> H264Encoder {
        let frames_per_second = 30.0;
        H264Encoder::new(EncoderSettings { size, frames_per_second, bitrate_bps, keyframe_interval_frames })
            .expect("an encoder")
    }

    fn moment(number: u64) -> Moment {
        Moment::from_micros(1_795_180_454_789_123 + number * FRAME_MICROS)
    }

    /// Encodes frame `number` of the test pattern, which must give an access unit.
    fn encode(encoder: &mut H264Encoder, pattern: &mut TestPattern, number: u64) -> Bytes {
        let picture = pattern.draw(number, moment(number), moment(number));
        encoder.encode(picture, moment(number)).expect("no failure").expect("no picture left out")
    }

    /// The NAL unit types of an access unit that has four-byte start codes only.
    fn kinds(access_unit: &[u8]) -> Vec<u8> {
        let codes = access_unit.windows(3).enumerate().filter(|(_, three)| *three == [0, 0, 1]);
        codes
            .map(|(at, _)| {
                assert!(at > 0 && access_unit[at - 1] == 0, "a start code of three bytes");
                access_unit[at + 3] & 0x1F
            })
            .collect()
    }

    #[test]
    fn the_first_frame_is_a_keyframe_with_its_parameter_sets() {
        let size = size(320, 180);
        let access_unit = encode(&mut encoder(size, 500_000, 60), &mut TestPattern::new(size), 0);
        assert_eq!(kinds(&access_unit), [SPS, PPS, IDR]);
        assert_eq!(access_unit[4..7], [0x67, 66, 0b1100_0000], "constrained baseline");
    }

    #[test]
    fn keyframes_come_at_the_interval_and_at_once_when_asked_for() {
        let size = size(320, 180);
        let (mut encoder, mut pattern) = (encoder(size, 500_000, 12), TestPattern::new(size));
        let mut keyframes = Vec::new();
        for number in 0..80 {
            if matches!(number, 29 | 60) {
                encoder.request_keyframe();
            }
            let kinds = kinds(&encode(&mut encoder, &mut pattern, number));
            if kinds.contains(&IDR) {
                assert_eq!(kinds, [SPS, PPS, IDR], "frame {number}");
                keyframes.push(number);
            }
        }
        assert_eq!(keyframes, [0, 12, 24, 29, 41, 53, 60, 72]);
    }

    #[test]
    fn every_access_unit_decodes_at_once_to_its_own_picture() {
        for (width, height) in [(160, 120), (642, 366), (1280, 720)] {
            let size = size(width, height);
            let bitrate = default_bits_per_second(size, 30.0);
            let (mut encoder, mut pattern) = (encoder(size, bitrate, 20), TestPattern::new(size));
            let mut decoder = Decoder::new().expect("a decoder");
            for number in 0..45 {
                let access_unit = encode(&mut encoder, &mut pattern, number);
                let picture = decoder.decode(&access_unit).expect("H.264").expect("a picture at once");
                let (width, height) = picture.dimensions();
                assert_eq!((width, height), (size.width() as usize, size.height() as usize));
                let clock = read_frame_clock_luma(picture.y(), picture.strides().0, width, height);
                assert_eq!(clock.map(|clock| u64::from(clock.number)), Some(number), "{size}");
            }
        }
    }

    #[test]
    fn noise_at_a_low_bit_rate_makes_neither_gaps_nor_keyframes() {
        let size = size(320, 180);
        let mut encoder = encoder(size, 100_000, 1000);
        let mut picture = RawPicture::black(size);
        let mut seed = 1_u32;
        for number in 0..60 {
            for luma in picture.planes_mut().0 {
                seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                *luma = 16 + (seed >> 25) as u8;
            }
            let access_unit = encoder.encode(&picture, moment(number)).expect("no failure");
            let kinds = kinds(&access_unit.expect("no picture left out"));
            assert_eq!(kinds.contains(&IDR), number == 0, "frame {number}");
        }
    }

    #[test]
    fn the_bit_rate_is_kept_when_the_picture_needs_more() {
        let size = size(640, 360);
        let (mut encoder, mut pattern) = (encoder(size, 200_000, 60), TestPattern::new(size));
        let bytes: usize = (0..300).map(|number| encode(&mut encoder, &mut pattern, number).len()).sum();
        let bits_per_second = bytes * 8 / 10;
        assert!(bits_per_second < 260_000, "{bits_per_second}");
    }

    #[test]
    fn pictures_of_a_wrong_size_are_refused() {
        let settings = |size| EncoderSettings {
            size,
            frames_per_second: 30.0,
            bitrate_bps: 1_000_000,
            keyframe_interval_frames: 60,
        };
        let error = H264Encoder::new(settings(size(4096, 2160))).err().map(|error| error.to_string());
        let message = "a picture of 4096x2160 is too large for the H.264 encoder; it takes up to 3840x2160 or 2160x3840";
        assert_eq!(error.as_deref(), Some(message));
        let mut encoder = H264Encoder::new(settings(size(320, 180))).expect("an encoder");
        let other = RawPicture::black(size(320, 240));
        let error = encoder.encode(&other, moment(0)).err().map(|error| error.to_string());
        assert_eq!(error.as_deref(), Some("a picture of 320x240 came where 320x180 was announced"));
    }

    #[test]
    fn noise_is_coded_at_every_rate() {
        let size = size(320, 240);
        for frames_per_second in [0.2, 1.0, 5.0, 30.0] {
            let bitrate_bps = default_bits_per_second(size, frames_per_second);
            let settings =
                EncoderSettings { size, frames_per_second, bitrate_bps, keyframe_interval_frames: 60 };
            let mut encoder = H264Encoder::new(settings).expect("an encoder");
            let mut seed = 1_u32;
            for number in 0..3 {
                let noise: Vec<u8> = std::iter::repeat_with(|| {
                    seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                    (seed >> 24) as u8
                })
                .take(size.picture_bytes())
                .collect();
                let picture = RawPicture::from_planes(size, noise).expect("all planes");
                let coded = encoder.encode(&picture, moment(number)).expect("no failure");
                let kind = if number == 0 { vec![SPS, PPS, IDR] } else { vec![1] };
                assert_eq!(kinds(&coded.expect("no picture left out")), kind, "{frames_per_second}");
            }
        }
    }
}

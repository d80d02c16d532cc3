//! H.264 encoder: raw pictures in, one Annex B access unit each out, at once.
//!
//! ```text
//! RawPicture ──► H264Encoder ──► SPS PPS IDR   at the interval, at the start and on request
//!                                P             otherwise
//! ```
//! Constrained baseline without reordering, one thread, one slice; nothing is held back. The
//! interval is exact and begins anew with a requested keyframe; a change of scene makes no
//! keyframe. Every picture becomes a frame: when the bit rate does not suffice, quality gives way.
//!
//! The encoder is OpenH264. It must be told to keep quiet before it starts, or it warns on standard
//! error that it cannot hold a bit rate without leaving out frames; that is what `unsafe` is here for.
#![expect(
    unsafe_code,
    reason = "the option that silences the C encoder has no safe setter"
)]

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

/// `ENCODER_OPTION_TRACE_LEVEL` of OpenH264's `codec_app_def.h`;.
const OPTION_TRACE_LEVEL: c_int = 25;
/// `WELS_LOG_QUIET`.
const TRACE_QUIET: c_int = 0;
/// The largest picture OpenH264 takes, lying or standing.
const MAX_SIDES: (u32, u32) = (3840, 2160);
/// Quantizers: finer than the first is not seen, coarser than the second is not recognised.
const QUANTIZERS: (u8, u8) = (20, 42);
const MIN_BITRATE_BPS: u32 = 100_000;
const MAX_BITRATE_BPS: u32 = 40_000_000;

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

impl EncoderSettings {
    /// A good bit rate for a live picture: 2 Mbit/s at 1280x720 and 30 pictures a second, and
    /// by the power of 3/4 more or less for others.
    #[must_use]
    pub fn default_bitrate_bps(size: Size, frames_per_second: f32) -> u32 {
        let reference = 1280.0 * 720.0 * 30.0;
        let rate = size.pixels() as f32 * frames_per_second.max(1.0);
        let bitrate = 2_000_000.0 * (rate / reference).powf(0.75);
        (bitrate as u32).clamp(MIN_BITRATE_BPS, MAX_BITRATE_BPS)
    }
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
    /// The encoder failed.
    #[error("H.264 encoder: {0}")]
    Encoder(#[from] openh264::Error),
}

/// One running encoder.
pub struct H264Encoder {
    encoder: Encoder,
    size: Size,
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
        let mut encoder = Encoder::with_api_config(OpenH264API::from_source(), config(settings))?;
        silence(&mut encoder);
        Ok(Self {
            encoder,
            size,
            keyframe_requested: false,
        })
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
    pub fn encode(&mut self, picture: &RawPicture, at: Moment) -> Result<Option<Bytes>, EncodeError> {
        if picture.size() != self.size {
            return Err(EncodeError::OtherSize {
                found: picture.size(),
                expected: self.size,
            });
        }
        if self.keyframe_requested {
            self.encoder.force_intra_frame();
        }
        let coded = self
            .encoder
            .encode_at(&Planes(picture), Timestamp::from_millis(at.as_micros() / 1000))?;
        match coded.frame_type() {
            FrameType::Skip | FrameType::Invalid => return Ok(None),
            FrameType::IDR => self.keyframe_requested = false,
            FrameType::I | FrameType::P | FrameType::IPMixed => {}
        }
        Ok(Some(coded.to_vec().into()))
    }
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
        .qp(QpRange::new(QUANTIZERS.0, QUANTIZERS.1))
        .intra_frame_period(IntraFramePeriod::from_num_frames(
            settings.keyframe_interval_frames,
        ))
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
    let _always_taken = unsafe {
        encoder
            .raw_api()
            .set_option(OPTION_TRACE_LEVEL, (&raw mut level).cast())
    };
}

/// A raw picture as the encoder wants to see it.
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

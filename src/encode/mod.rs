//! Renditions: tracks made of a camera's own, in this process or by a child, only while somebody wants them.
//!
//! ```text
//!  H.264 ◄── video ──── pictures ──► jpeg, mpeg1 …      the source writes one of them, its origin;
//!    └────► decoded ──────▲                              each arrow is a recipe
//!  raw sound ──► opus
//! ```
//! [`serve`] takes the requests of a camera. A recipe holds a subscription to one track and writes another. It starts with
//! the first subscriber of its track and ends some time after the last.

mod beginning;
mod display;
mod h264;
mod h264_decoder;
mod jpeg;
mod jpeg_decoder;
mod jpeg_encoder;
mod load;
mod m2m;
mod mpeg1;
#[cfg(feature = "sound")]
mod opus;
mod orientation;
mod pictures;
mod rate_limiter;
mod recipe;
mod rendition;
mod scaler;
mod settings;
mod variants;
mod video;
mod video_encoder;
mod video_settings;

pub use h264::{EncodeError, EncoderSettings, H264Encoder};
pub use h264_decoder::{DecodeError, H264Decoder};
pub use jpeg_decoder::{JpegDecodeError, JpegDecoder};
pub use jpeg_encoder::{DEFAULT_QUALITY, JpegEncoder, JpegError};
pub use mpeg1::Mpeg1Settings;
pub use rendition::serve;
pub use scaler::ScaleError;
pub use settings::{SettingError, Settings};
pub use variants::{MAX_JPEG_VARIANTS, admit};
pub use video_settings::VideoSettings;

//! Raw pictures to coded frames, in this process.

mod h264;

pub use h264::{EncodeError, EncoderSettings, H264Encoder};

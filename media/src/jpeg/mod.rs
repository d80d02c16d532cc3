//! JPEG pictures (ITU-T T.81): as frames of a track.

mod framer;

pub use framer::{CODEC, JpegFramer};

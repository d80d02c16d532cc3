//! JPEG pictures (ITU-T T.81): found in bytes, and as frames of a track.

mod framer;
mod huffman;
mod splitter;

pub use framer::{CODEC, JpegFramer};
pub use splitter::{JpegError, JpegPicture, JpegSplitter, MAX_PICTURE_BYTES};

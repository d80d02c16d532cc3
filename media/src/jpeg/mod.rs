//! JPEG pictures (ITU-T T.81): found in bytes, and as frames of a track.

mod coded;
mod framer;
mod gap;
mod headers;
mod huffman;
mod incoming;
mod picture;
mod repairs;
mod splitter;

pub use framer::{CODEC, JpegFramer};
pub use picture::{JpegError, JpegPicture, MAX_PICTURE_BYTES, MAX_SCANNED_BLOCKS, MAX_SCANS, Orientation};
pub use splitter::JpegSplitter;

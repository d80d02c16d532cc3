//! The formats of Lenscast: bytes in, bytes out.
//!
//! Nothing here reads a clock, a file or a socket; whoever calls says what time it is. A splitter
//! turns bytes into units, an assembler units into frames, a muxer frames into container bytes.
//! `clippy.toml` lists what of the standard library has no place here.
#![forbid(unsafe_code)]
#![cfg_attr(not(test), deny(clippy::disallowed_methods, clippy::disallowed_types))]

pub mod arrival_clock;
pub mod bit_rate;
pub mod bit_writer;
pub mod bits;
pub mod codec;
pub mod container_clock;
#[cfg(feature = "fixtures")]
pub mod fixtures;
pub mod flv;
pub mod frame;
pub mod h264;
pub mod input;
pub mod jpeg;
pub mod mp4;
pub mod mpeg1;
pub mod mpegts;
pub mod multipart;
pub mod opus;
pub mod pcm;
pub mod picture;
pub mod pixels;
pub mod player_wire;
pub mod raw_video;
pub mod rendition;
pub mod rendition_clock;
pub mod rtp;
pub mod rtsp;
pub mod run_clock;
pub mod test_pattern;
pub mod time;
pub mod websocket;
pub mod y4m;

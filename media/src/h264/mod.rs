//! H.264 (ITU-T H.264): from a byte stream to frames.
//!
//! ```text
//! bytes ─► annexb::Splitter ─► NalUnit ─► access_unit::Assembler ─► AccessUnit ─► framer::Framer ─► Frame
//! ```

pub mod access_unit;
pub mod annexb;
pub mod avcc;
mod cropping;
pub mod display_order;
pub mod framer;
pub mod nal;
pub mod parameter_sets;
pub mod picture_order;
pub mod pps;
mod random_access;
mod seen_order;
pub mod sei;
pub mod simple_decoder;
pub mod slice_error;
pub mod slice_header;
pub mod sps;
mod sps_rewrite;
pub mod vui;

//! The kernel's video devices (V4L2): what they are, what they can do, and their buffers.
//!
//! ```text
//! abi     the structs and numbers of linux/videodev2.h that are used here
//! sys     the system calls, and the only unsafe code
//! device  one open device: its formats, sizes, rates and controls
//! queue   its buffers: a camera has one queue, an encoder has two
//! ```
//! Shared by cameras (`source/v4l2/`) and by hardware encoders (`encode/`); knows neither.

pub(crate) mod abi;
pub(crate) mod controls;
pub(crate) mod device;
pub(crate) mod fourcc;
pub(crate) mod queue;
mod sys;

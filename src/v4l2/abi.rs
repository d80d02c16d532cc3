//! The part of `linux/videodev2.h` that is used here: structs as the kernel lays them out, and its numbers.
//!
//! The sizes are those of 64-bit and of 32-bit programs (there with the short `timeval`, which every kernel takes); the
//! number of a system call holds the size of its struct, so a wrong one would be refused, never misread.
//! Unions are written as what is used of them and room for the rest.

use std::ffi::c_long;

/// What a queue is for (`enum v4l2_buf_type`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u32)]
pub(crate) enum QueueKind {
    /// Pictures from a device.
    Capture = 1,
    /// Pictures or coded bytes from a device with planes.
    CapturePlanes = 9,
    /// Pictures to a device with planes.
    OutputPlanes = 10,
}

impl QueueKind {
    /// Whether its buffers have planes of their own.
    pub(crate) const fn has_planes(self) -> bool {
        matches!(self, Self::CapturePlanes | Self::OutputPlanes)
    }
}

/// `V4L2_MEMORY_MMAP`.
pub(crate) const MEMORY_MMAP: u32 = 1;
/// `V4L2_FIELD_NONE`: whole pictures, not every second row.
pub(crate) const FIELD_NONE: u32 = 1;
/// `V4L2_FIELD_ANY`: whatever the device likes.
pub(crate) const FIELD_ANY: u32 = 0;
/// `V4L2_PIX_FMT_PRIV_MAGIC`: the fields behind `private` mean something.
pub(crate) const PRIVATE_MAGIC: u32 = 0xfeed_cafe;

/// What a device is, bit by bit (`V4L2_CAP_…`).
pub(crate) mod capability {
    pub(crate) const VIDEO_CAPTURE: u32 = 0x0000_0001;
    pub(crate) const VIDEO_OUTPUT: u32 = 0x0000_0002;
    pub(crate) const VIDEO_CAPTURE_MPLANE: u32 = 0x0000_1000;
    pub(crate) const VIDEO_OUTPUT_MPLANE: u32 = 0x0000_2000;
    pub(crate) const VIDEO_M2M_MPLANE: u32 = 0x0000_4000;
    pub(crate) const VIDEO_M2M: u32 = 0x0000_8000;
    pub(crate) const META_CAPTURE: u32 = 0x0080_0000;
    pub(crate) const STREAMING: u32 = 0x0400_0000;
    pub(crate) const META_OUTPUT: u32 = 0x0800_0000;
    pub(crate) const DEVICE_CAPS: u32 = 0x8000_0000;
}

/// What is known of a buffer (`V4L2_BUF_FLAG_…`).
pub(crate) mod buffer_flag {
    /// The device could not fill it; its contents are damaged.
    pub(crate) const ERROR: u32 = 0x0000_0040;
    pub(crate) const TIMESTAMP_MASK: u32 = 0x0000_e000;
    pub(crate) const TIMESTAMP_MONOTONIC: u32 = 0x0000_2000;
}

/// Kinds of sizes and rates (`enum v4l2_frmsizetypes`, `enum v4l2_frmivaltypes`).
pub(crate) const DISCRETE: u32 = 1;

/// Colours (`enum v4l2_colorspace`, `v4l2_ycbcr_encoding`, `v4l2_quantization`).
pub(crate) mod colour {
    pub(crate) const SPACE_SMPTE170M: u32 = 1;
    pub(crate) const SPACE_REC709: u32 = 3;
    pub(crate) const SPACE_JPEG: u32 = 7;
    pub(crate) const SPACE_DCI_P3: u32 = 12;
    pub(crate) const ENCODING_DEFAULT: u32 = 0;
    pub(crate) const ENCODING_709: u32 = 2;
    pub(crate) const QUANTIZATION_DEFAULT: u32 = 0;
    pub(crate) const QUANTIZATION_FULL: u32 = 1;
}

/// Controls (`V4L2_CID_…`), their kinds and flags.
pub(crate) mod control {
    pub(crate) const NEXT: u32 = 0x8000_0000;
    pub(crate) const FLAG_DISABLED: u32 = 0x0001;
    pub(crate) const FLAG_READ_ONLY: u32 = 0x0004;
    pub(crate) const FLAG_INACTIVE: u32 = 0x0010;
    pub(crate) const FLAG_WRITE_ONLY: u32 = 0x0040;
    pub(crate) const INTEGER: u32 = 1;
    pub(crate) const BOOLEAN: u32 = 2;
    pub(crate) const MENU: u32 = 3;
    pub(crate) const BUTTON: u32 = 4;
    pub(crate) const INTEGER_MENU: u32 = 9;

    const MPEG: u32 = 0x0099_0900;
    pub(crate) const BITRATE_MODE: u32 = MPEG + 206;
    pub(crate) const BITRATE_MODE_CBR: i32 = 1;
    pub(crate) const BITRATE: u32 = MPEG + 207;
    pub(crate) const REPEAT_SEQ_HEADER: u32 = MPEG + 226;
    pub(crate) const FORCE_KEY_FRAME: u32 = MPEG + 229;
    pub(crate) const H264_MIN_QP: u32 = MPEG + 353;
    pub(crate) const H264_MAX_QP: u32 = MPEG + 354;
    pub(crate) const H264_I_PERIOD: u32 = MPEG + 358;
    pub(crate) const H264_PROFILE: u32 = MPEG + 363;
    pub(crate) const H264_PROFILE_CONSTRAINED_BASELINE: i32 = 1;
}

/// Numerator and denominator (`struct v4l2_fract`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[repr(C)]
pub(crate) struct Fraction {
    pub(crate) numerator: u32,
    pub(crate) denominator: u32,
}

/// `struct v4l2_capability`.
#[derive(Clone, Copy, Debug, Default)]
#[repr(C)]
pub(crate) struct Capability {
    pub(crate) driver: [u8; 16],
    pub(crate) card: [u8; 32],
    pub(crate) bus: [u8; 32],
    pub(crate) version: u32,
    /// Of all nodes of the hardware.
    pub(crate) capabilities: u32,
    /// Of this node, if `capabilities` says that it is set.
    pub(crate) device_capabilities: u32,
    pub(crate) reserved: [u32; 3],
}

/// `struct v4l2_fmtdesc`.
#[derive(Clone, Copy, Debug, Default)]
#[repr(C)]
pub(crate) struct FormatDescription {
    pub(crate) index: u32,
    pub(crate) kind: u32,
    pub(crate) flags: u32,
    pub(crate) description: [u8; 32],
    pub(crate) pixel_format: u32,
    pub(crate) bus_code: u32,
    pub(crate) reserved: [u32; 3],
}

/// `struct v4l2_frmsizeenum`: one size, or from least to most by step.
#[derive(Clone, Copy, Debug, Default)]
#[repr(C)]
pub(crate) struct FrameSize {
    pub(crate) index: u32,
    pub(crate) pixel_format: u32,
    pub(crate) kind: u32,
    /// Discrete: width, height. Else: least, most, step of the width, then of the height.
    pub(crate) sides: [u32; 6],
    pub(crate) reserved: [u32; 2],
}

/// `struct v4l2_frmivalenum`: one interval, or from least to most by step.
#[derive(Clone, Copy, Debug, Default)]
#[repr(C)]
pub(crate) struct FrameInterval {
    pub(crate) index: u32,
    pub(crate) pixel_format: u32,
    pub(crate) width: u32,
    pub(crate) height: u32,
    pub(crate) kind: u32,
    /// Discrete: the first. Else: shortest, longest, step.
    pub(crate) intervals: [Fraction; 3],
    pub(crate) reserved: [u32; 2],
}

/// `struct v4l2_pix_format`.
#[derive(Clone, Copy, Debug, Default)]
#[repr(C)]
pub(crate) struct PixelFormat {
    pub(crate) width: u32,
    pub(crate) height: u32,
    pub(crate) pixel_format: u32,
    pub(crate) field: u32,
    pub(crate) bytes_per_line: u32,
    pub(crate) size_image: u32,
    pub(crate) colour_space: u32,
    pub(crate) private: u32,
    pub(crate) flags: u32,
    pub(crate) encoding: u32,
    pub(crate) quantization: u32,
    pub(crate) transfer: u32,
}

/// `struct v4l2_plane_pix_format`.
#[derive(Clone, Copy, Debug, Default)]
#[repr(C)]
pub(crate) struct PlaneFormat {
    pub(crate) size_image: u32,
    pub(crate) bytes_per_line: u32,
    pub(crate) reserved: [u16; 6],
}

/// `struct v4l2_pix_format_mplane`.
#[derive(Clone, Copy, Debug, Default)]
#[repr(C)]
pub(crate) struct PixelFormatPlanes {
    pub(crate) width: u32,
    pub(crate) height: u32,
    pub(crate) pixel_format: u32,
    pub(crate) field: u32,
    pub(crate) colour_space: u32,
    pub(crate) planes: [PlaneFormat; 8],
    pub(crate) plane_count: u8,
    pub(crate) flags: u8,
    pub(crate) encoding: u8,
    pub(crate) quantization: u8,
    pub(crate) transfer: u8,
    pub(crate) reserved: [u8; 7],
}

/// `struct v4l2_format` of a queue without planes.
#[derive(Clone, Copy, Debug)]
#[repr(C)]
pub(crate) struct Format {
    pub(crate) kind: u32,
    /// The union holds pointers in its other forms.
    alignment: [usize; 0],
    pub(crate) pixels: PixelFormat,
    rest: [u8; 152],
}

impl Format {
    pub(crate) const fn new(kind: QueueKind, pixels: PixelFormat) -> Self {
        Self { kind: kind as u32, alignment: [], pixels, rest: [0; 152] }
    }
}

/// `struct v4l2_format` of a queue with planes.
#[derive(Clone, Copy, Debug)]
#[repr(C)]
pub(crate) struct FormatPlanes {
    pub(crate) kind: u32,
    alignment: [usize; 0],
    pub(crate) pixels: PixelFormatPlanes,
    rest: [u8; 8],
}

impl FormatPlanes {
    pub(crate) const fn new(kind: QueueKind, pixels: PixelFormatPlanes) -> Self {
        Self { kind: kind as u32, alignment: [], pixels, rest: [0; 8] }
    }
}

/// `struct v4l2_streamparm` (capture and output have the fields used here at the same places).
#[derive(Clone, Copy, Debug)]
#[repr(C)]
pub(crate) struct StreamParameters {
    pub(crate) kind: u32,
    pub(crate) capability: u32,
    pub(crate) mode: u32,
    pub(crate) time_per_frame: Fraction,
    rest: [u8; 184],
}

impl StreamParameters {
    pub(crate) const fn new(kind: QueueKind, time_per_frame: Fraction) -> Self {
        Self { kind: kind as u32, capability: 0, mode: 0, time_per_frame, rest: [0; 184] }
    }
}

/// `struct v4l2_requestbuffers`.
#[derive(Clone, Copy, Debug, Default)]
#[repr(C)]
pub(crate) struct RequestBuffers {
    pub(crate) count: u32,
    pub(crate) kind: u32,
    pub(crate) memory: u32,
    pub(crate) capabilities: u32,
    pub(crate) flags: u8,
    pub(crate) reserved: [u8; 3],
}

/// `struct timeval`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[repr(C)]
pub(crate) struct Timeval {
    pub(crate) seconds: c_long,
    pub(crate) micros: c_long,
}

/// `struct v4l2_plane`.
#[derive(Clone, Copy, Debug, Default)]
#[repr(C)]
pub(crate) struct Plane {
    pub(crate) bytes_used: u32,
    pub(crate) length: u32,
    /// A union with a pointer: the first four bytes are the offset to map.
    pub(crate) memory: usize,
    pub(crate) data_offset: u32,
    pub(crate) reserved: [u32; 11],
}

/// `struct v4l2_buffer`.
#[derive(Clone, Copy, Debug)]
#[repr(C)]
pub(crate) struct Buffer {
    pub(crate) index: u32,
    pub(crate) kind: u32,
    pub(crate) bytes_used: u32,
    pub(crate) flags: u32,
    pub(crate) field: u32,
    pub(crate) timestamp: Timeval,
    pub(crate) timecode: [u32; 4],
    pub(crate) sequence: u32,
    pub(crate) memory: u32,
    /// A union: the first four bytes are the offset to map, or it is a pointer to the planes. Only `sys` sets it.
    pub(crate) place: *mut Plane,
    /// Bytes of the buffer, or how many planes `place` points to. Only `sys` sets it.
    pub(crate) length: u32,
    pub(crate) reserved: [u32; 2],
}

impl Buffer {
    pub(crate) const fn new(kind: QueueKind, index: u32) -> Self {
        Self {
            index,
            kind: kind as u32,
            bytes_used: 0,
            flags: 0,
            field: FIELD_ANY,
            timestamp: Timeval { seconds: 0, micros: 0 },
            timecode: [0; 4],
            sequence: 0,
            memory: MEMORY_MMAP,
            place: std::ptr::null_mut(),
            length: 0,
            reserved: [0; 2],
        }
    }
}

/// `struct v4l2_control`.
#[derive(Clone, Copy, Debug, Default)]
#[repr(C)]
pub(crate) struct Control {
    pub(crate) id: u32,
    pub(crate) value: i32,
}

/// `struct v4l2_queryctrl`.
#[derive(Clone, Copy, Debug, Default)]
#[repr(C)]
pub(crate) struct QueryControl {
    pub(crate) id: u32,
    pub(crate) kind: u32,
    pub(crate) name: [u8; 32],
    pub(crate) least: i32,
    pub(crate) most: i32,
    pub(crate) step: i32,
    pub(crate) default: i32,
    pub(crate) flags: u32,
    pub(crate) reserved: [u32; 2],
}

/// `struct v4l2_querymenu`.
#[derive(Clone, Copy, Debug, Default)]
#[repr(C)]
pub(crate) struct QueryMenu {
    pub(crate) id: u32,
    pub(crate) index: u32,
    /// A union with a number of 64 bits, in menus of numbers.
    pub(crate) name: [u8; 32],
    pub(crate) reserved: u32,
}

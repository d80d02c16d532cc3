//! Makes frames of the bytes of a source.

mod advice;
pub(in crate::source) mod boundary_signs;
pub(in crate::source) mod byte_stream;
mod frame_boundary;
pub(in crate::source) mod frames;
pub(in crate::source) mod picture_reader;
mod pts_lines;
mod pts_list;
pub(in crate::source) mod raw_pictures;
pub(in crate::source) mod raw_splitter;
pub(in crate::source) mod timeouts;

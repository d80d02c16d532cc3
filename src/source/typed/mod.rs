//! What was typed for a source, and what is wrong with it.

pub(in crate::source) mod error;
pub(in crate::source) mod input_format;
pub(in crate::source) mod raw_format;
pub(in crate::source) mod spec;

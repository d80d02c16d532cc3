//! A source as it was typed: its grammar, its formats, their errors. Knows no kind of source.

pub(in crate::source) mod error;
pub(in crate::source) mod input_format;
pub(in crate::source) mod raw_format;
pub(in crate::source) mod spec;

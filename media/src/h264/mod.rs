//! H.264 (ITU-T H.264): from a byte stream to frames.
//!
//! ```text
//! bytes ─► annexb::Splitter ─► NalUnit ─► access_unit::Assembler ─► AccessUnit ─► framer::Framer ─► Frame
//! ```

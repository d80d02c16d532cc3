//! How H.264 is made of raw pictures.

/// How raw pictures are encoded.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct VideoSettings {
    /// Bit rate to aim at; by size and rate of the pictures if not given.
    pub bits_per_second: Option<u32>,
}

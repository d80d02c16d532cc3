//! Why no init segment can be made.

/// Why no init segment can be made for a configuration.
#[derive(Debug, thiserror::Error)]
pub enum Mp4Error {
    /// The codec string names a codec other than H.264.
    #[error("codec {0:?} cannot be put into MP4 here; only avc1 can")]
    Codec(String),
    /// A side of the picture is zero or does not fit the 16 bits that MP4 has for it.
    #[error("a picture of {width}x{height} does not fit MP4; each side may have 1 to 65535 pixels")]
    Size {
        /// Pixels across.
        width: u32,
        /// Pixels down.
        height: u32,
    },
    /// The decoder configuration record is damaged.
    #[error("decoder configuration record of {length} bytes is damaged: {source}")]
    Description {
        /// Bytes of the record.
        length: usize,
        /// What is wrong with it.
        source: mp4_atom::Error,
    },
    /// A box could not be written.
    #[error("init segment cannot be written: {0}")]
    Write(#[source] mp4_atom::Error),
}

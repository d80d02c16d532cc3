//! A JPEG picture as it is found, and why what looks like one is not shown.

use bytes::Bytes;

/// Scans of one picture at most. Progressive pictures have about ten; a hostile one has thousands, and every decoder goes
/// through all its blocks for each.
pub const MAX_SCANS: u32 = 100;
/// Blocks of all scans of a picture at most: those of eight baseline pictures of 4096x4096 with full chroma. That is less
/// than a second of work.
pub const MAX_SCANNED_BLOCKS: u64 = 6 << 20;
/// Largest picture, in bytes.
pub const MAX_PICTURE_BYTES: usize = 16 << 20;

/// How the picture is turned before it is shown (Exif tag 0x0112): 1 to 8, and 1 is as it is.
pub type Orientation = u8;

/// One picture, from SOI to EOI.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JpegPicture {
    /// Its bytes: as they came, or repaired.
    pub bytes: Bytes,
    /// Pixels across; at least 1.
    pub width: u16,
    /// Pixels down; at least 1.
    pub height: u16,
    /// Whether it brings the Huffman tables it is coded with.
    pub has_tables: bool,
    /// Whether its components are red, green and blue, instead of YCbCr.
    pub is_rgb: bool,
    /// How it is turned before it is shown.
    pub orientation: Orientation,
}

/// Why what began like a picture is none, or is not shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum JpegError {
    /// It goes on for too long.
    #[error("a JPEG picture is larger than {MAX_PICTURE_BYTES} bytes")]
    TooLarge,
    /// Its coded bytes are not what they should be, or foreign bytes stand everywhere in it.
    #[error("a JPEG picture is damaged: foreign bytes stand in it")]
    Damaged,
    /// A segment cannot be so short.
    #[error("a JPEG picture is damaged: a segment of {0} bytes")]
    Length(u16),
    /// It ends before all of its blocks have come.
    #[error("a JPEG picture is cut off: it ends before all of it has come")]
    CutOff,
    /// Its frame header is missing, or tells no size.
    #[error("a JPEG picture is damaged: it tells no size")]
    NoSize,
    /// It is of a kind that no browser shows.
    #[error(
        "the JPEG pictures are {0}, which no browser shows: set the camera to baseline JPEG (Huffman coding, 8 bits)"
    )]
    NotShown(&'static str),
    /// To decode it is too much work.
    #[error(
        "a JPEG picture has too many scans: up to {MAX_SCANS} with {MAX_SCANNED_BLOCKS} blocks in all are decoded"
    )]
    TooManyScans,
    /// It is not the first in its part of multipart.
    #[error("a part holds more than one JPEG picture: the first is shown")]
    Extra,
}

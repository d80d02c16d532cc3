//! The headers of a sequence and of a picture (sections 2.4.2.3 and 2.4.2.5).

use super::frame_rate::FrameRate;
use crate::bits::{BitError, BitReader};

/// Bytes of a sequence header behind its start code, without matrices.
pub const SEQUENCE_HEADER_BYTES: usize = 8;
/// Bytes of a picture header behind its start code that say what the picture is.
pub const PICTURE_HEADER_BYTES: usize = 2;

/// Why a header cannot be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum HeaderError {
    /// It is cut.
    #[error("header {0}")]
    Cut(#[from] BitError),
    /// A side of 0 pixels.
    #[error("sequence header with a picture of {width}x{height} pixels")]
    Size {
        /// Pixels across.
        width: u32,
        /// Pixels down.
        height: u32,
    },
    /// A code that stands for no frame rate.
    #[error("sequence header with picture rate code {0}; 1 to 8 are known")]
    FrameRate(u32),
    /// A code that stands for no kind of picture.
    #[error("picture of coding type {0}; 1 (I), 2 (P) and 3 (B) are known")]
    Coding(u32),
}

/// What a sequence header says of the pictures.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SequenceHeader {
    /// Pixels across.
    pub width: u32,
    /// Pixels down.
    pub height: u32,
    /// Pictures a second, as stated.
    pub frame_rate: FrameRate,
}

impl SequenceHeader {
    /// Reads what follows the start code.
    ///
    /// # Errors
    /// When it is cut or says what cannot be.
    pub fn parse(bytes: &[u8]) -> Result<Self, HeaderError> {
        let mut bits = BitReader::new(bytes);
        let (width, height) = (bits.bits(12)?, bits.bits(12)?);
        let _pixel_aspect_ratio = bits.bits(4)?;
        let code = bits.bits(4)?;
        if width == 0 || height == 0 {
            return Err(HeaderError::Size { width, height });
        }
        let frame_rate = FrameRate::from_code(code).ok_or(HeaderError::FrameRate(code))?;
        Ok(Self { width, height, frame_rate })
    }
}

/// How a picture is coded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PictureCoding {
    /// By itself.
    Intra,
    /// From the reference before.
    Predicted,
    /// From the references before and after.
    Bidirectional,
}

impl PictureCoding {
    /// Reads what follows a picture's start code.
    ///
    /// # Errors
    /// When it is cut or unknown.
    pub fn parse(bytes: &[u8]) -> Result<Self, HeaderError> {
        let mut bits = BitReader::new(bytes);
        let _temporal_reference = bits.bits(10)?;
        match bits.bits(3)? {
            1 => Ok(Self::Intra),
            2 => Ok(Self::Predicted),
            3 => Ok(Self::Bidirectional),
            other => Err(HeaderError::Coding(other)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sequence_header_tells_size_and_rate() {
        type Read = Result<(u32, u32, u32), HeaderError>;
        let table: [(&[u8], Read); 6] = [
            (&[0x28, 0x01, 0xe0, 0x12, 0xff, 0xff], Ok((640, 480, 2))),
            (&[0x50, 0x02, 0xd0, 0x15], Ok((1280, 720, 5))),
            (&[0xff, 0xef, 0xfe, 0x18], Ok((4094, 4094, 8))),
            (&[0x00, 0x01, 0xe0, 0x12], Err(HeaderError::Size { width: 0, height: 480 })),
            (&[0x28, 0x01, 0xe0, 0x19], Err(HeaderError::FrameRate(9))),
            (&[0x28, 0x01, 0xe0], Err(HeaderError::Cut(BitError::End(24)))),
        ];
        for (bytes, expected) in table {
            let read = SequenceHeader::parse(bytes);
            let read = read.map(|header| (header.width, header.height, header.frame_rate.code()));
            assert_eq!(read, expected, "{bytes:02x?}");
        }
    }

    #[test]
    fn a_picture_header_tells_how_it_is_coded() {
        let table: [(&[u8], Result<PictureCoding, HeaderError>); 6] = [
            (&[0x00, 0x0f, 0xff, 0xf8], Ok(PictureCoding::Intra)),
            (&[0x00, 0x57], Ok(PictureCoding::Predicted)),
            (&[0xff, 0xdf], Ok(PictureCoding::Bidirectional)),
            (&[0x00, 0x20], Err(HeaderError::Coding(4))),
            (&[0x00, 0x00], Err(HeaderError::Coding(0))),
            (&[0x00], Err(HeaderError::Cut(BitError::End(8)))),
        ];
        for (bytes, expected) in table {
            assert_eq!(PictureCoding::parse(bytes), expected, "{bytes:02x?}");
        }
    }
}

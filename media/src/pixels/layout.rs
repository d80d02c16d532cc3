//! Where the pixels of a picture are among its bytes, and the way from there to planes.

use super::{colours::Colours, convert, format::PixelFormat};
use crate::picture::Size;

/// Why bytes cannot be a picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PixelError {
    /// Rows that are shorter than the picture is wide, or out of all proportion.
    #[error("rows of {stride} bytes cannot hold {width} pixels of {format}")]
    Stride {
        /// What was said of the rows.
        stride: usize,
        /// Pixels across.
        width: u32,
        /// Name of the format.
        format: &'static str,
    },
    /// Fewer rows than the picture has, or out of all proportion.
    #[error("{rows} rows are not what a picture of {height} is padded to: an even number from {height} on")]
    Rows {
        /// What was said.
        rows: usize,
        /// Rows of the picture.
        height: u32,
    },
    /// Too few bytes.
    #[error("a picture of {found} bytes came where {expected} were announced")]
    TooShort {
        /// Bytes that came.
        found: usize,
        /// Bytes of a whole picture.
        expected: usize,
    },
}

/// Where the pixels of a picture are among its bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Layout {
    format: PixelFormat,
    size: Size,
    stride: usize,
    /// Rows of the first plane, padding included.
    rows: usize,
}

/// Rows are padded downwards to a multiple of one of these.
const ROW_ALIGNMENTS: [usize; 3] = [16, 32, 64];

impl Layout {
    /// Rows without padding.
    #[must_use]
    pub const fn packed(format: PixelFormat, size: Size) -> Self {
        let stride = format.row_bytes(size.width() as usize);
        Self { format, size, stride, rows: size.height() as usize }
    }

    /// Rows of `stride` bytes in the first plane; 0 is a row without padding.
    ///
    /// # Errors
    /// When a row does not fit, or is more than twice as long as it must be.
    pub const fn with_stride(format: PixelFormat, size: Size, stride: usize) -> Result<Self, PixelError> {
        let least = format.row_bytes(size.width() as usize);
        if stride == 0 {
            return Ok(Self::packed(format, size));
        }
        // Short rows are aligned to much: 64 pixels of some hardware encoders.
        if stride < least || stride > least * 2 + 4096 {
            return Err(PixelError::Stride { stride, width: size.width(), format: format.name() });
        }
        Ok(Self { format, size, stride, rows: size.height() as usize })
    }

    /// The same with `rows` rows in the first plane, of which those behind the picture are padding; 0 is no padding.
    ///
    /// # Errors
    /// When there are fewer than the picture has, an odd number, or more than twice as many.
    pub const fn with_rows(self, rows: usize) -> Result<Self, PixelError> {
        let least = self.size.height() as usize;
        if rows == 0 {
            return Ok(Self { rows: least, ..self });
        }
        if rows < least || !rows.is_multiple_of(2) || rows > least * 2 + 64 {
            return Err(PixelError::Rows { rows, height: self.size.height() });
        }
        Ok(Self { rows, ..self })
    }

    /// The same with rows of padding as encoders and cameras add them, if `fits` is true of the bytes of such a picture.
    #[must_use]
    pub fn padded(self, fits: impl Fn(usize) -> bool) -> Option<Self> {
        let height = self.size.height() as usize;
        let padded = ROW_ALIGNMENTS.into_iter().map(|alignment| height.next_multiple_of(alignment));
        let mut layouts = padded.filter(|rows| *rows > height).filter_map(|rows| self.with_rows(rows).ok());
        layouts.find(|layout| fits(layout.bytes()))
    }

    /// Rows of the first plane, padding included.
    #[must_use]
    pub const fn rows(&self) -> usize {
        self.rows
    }

    /// Size of the picture.
    #[must_use]
    pub const fn size(&self) -> Size {
        self.size
    }

    /// Its format.
    #[must_use]
    pub const fn format(&self) -> PixelFormat {
        self.format
    }

    /// Bytes of a whole picture.
    #[must_use]
    pub const fn bytes(&self) -> usize {
        self.format.picture_bytes(self.stride, self.rows)
    }

    /// Planar YUV 4:2:0 of a picture: Y, then U, then V, without padding. `bytes` may go on behind the picture.
    ///
    /// # Errors
    /// When there are too few bytes.
    pub fn convert(&self, bytes: &[u8], colours: Colours) -> Result<Vec<u8>, PixelError> {
        let expected = self.bytes();
        let picture = bytes.get(..expected).ok_or(PixelError::TooShort { found: bytes.len(), expected })?;
        let mut planes = convert::to_planes(self.format, picture, (self.stride, self.rows), self.size);
        if !matches!(self.format, PixelFormat::Rgb24 | PixelFormat::Bgr24) {
            colours.adjust(&mut planes, self.size);
        }
        Ok(planes)
    }
}

//! Raw pictures as cameras give them, and the way from there to planar YUV 4:2:0.
//!
//! ```text
//! bytes of a PixelFormat, rows maybe padded ─► Layout::convert ─► RawPicture (I420, BT.601, limited range)
//!
//! yuyv422  Y U Y V  Y U Y V …        half the colour across, one plane
//! nv12     Y Y Y Y …  U V U V …      half across and down, two planes
//! yuv420p  Y Y Y Y …  U U …  V V …   the same, three planes
//! ```
//! Names are those of ffmpeg. Planes follow each other without a gap; a padded row of luma pads those of colour in
//! proportion, as V4L2 has it.

mod colours;
mod convert;

pub use colours::{Colours, Matrix};

use crate::picture::Size;

/// A way to lay out a picture in bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum PixelFormat {
    /// Packed 4:2:2: Y U Y V.
    Yuyv422,
    /// Packed 4:2:2: U Y V Y.
    Uyvy422,
    /// Packed 4:2:2: Y V Y U.
    Yvyu422,
    /// Planar 4:2:0: Y, then U, then V.
    Yuv420p,
    /// Planar 4:2:0: Y, then V, then U.
    Yvu420p,
    /// Planar 4:2:2: Y, then U, then V.
    Yuv422p,
    /// Y, then U and V in turns, 4:2:0.
    Nv12,
    /// Y, then V and U in turns, 4:2:0.
    Nv21,
    /// Y, then U and V in turns, 4:2:2.
    Nv16,
    /// Y only.
    Gray,
    /// Red, green, blue; a byte each.
    Rgb24,
    /// Blue, green, red; a byte each.
    Bgr24,
}

impl PixelFormat {
    /// All of them.
    pub const ALL: [Self; 12] = [
        Self::Yuyv422,
        Self::Uyvy422,
        Self::Yvyu422,
        Self::Yuv420p,
        Self::Yvu420p,
        Self::Yuv422p,
        Self::Nv12,
        Self::Nv21,
        Self::Nv16,
        Self::Gray,
        Self::Rgb24,
        Self::Bgr24,
    ];

    /// Its name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Yuyv422 => "yuyv422",
            Self::Uyvy422 => "uyvy422",
            Self::Yvyu422 => "yvyu422",
            Self::Yuv420p => "yuv420p",
            Self::Yvu420p => "yvu420p",
            Self::Yuv422p => "yuv422p",
            Self::Nv12 => "nv12",
            Self::Nv21 => "nv21",
            Self::Nv16 => "nv16",
            Self::Gray => "gray",
            Self::Rgb24 => "rgb24",
            Self::Bgr24 => "bgr24",
        }
    }

    /// The format of that name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|format| format.name() == name)
    }

    /// Bytes of a row of its first plane.
    const fn row_bytes(self, width: usize) -> usize {
        match self {
            Self::Yuyv422 | Self::Uyvy422 | Self::Yvyu422 => width * 2,
            Self::Rgb24 | Self::Bgr24 => width * 3,
            Self::Yuv420p
            | Self::Yvu420p
            | Self::Yuv422p
            | Self::Nv12
            | Self::Nv21
            | Self::Nv16
            | Self::Gray => width,
        }
    }

    /// Bytes of a picture whose first plane has rows of `stride` bytes, padding included.
    const fn picture_bytes(self, stride: usize, height: usize) -> usize {
        let first = stride * height;
        match self {
            Self::Yuyv422 | Self::Uyvy422 | Self::Yvyu422 | Self::Rgb24 | Self::Bgr24 | Self::Gray => first,
            Self::Yuv420p | Self::Yvu420p => first + 2 * ((stride / 2) * (height / 2)),
            Self::Nv12 | Self::Nv21 => first + first / 2,
            Self::Yuv422p => first + 2 * ((stride / 2) * height),
            Self::Nv16 => first * 2,
        }
    }
}

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
}

impl Layout {
    /// Rows without padding.
    #[must_use]
    pub const fn packed(format: PixelFormat, size: Size) -> Self {
        Self { format, size, stride: format.row_bytes(size.width() as usize) }
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
        Ok(Self { format, size, stride })
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
        self.format.picture_bytes(self.stride, self.size.height() as usize)
    }

    /// Planar YUV 4:2:0 of a picture: Y, then U, then V, without padding. `bytes` may go on behind the picture.
    ///
    /// # Errors
    /// When there are too few bytes.
    pub fn convert(&self, bytes: &[u8], colours: Colours) -> Result<Vec<u8>, PixelError> {
        let expected = self.bytes();
        let picture = bytes.get(..expected).ok_or(PixelError::TooShort { found: bytes.len(), expected })?;
        let mut planes = convert::to_planes(self.format, picture, self.stride, self.size);
        if !matches!(self.format, PixelFormat::Rgb24 | PixelFormat::Bgr24) {
            colours.adjust(&mut planes, self.size);
        }
        Ok(planes)
    }
}

//! The ways in which cameras lay out a picture in bytes, by their names in ffmpeg.

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
    pub(super) const fn row_bytes(self, width: usize) -> usize {
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
    pub(super) const fn picture_bytes(self, stride: usize, height: usize) -> usize {
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

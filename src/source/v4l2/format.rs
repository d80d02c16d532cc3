//! Formats of cameras that can be shown, by their four letters and by the names that users type.

use lenscast_media::pixels::PixelFormat;

use crate::v4l2::fourcc::FourCc;

/// What a camera may give.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum CameraFormat {
    /// H.264, passed on as it is.
    H264,
    /// A JPEG for each picture, passed on as it is.
    Mjpeg,
    /// Raw pictures, encoded here while somebody watches.
    Raw(PixelFormat),
}

/// Every format that can be shown, the best first: what costs least on the way to a viewer, then what has fewest bytes.
const FORMATS: [(&[u8; 4], CameraFormat); 15] = [
    (b"H264", CameraFormat::H264),
    (b"YU12", CameraFormat::Raw(PixelFormat::Yuv420p)),
    (b"YV12", CameraFormat::Raw(PixelFormat::Yvu420p)),
    (b"NV12", CameraFormat::Raw(PixelFormat::Nv12)),
    (b"NV21", CameraFormat::Raw(PixelFormat::Nv21)),
    (b"YUYV", CameraFormat::Raw(PixelFormat::Yuyv422)),
    (b"UYVY", CameraFormat::Raw(PixelFormat::Uyvy422)),
    (b"YVYU", CameraFormat::Raw(PixelFormat::Yvyu422)),
    (b"422P", CameraFormat::Raw(PixelFormat::Yuv422p)),
    (b"NV16", CameraFormat::Raw(PixelFormat::Nv16)),
    (b"RGB3", CameraFormat::Raw(PixelFormat::Rgb24)),
    (b"BGR3", CameraFormat::Raw(PixelFormat::Bgr24)),
    (b"MJPG", CameraFormat::Mjpeg),
    (b"JPEG", CameraFormat::Mjpeg),
    (b"GREY", CameraFormat::Raw(PixelFormat::Gray)),
];

/// The names, for messages.
pub(super) const FORMATS_IN_WORDS: &str = "one of h264, mjpeg, yuv420p, yvu420p, nv12, nv21, yuyv422, uyvy422, yvyu422, \
                                                      yuv422p, nv16, rgb24, bgr24 and gray";

impl CameraFormat {
    /// The format with these letters.
    pub(super) fn from_fourcc(letters: FourCc) -> Option<Self> {
        FORMATS.iter().find(|(known, _)| FourCc::new(known) == letters).map(|(_, format)| *format)
    }

    /// The format of that name.
    pub(crate) fn from_name(name: &str) -> Option<Self> {
        FORMATS.iter().map(|(_, format)| *format).find(|format| format.name() == name)
    }

    /// Its name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::H264 => "h264",
            Self::Mjpeg => "mjpeg",
            Self::Raw(format) => format.name(),
        }
    }

    /// Its place in the list above: less is better.
    pub(super) fn rank(self) -> usize {
        FORMATS.iter().position(|(_, format)| *format == self).unwrap_or(FORMATS.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_format_has_a_name_that_is_listed() {
        for (letters, format) in FORMATS {
            assert_eq!(CameraFormat::from_fourcc(FourCc::new(letters)), Some(format));
            assert_eq!(CameraFormat::from_name(format.name()), Some(format));
            assert!(
                FORMATS_IN_WORDS.split([',', ' ']).any(|name| name == format.name()),
                "{}",
                format.name()
            );
        }
        for format in PixelFormat::ALL {
            assert!(CameraFormat::from_name(format.name()).is_some(), "{} is not captured", format.name());
        }
        assert_eq!(
            CameraFormat::from_fourcc(FourCc::new(b"pRAA")),
            None,
            "Bayer pixels need an image processor"
        );
        assert_eq!(CameraFormat::from_name("vp9"), None);
    }
}

//! What a track carries. A camera has at most one track of a kind: equal renditions share one encoder.

/// A kind of track, with the settings it is made by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum TrackKind {
    /// H.264.
    Video,
    /// Raw pictures, planar YUV 4:2:0; for encoders, not for viewers.
    Pictures,
    /// JPEG, one picture a frame.
    Jpeg(JpegSettings),
    /// MPEG-1 video.
    Mpeg1,
}

/// How a JPEG rendition is made; what is not set is as the source has it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct JpegSettings {
    /// Pictures a second, at most.
    pub frames_per_second: Option<u32>,
    /// Pixels across; the height follows.
    pub width: Option<u32>,
    /// Quality from 1 to 100.
    pub quality: Option<u8>,
}

impl TrackKind {
    /// Its name in the status, in metrics and on the wires.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Video => "video",
            Self::Pictures => "pictures",
            Self::Jpeg(_) => "jpeg",
            Self::Mpeg1 => "mpeg1",
        }
    }
}

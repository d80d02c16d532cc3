//! What is wrong with a transport stream, for a person.

/// What is wrong with a transport stream; what can be played of it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MpegTsError {
    /// A packet does not begin where it should.
    #[error("no transport packet at byte {offset}; the next one is looked for")]
    OutOfStep {
        /// Position in the stream.
        offset: u64,
    },
    /// Packets of the video are missing, or were damaged on their way.
    #[error("transport packets of the video are missing")]
    Missing,
    /// A unit of the video is not what it should be.
    #[error("the transport stream has video that is no PES packet")]
    NotPes,
    /// A picture was given at the end of its PES packet, and goes on.
    #[error(
        "a picture goes on behind the end of its PES packet; from now on only the start of the next picture ends one"
    )]
    PictureGoesOn,
    /// There is no H.264 in it that can be played.
    #[error("the transport stream holds {0}; only H.264 is played")]
    OtherVideo(OtherStream),
}

/// What a transport stream holds instead of H.264.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OtherStream {
    /// By its type (table 2-34).
    Type(u8),
    /// What it is cannot be read.
    Scrambled,
}

impl std::fmt::Display for OtherStream {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self::Type(stream_type) = self else {
            return out.write_str("scrambled video, whose key is not known here");
        };
        out.write_str("no H.264 but ")?;
        match stream_type {
            0x01 | 0x02 => out.write_str("MPEG-1 or MPEG-2 video (ffmpeg: add `-c:v libx264`)"),
            0x10 => out.write_str("MPEG-4 part 2 video"),
            0x24 => out.write_str("H.265 (HEVC) video"),
            0x03 | 0x04 | 0x0f | 0x11 | 0x81 => out.write_str("sound"),
            other => write!(out, "a stream of type {other:#04x}"),
        }
    }
}

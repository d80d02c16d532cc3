//! What comes out of an input: frames, troubles, and counters.

use crate::{
    container_clock::Times,
    flv::FlvError,
    frame::Frame,
    h264::{
        access_unit::{AccessUnit, AccessUnitError},
        annexb::AnnexBError,
        framer::FramerError,
        nal::{NalError, NalUnit},
    },
    jpeg::{JpegError, JpegPicture},
    mpegts::MpegTsError,
    time::Moment,
};

/// What is found in an input, before it has a time of ours.
#[derive(Debug)]
pub enum UnitEvent {
    /// Parameter sets that came outside of the access units.
    ParameterSets(Vec<NalUnit>),
    /// An access unit, with its times when it comes out of a container, and what said that it is complete.
    AccessUnit(AccessUnit, Option<Times>, FrameBoundary),
    /// A JPEG picture, when its first byte came, and what said that it is complete.
    Picture(JpegPicture, Moment, FrameBoundary),
    /// Something was left out.
    Trouble(StreamTrouble),
    /// An access unit or more is missing here.
    Lost,
}

impl UnitEvent {
    /// What an assembler gives, with its times and what said that it is complete.
    #[must_use]
    pub fn new(
        given: Result<AccessUnit, AccessUnitError>,
        times: Option<Times>,
        boundary: FrameBoundary,
    ) -> Self {
        match given {
            Ok(unit) => Self::AccessUnit(unit, times, boundary),
            Err(error) => Self::Trouble(error.into()),
        }
    }
}

/// Most troubles given for one push; rubbish can hold one every four bytes. All are counted.
pub const MAX_TROUBLES_A_PUSH: usize = 32;

/// What comes out of a byte stream.
#[derive(Clone, Debug)]
pub enum StreamEvent {
    /// The next frame, and what said that it is complete.
    Frame(Frame, FrameBoundary),
    /// Something in the stream was left out; what follows is played.
    Trouble(StreamTrouble),
    /// A frame or more is missing here; none follows before the next keyframe.
    Lost,
}

/// What said that a frame is complete.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum FrameBoundary {
    /// The first bytes of the next one.
    NextStartCode,
    /// A signal from outside of the stream.
    Signal,
    /// The size that its container gives it.
    ContainerSize,
    /// The length of its PES packet.
    PesLength,
    /// Stuffing, which stands in the last transport packet of a PES packet.
    Stuffing,
    /// The first transport packet of the next PES packet.
    NextPusi,
    /// The marker at the end of a picture.
    EndOfImage,
}

/// Why something in the stream was left out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StreamTrouble {
    /// No NAL unit could be found.
    #[error(transparent)]
    Split(#[from] AnnexBError),
    /// Not a NAL unit.
    #[error("{error} at byte {offset}")]
    Nal {
        /// What is wrong with it.
        error: NalError,
        /// Position of its first byte in the stream.
        offset: u64,
    },
    /// No access unit could be made.
    #[error(transparent)]
    AccessUnit(#[from] AccessUnitError),
    /// No frame could be made, or only without one of its parameter sets.
    #[error(transparent)]
    Framer(#[from] FramerError),
    /// Not what an FLV stream should be.
    #[error(transparent)]
    Flv(#[from] FlvError),
    /// Not what a transport stream should be.
    #[error(transparent)]
    MpegTs(#[from] MpegTsError),
    /// Not a JPEG picture.
    #[error(transparent)]
    Jpeg(#[from] JpegError),
}

/// Counters since the beginning of the stream.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct StreamStats {
    /// Bytes pushed.
    pub bytes: u64,
    /// NAL units found.
    pub nal_units: u64,
    /// Access units found.
    pub access_units: u64,
    /// Frames given.
    pub frames: u64,
    /// Access units dropped because no keyframe that can be decoded came before them.
    pub dropped_before_keyframe: u64,
    /// Frames given that are keyframes.
    pub keyframes: u64,
    /// Troubles, given or only counted.
    pub troubles: u64,
    /// Bytes that stand in no NAL unit.
    pub bytes_without_start_code: u64,
}

impl StreamStats {
    /// These of bytes and NAL units, with `made` of access units and frames.
    #[must_use]
    pub const fn with_frames(self, made: Self) -> Self {
        Self {
            bytes: self.bytes,
            nal_units: self.nal_units,
            bytes_without_start_code: self.bytes_without_start_code,
            ..made
        }
    }
}

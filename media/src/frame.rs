//! The currency of the program: one coded frame, shared as `Arc<Frame>` and never copied.

use std::{ops::Range, sync::Arc};

use bytes::Bytes;

use crate::{
    codec::CodecConfig,
    time::{Moment, Timestamp},
};

/// What other frames a frame is needed for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// A random access point, with all parameter sets; a viewer may begin here.
    Key,
    /// Needed by later frames.
    Reference,
    /// Needed by no other frame; may be left out.
    Disposable,
}

/// One coded frame of a track.
#[derive(Clone, Debug)]
pub struct Frame {
    /// Counts the frames of a track, without holes, across restarts of its source. Assigned by the publisher.
    pub sequence: u64,
    /// What other frames it is needed for.
    pub role: Role,
    /// Of a keyframe: how many of the frames behind it, disposable ones not counted, a decoder that began with it needs
    /// until its pictures are whole. 0 where they are at once, and with intra refresh as long as a refresh takes.
    pub recovery_frames: u32,
    /// When it is shown, in media time.
    pub pts: Timestamp,
    /// When it is decoded, in media time and in the same timebase as `pts`. The `dts` of the next
    /// frame is exactly `dts + duration`; only between two runs of a source there may be a hole.
    pub dts: Timestamp,
    /// Ticks from its `dts` to that of the next frame.
    pub duration: u32,
    /// When the picture was taken, where the source knows it.
    pub captured_at: Option<Moment>,
    /// When its first byte reached this program.
    pub received_at: Moment,
    /// When it was known to be complete and was handed to the viewers.
    pub ready_at: Moment,
    /// The coded bytes. H.264: an Annex B access unit, every start code four bytes long.
    pub payload: Bytes,
    /// Where in `payload` the NAL units are, without their start codes; empty for other codecs.
    pub units: Box<[Range<u32>]>,
    /// What a decoder needs for this frame.
    pub config: Arc<CodecConfig>,
}

impl Frame {
    /// The NAL units of the payload, without start codes.
    pub fn nal_units(&self) -> impl Iterator<Item = &[u8]> {
        self.units.iter().map(|unit| &self.payload[unit.start as usize..unit.end as usize])
    }
}

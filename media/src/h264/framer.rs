//! The framer: access units to frames with role, times and configuration.
//!
//! ```text
//! AccessUnit ─► picture(): parameter sets kept, role, order ─► Picture
//!                                  the caller's clock stamps it │
//!               frame(): presentation time, payload  ◄──────────┘ ─► Frame
//! ```
//! A keyframe is a random access point (`random_access.rs`) with its parameter sets. Sets that it lacks are put in front
//! from the last seen, and a recovery point where decoders do not begin without it. The
//! configuration changes at keyframes only, and is the same `Arc` as long as its parameter sets are. A set that cannot be
//! read is left out; one that leaves the reordering open is given with what the stream shows (`seen_order.rs`). Frames
//! before the first keyframe, or after one that cannot be decoded, are dropped and counted, and so are those that come
//! behind the first keyframe and are shown before it. The publisher gives the frames their sequence.

use std::sync::Arc;

use bytes::{BufMut, Bytes, BytesMut};

use super::{
    access_unit::{AccessUnit, AccessUnitError},
    avcc::decoder_configuration,
    display_order::DisplayOrder,
    nal::{NalUnit, NalUnitType},
    parameter_sets::ParameterSets,
    picture_order::PictureOrder,
    random_access::{RandomAccess, RandomAccessFinder},
    seen_order::SeenOrder,
    sei::RECOVERED_AT_ONCE,
    slice_error::SliceError,
    slice_header::SliceHeader,
    sps::{ParameterSetError, PocType, Sps},
};
use crate::{
    arrival_clock::Stamp,
    codec::{Codec, CodecConfig, MediaConfig, VideoConfig},
    frame::{Frame, Role},
    pixels::Matrix,
    time::{Moment, Timestamp},
};

/// What is wrong with an access unit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FramerError {
    /// A parameter set cannot be read; it is left out and the last good one stays.
    #[error(transparent)]
    ParameterSet(#[from] ParameterSetError),
    /// The keyframe cannot be decoded; it and what follows is dropped.
    #[error("keyframe cannot be decoded: {0}")]
    Keyframe(SliceError),
    /// The bytes are not an access unit.
    #[error(transparent)]
    AccessUnit(#[from] AccessUnitError),
}

/// An access unit that will be a frame, once it has a time. The framer waits for that of one picture only.
#[derive(Debug)]
pub struct Picture {
    units: Vec<Bytes>,
    role: Role,
    recovery_frames: u32,
    received_at: Moment,
    config: Arc<CodecConfig>,
    is_within_group: bool,
}

impl Picture {
    /// When its first byte was received.
    #[must_use]
    pub const fn received_at(&self) -> Moment {
        self.received_at
    }

    /// Whether a picture that is shown before this or an earlier one is still to come: no pause can be taken up
    /// between this and the next.
    #[must_use]
    pub const fn is_within_group(&self) -> bool {
        self.is_within_group
    }
}

/// Makes frames of access units.
#[derive(Debug, Default)]
pub struct Framer {
    sets: ParameterSets,
    /// Of the last keyframe, while its GOP can be decoded.
    config: Option<Arc<CodecConfig>>,
    /// The last configuration, to be compared with.
    last_config: Option<Arc<CodecConfig>>,
    frame_period_90k: Option<u32>,
    random_access: RandomAccessFinder,
    /// While pictures that are shown before the keyframe with this count may follow it, and cannot be decoded.
    leading_before: Option<i64>,
    order: PictureOrder,
    seen: SeenOrder,
    /// The reorder depth of the present GOP, where its SPS leaves that open.
    open_depth: u32,
    display: DisplayOrder,
    dropped: u64,
    matrix_hint: Option<Matrix>,
}

impl Framer {
    /// A framer at the beginning of a stream.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Keeps a parameter set that comes outside of the access units, in a container's header.
    ///
    /// # Errors
    /// When it cannot be read; the last good one stays.
    pub fn keep(&mut self, unit: &NalUnit) -> Result<(), FramerError> {
        Ok(self.sets.keep(unit)?)
    }

    /// Something was lost: what comes before the next keyframe is dropped.
    pub fn lost(&mut self) {
        self.config = None;
    }

    /// Frames dropped because no keyframe that can be decoded came before them.
    #[must_use]
    pub const fn dropped_before_keyframe(&self) -> u64 {
        self.dropped
    }

    /// Ticks from frame to frame as the last keyframe's SPS says.
    #[must_use]
    pub const fn frame_period_90k(&self) -> Option<u32> {
        self.frame_period_90k
    }

    /// The present time from frame to frame, on which the delay of B frames depends.
    pub fn set_period(&mut self, ticks: u32) {
        self.display.set_period(ticks);
    }

    /// The matrix of a stream that names none, where its source is known to mean that one.
    pub const fn set_matrix_hint(&mut self, matrix: Option<Matrix>) {
        self.matrix_hint = matrix;
    }

    /// Takes the next access unit in decode order; `None` when it is dropped. What is wrong goes to `trouble`.
    pub fn picture(
        &mut self,
        access_unit: &AccessUnit,
        mut trouble: impl FnMut(FramerError),
    ) -> Option<Picture> {
        let mut units = self.keep_sets(access_unit, &mut trouble);
        let first = access_unit.slices().next()?;
        let header = SliceHeader::parse(first, &self.sets);
        let sps = header.as_ref().ok().and_then(|header| Some((header, self.sets.sps(header.sps_id)?.0)));
        let begins = self.config.is_none();
        let access = self.random_access.next(access_unit, sps, !begins);
        match (access, &header) {
            (Some(access), Ok(header)) => self.begin_gop(header, access, &mut units),
            (Some(RandomAccess::Idr), Err(error)) => {
                self.config = None;
                // Before the first parameter sets this is no trouble but a late start.
                if self.last_config.is_some() {
                    trouble(FramerError::Keyframe(*error));
                }
            }
            (Some(_) | None, _) => {}
        }
        let access = access.filter(|_| header.is_ok());
        let Some(config) = self.config.clone() else {
            self.dropped += 1;
            return None;
        };
        for unit in units.iter_mut().filter(|unit| unit_type(unit) == NalUnitType::Sps) {
            *unit = self.for_decoders(unit);
        }
        let count = self.count(header.ok().as_ref());
        let is_idr = access == Some(RandomAccess::Idr);
        if is_idr {
            self.leading_before = None;
        } else if begins {
            self.leading_before = count;
        } else if self.is_leading(count) {
            self.dropped += 1;
            return None;
        }
        let role = if access.is_some() {
            Role::Key
        } else if access_unit.slices().all(|slice| slice.ref_idc() == 0) {
            Role::Disposable
        } else {
            Role::Reference
        };
        let recovery_frames = if let Some(RandomAccess::RecoveryPoint(frames)) = access { frames } else { 0 };
        let is_within_group = self.enter(count, is_idr || begins);
        let received_at = access_unit.received_at();
        Some(Picture { units, role, recovery_frames, received_at, config, is_within_group })
    }

    /// Keeps the parameter sets of an access unit. Gives its units without the sets that cannot be read.
    fn keep_sets(&mut self, access_unit: &AccessUnit, trouble: &mut impl FnMut(FramerError)) -> Vec<Bytes> {
        let mut units = Vec::with_capacity(access_unit.units().len() + 2);
        for unit in access_unit.units() {
            match self.sets.keep(unit) {
                Ok(()) => units.push(unit.bytes().clone()),
                Err(error) => trouble(error.into()),
            }
        }
        units
    }

    /// Whether a picture with this count is shown before the keyframe at which the stream began.
    fn is_leading(&mut self, count: Option<i64>) -> bool {
        let leads = count.zip(self.leading_before).is_some_and(|(count, before)| count < before);
        if !leads && count != self.leading_before {
            self.leading_before = None;
        }
        leads
    }

    /// An SPS as decoders are to get it.
    fn for_decoders(&self, sps_unit: &Bytes) -> Bytes {
        let sps = Sps::parse(sps_unit).ok().filter(Sps::leaves_reordering_open);
        let rewritten = sps.and_then(|sps| sps.with_reorder_depth(sps_unit, self.open_depth));
        rewritten.unwrap_or_else(|| sps_unit.clone())
    }

    /// Makes the frame of the picture taken last. `stamp` is its time; `captured_at` when it was taken, where
    /// that is known; `ready_at` when it was known to be complete.
    pub fn frame(
        &mut self,
        picture: Picture,
        stamp: Stamp,
        captured_at: Option<Moment>,
        ready_at: Moment,
    ) -> Frame {
        let pts = self.display.assign(stamp.dts.ticks);
        Frame { captured_at, ..self.frame_shown_at(picture, stamp, pts, ready_at) }
    }

    /// Like [`Self::frame`], but its presentation time is known, in ticks of the stamp's timebase.
    pub fn frame_shown_at(&self, picture: Picture, stamp: Stamp, pts: i64, ready_at: Moment) -> Frame {
        let (payload, units) = annexb_payload(&picture.units);
        Frame {
            sequence: 0,
            role: picture.role,
            recovery_frames: picture.recovery_frames,
            pts: Timestamp { ticks: pts, timebase: stamp.dts.timebase },
            dts: stamp.dts,
            duration: stamp.duration,
            captured_at: None,
            received_at: picture.received_at,
            ready_at,
            payload,
            units,
            config: picture.config,
        }
    }

    /// Makes a frame of bytes that are exactly one access unit in Annex B form, such as an encoder gives;
    /// `None` when it comes before the first keyframe.
    ///
    /// # Errors
    /// When the bytes are malformed, hold a parameter set that cannot be read, or a keyframe without one.
    pub fn frame_from_annexb(
        &mut self,
        bytes: &[u8],
        stamp: Stamp,
        captured_at: Option<Moment>,
        received_at: Moment,
        ready_at: Moment,
    ) -> Result<Option<Frame>, FramerError> {
        let access_unit = AccessUnit::from_annexb(bytes, received_at)?;
        let mut trouble = None;
        let picture = self.picture(&access_unit, |error| trouble = trouble.or(Some(error)));
        let frame = picture.map(|picture| self.frame(picture, stamp, captured_at, ready_at));
        trouble.map_or(Ok(frame), Err)
    }

    /// Puts what is missing in front of a random access point and makes the configuration.
    fn begin_gop(&mut self, header: &SliceHeader, access: RandomAccess, units: &mut Vec<Bytes>) {
        let Some((sps, sps_unit)) = self.sets.sps(header.sps_id) else {
            return;
        };
        self.open_depth = self.seen.depth();
        let pps_units: Vec<&Bytes> = self.sets.pps_of(header.sps_id).map(|(_, bytes)| bytes).collect();
        put_missing(units, access, sps_unit, &pps_units);
        let sps_unit = self.for_decoders(sps_unit);
        let reorder_depth = if sps.leaves_reordering_open() { self.open_depth } else { sps.reorder_depth() };
        let video = VideoConfig {
            width: sps.width,
            height: sps.height,
            reorder_depth,
            colours: sps.colours(self.matrix_hint),
            pixel_aspect: sps.pixel_aspect(),
            crop_origin: sps.crop_origin,
        };
        let config = CodecConfig {
            codec: Codec::H264,
            codec_string: sps.codec_string(),
            media: MediaConfig::Video(video),
            description: decoder_configuration(sps, &sps_unit, pps_units.iter().map(|unit| &unit[..])),
        };
        let is_in_order = sps.poc == PocType::DecodeOrder;
        self.display.set_depth(if is_in_order { 0 } else { reorder_depth });
        self.frame_period_90k = sps.frame_period_90k();
        let config = match self.last_config.take() {
            Some(last) if *last == config => last,
            _ => Arc::new(config),
        };
        self.last_config = Some(Arc::clone(&config));
        self.config = Some(config);
    }

    /// The picture order count of the next picture, as far as it can be read.
    fn count(&mut self, header: Option<&SliceHeader>) -> Option<i64> {
        let header = header?;
        let (sps, _) = self.sets.sps(header.sps_id)?;
        Some(self.order.count(header, sps))
    }

    /// Gives the picture its place in the order of display; whether earlier places are still open.
    fn enter(&mut self, count: Option<i64>, begins: bool) -> bool {
        if let Some(count) = count {
            self.seen.enter(count, begins);
        }
        self.display.enter(count, begins);
        self.display.is_open()
    }
}

/// Puts in front of a random access point the parameter sets that it lacks, and a recovery point where a decoder needs it.
///
/// Chromium begins only at a recovery point where pictures are whole at once, by the first that it finds. Its decoder goes by
/// the last one, and shows nothing before the pictures are whole. So the one says that it may begin, the other when to show.
fn put_missing(units: &mut Vec<Bytes>, access: RandomAccess, sps_unit: &Bytes, pps_units: &[&Bytes]) {
    let after_aud = units.iter().take_while(|unit| unit_type(unit) == NalUnitType::Aud).count();
    if !units.contains(sps_unit) {
        units.insert(after_aud, sps_unit.clone());
    }
    let after_sps = units.iter().rposition(|unit| unit_type(unit) == NalUnitType::Sps);
    let mut at = after_sps.map_or(after_aud, |sps| sps + 1);
    for pps_unit in pps_units {
        if !units.contains(*pps_unit) {
            units.insert(at, Bytes::clone(pps_unit));
            at += 1;
        }
    }
    let point = Bytes::from_static(&RECOVERED_AT_ONCE);
    let before: fn(NalUnitType) -> bool = match access {
        RandomAccess::Idr | RandomAccess::RecoveryPoint(0) => return,
        RandomAccess::RecoveryPoint(_) => |unit_type| unit_type == NalUnitType::Sei,
        RandomAccess::Intra => NalUnitType::has_slice_header,
    };
    let at = units.iter().position(|unit| before(unit_type(unit)));
    units.insert(at.unwrap_or(units.len()), point);
}

fn unit_type(unit: &Bytes) -> NalUnitType {
    unit.first().map_or(NalUnitType::Other(0), |&header| NalUnitType::from_header(header))
}

fn annexb_payload(units: &[Bytes]) -> (Bytes, Box<[std::ops::Range<u32>]>) {
    let length = units.iter().map(|unit| 4 + unit.len()).sum();
    let mut payload = BytesMut::with_capacity(length);
    let mut position = 0u32;
    let ranges = units.iter().map(|unit| {
        payload.put_u32(1);
        payload.put_slice(unit);
        let start = position + 4;
        position = start + u32::try_from(unit.len()).expect("an access unit is at most 16 MiB");
        start..position
    });
    let ranges = ranges.collect();
    (payload.freeze(), ranges)
}

//! The assembler: NAL units to access units (H.264 section 7.4.1.2.3).
//!
//! ```text
//! [AUD] [SPS] [PPS] [SEI] slice first_mb=0, slice, slice … │ next: AUD, SPS, PPS, SEI, 14..18, or first_mb=0
//! └──────────────── one access unit ─────────────────────┘
//! ```
//! Units without a slice are the front of the next access unit. Two fields of one frame, which the standard
//! calls two access units, are given as one, since they are shown together; a source that calls `complete()`
//! between them gets two. Arbitrary slice order is not supported: no encoder for live video has it.

use bytes::Bytes;

use super::{
    annexb::{AnnexBError, Splitter},
    nal::{NalError, NalUnit, NalUnitType},
    parameter_sets::ParameterSets,
    slice_header::{SliceHeader, Structure},
};
use crate::time::Moment;

/// Most bytes of an access unit: twice the longest NAL unit.
pub const MAX_ACCESS_UNIT_BYTES: usize = 16 << 20;
/// Most NAL units of an access unit: a keyframe of 8 MB in slices of 1 KB.
pub const MAX_ACCESS_UNIT_UNITS: usize = 8192;

/// Why NAL units are not given as an access unit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AccessUnitError {
    /// More than [`MAX_ACCESS_UNIT_BYTES`] or [`MAX_ACCESS_UNIT_UNITS`]; it is left out up to the next.
    #[error("access unit of {bytes} bytes in {units} NAL units is too large")]
    TooLarge {
        /// Bytes so far.
        bytes: usize,
        /// NAL units so far.
        units: usize,
    },
    /// Bytes that should be one access unit hold a unit that is too long.
    #[error(transparent)]
    Split(#[from] AnnexBError),
    /// Bytes that should be one access unit hold something else.
    #[error(transparent)]
    Nal(#[from] NalError),
}

/// The NAL units of one picture, in their order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccessUnit {
    units: Vec<NalUnit>,
    received_at: Moment,
    bytes: usize,
}

impl AccessUnit {
    /// An access unit whose first byte came at `received_at`; units follow by [`push`](Self::push).
    #[must_use]
    pub const fn new(received_at: Moment) -> Self {
        Self { units: Vec::new(), received_at, bytes: 0 }
    }

    /// Reads bytes that are exactly one access unit in Annex B form, such as an encoder gives.
    ///
    /// # Errors
    /// When a unit in it is malformed or too long.
    pub fn from_annexb(bytes: &[u8], received_at: Moment) -> Result<Self, AccessUnitError> {
        let mut access_unit = Self::new(received_at);
        let mut splitter = Splitter::new();
        let mut found = Vec::new();
        splitter.push(bytes, |unit| found.push(unit));
        found.extend(splitter.end());
        for unit in found {
            access_unit.push(NalUnit::new(unit?.bytes)?);
        }
        Ok(access_unit)
    }

    /// Appends a unit.
    pub fn push(&mut self, unit: NalUnit) {
        self.bytes += unit.bytes().len();
        self.units.push(unit);
    }

    /// Its NAL units, as they came.
    #[must_use]
    pub fn units(&self) -> &[NalUnit] {
        &self.units
    }

    /// When its first byte was received.
    #[must_use]
    pub const fn received_at(&self) -> Moment {
        self.received_at
    }

    /// The same, but received at another moment.
    #[must_use]
    pub fn with_received_at(self, received_at: Moment) -> Self {
        Self { received_at, ..self }
    }

    /// The units that begin with a slice header.
    pub fn slices(&self) -> impl Iterator<Item = &NalUnit> {
        self.units.iter().filter(|unit| unit.unit_type().has_slice_header())
    }

    fn append(&mut self, mut other: Self) {
        self.bytes += other.bytes;
        self.units.append(&mut other.units);
    }
}

/// Whether the access unit `bytes`, in Annex B form, has the first slice of its picture: of what was lost before it, nothing was
/// a slice of its own.
#[must_use]
pub fn has_first_slice(bytes: &[u8]) -> bool {
    let mut units = memchr::memmem::find_iter(bytes, &[0, 0, 1]).map(|at| &bytes[at + 3..]);
    let is_slice = |unit: &&[u8]| {
        unit.first().is_some_and(|header| NalUnitType::from_header(*header).has_slice_header())
    };
    // As `NalUnit::is_first_slice`.
    units.find(is_slice).is_some_and(|slice| slice.get(1).is_some_and(|byte| byte & 0x80 != 0))
}

/// Whether `bytes` open with a start code and the first bytes of a NAL unit that begins an access unit, where
/// pictures are whole frames.
#[must_use]
pub fn opens_access_unit(bytes: &[u8]) -> bool {
    let head = bytes.strip_prefix(&[0, 0, 0, 1]).or_else(|| bytes.strip_prefix(&[0, 0, 1]));
    head.is_some_and(head_opens_access_unit)
}

/// Whether a NAL unit that begins with `head` begins an access unit after a picture.
fn head_opens_access_unit(head: &[u8]) -> bool {
    let [header, rest @ ..] = head else { return false };
    let is_forbidden = header & 0x80 != 0;
    let unit_type = NalUnitType::from_header(*header);
    if unit_type.has_slice_header() {
        // As `NalUnit::is_first_slice`.
        return !is_forbidden && rest.first().is_some_and(|byte| byte & 0x80 != 0);
    }
    !is_forbidden && begins_access_unit(unit_type) && unit_type != NalUnitType::Prefix
}

/// Puts NAL units together to access units.
#[derive(Debug, Default)]
pub struct Assembler {
    /// Units of the current access unit.
    current: Option<AccessUnit>,
    /// Units after its last slice that belong to it or to the next: the next slice decides.
    undecided: Option<AccessUnit>,
    /// The last slice of `current`: whether IDR, whether reference.
    last_slice: Option<(bool, bool)>,
    /// The first field in `current`, while the second may follow.
    first_field: Option<SliceHeader>,
    /// Everything up to the next access unit is left out.
    is_skipping: bool,
    /// Only to read slice headers of fields.
    sets: ParameterSets,
}

impl Assembler {
    /// An assembler at the beginning of a stream.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes the next NAL unit, whose first byte came at `received_at`, and gives the access unit before it
    /// when this begins another.
    pub fn push(
        &mut self,
        unit: NalUnit,
        received_at: Moment,
        give: &mut impl FnMut(Result<AccessUnit, AccessUnitError>),
    ) {
        let unit_type = unit.unit_type();
        let _unreadable_sets_are_reported_by_the_framer = self.sets.keep(&unit);
        if unit_type.has_slice_header() {
            self.push_slice(unit, received_at, give);
        } else if begins_access_unit(unit_type) && (self.last_slice.is_some() || self.is_skipping) {
            if self.first_field.is_some() || unit_type == NalUnitType::Prefix {
                self.undecided.get_or_insert(AccessUnit::new(received_at)).push(unit);
            } else {
                self.begin(give);
                self.current.get_or_insert(AccessUnit::new(received_at)).push(unit);
            }
        } else if let Some(undecided) = &mut self.undecided {
            undecided.push(unit);
        } else if !self.is_skipping {
            self.current.get_or_insert(AccessUnit::new(received_at)).push(unit);
        }
        if matches!(unit_type, NalUnitType::EndOfSequence | NalUnitType::EndOfStream) {
            self.complete(give);
        }
        self.check_size(give);
    }

    /// The next unit has begun to come, with the bytes `head`: gives the access unit before it if that is enough
    /// to know that another begins. The unit itself follows by [`push`](Self::push), with the same outcome.
    ///
    /// Without this a picture would be known to be complete only when the whole next one has come.
    pub fn peek(&mut self, head: &[u8], give: &mut impl FnMut(Result<AccessUnit, AccessUnitError>)) {
        // Of fields, the whole slice header decides.
        if self.last_slice.is_some() && self.first_field.is_none() && head_opens_access_unit(head) {
            self.begin(give);
        }
    }

    /// Whether a parameter set seen so far allows fields.
    #[must_use]
    pub fn may_have_fields(&self) -> bool {
        self.sets.may_have_fields()
    }

    /// Slices of the access unit that is not given yet.
    #[must_use]
    pub fn slices(&self) -> usize {
        self.current.as_ref().map_or(0, |current| current.slices().count())
    }

    /// An outside signal: the picture is complete. Does nothing while there is no slice.
    pub fn complete(&mut self, give: &mut impl FnMut(Result<AccessUnit, AccessUnitError>)) {
        if self.last_slice.is_some() || self.is_skipping {
            self.begin(give);
        }
    }

    /// The input ends: gives the last access unit. Units after its picture are dropped.
    pub fn end(&mut self, give: &mut impl FnMut(Result<AccessUnit, AccessUnitError>)) {
        self.complete(give);
        self.current = None;
    }

    fn push_slice(
        &mut self,
        unit: NalUnit,
        received_at: Moment,
        give: &mut impl FnMut(Result<AccessUnit, AccessUnitError>),
    ) {
        let header =
            if self.sets.may_have_fields() { SliceHeader::parse(&unit, &self.sets).ok() } else { None };
        let kind = (unit.unit_type() == NalUnitType::Idr, unit.ref_idc() != 0);
        let is_next = match self.last_slice {
            _ if self.is_skipping => unit.is_first_slice(),
            None => false,
            Some(_) if unit.is_first_slice() => !self.is_second_field(kind, header.as_ref()),
            // A picture whose first slice is lost: these never change within a picture (section 7.4.1.2.4).
            Some(last) => last != kind,
        };
        if is_next {
            self.begin(give);
        } else if self.is_skipping {
            return;
        }
        if self.last_slice.is_none() {
            self.first_field = header.filter(|header| header.structure != Structure::Frame);
        } else if unit.is_first_slice() {
            self.first_field = None;
        }
        self.last_slice = Some(kind);
        let current = self.current.get_or_insert(AccessUnit::new(received_at));
        if let Some(undecided) = self.undecided.take() {
            current.append(undecided);
        }
        current.push(unit);
    }

    /// Whether a first slice is of the field that completes the frame in `current` (section 3.30).
    fn is_second_field(&self, (is_idr, is_reference): (bool, bool), second: Option<&SliceHeader>) -> bool {
        let (Some(first), Some(second)) = (&self.first_field, second) else {
            return false;
        };
        let is_opposite = matches!(
            (first.structure, second.structure),
            (Structure::TopField, Structure::BottomField) | (Structure::BottomField, Structure::TopField)
        );
        is_opposite && !is_idr && first.frame_num == second.frame_num && first.is_reference == is_reference
    }

    /// Gives the current access unit; what is undecided is the front of the next.
    fn begin(&mut self, give: &mut impl FnMut(Result<AccessUnit, AccessUnitError>)) {
        let before = std::mem::replace(&mut self.current, self.undecided.take());
        let has_slice = self.last_slice.take().is_some();
        self.first_field = None;
        self.is_skipping = false;
        if let Some(access_unit) = before.filter(|_| has_slice) {
            give(Ok(access_unit));
        }
    }

    fn check_size(&mut self, give: &mut impl FnMut(Result<AccessUnit, AccessUnitError>)) {
        let parts = [&self.current, &self.undecided];
        let bytes = parts.iter().map(|part| part.as_ref().map_or(0, |part| part.bytes)).sum();
        let units = parts.iter().map(|part| part.as_ref().map_or(0, |part| part.units.len())).sum();
        if bytes > MAX_ACCESS_UNIT_BYTES || units > MAX_ACCESS_UNIT_UNITS {
            self.is_skipping = self.last_slice.is_some();
            self.current = None;
            self.undecided = None;
            self.last_slice = None;
            self.first_field = None;
            give(Err(AccessUnitError::TooLarge { bytes, units }));
        }
    }
}

/// Whether the first such unit after a picture begins the next access unit.
const fn begins_access_unit(unit_type: NalUnitType) -> bool {
    matches!(
        unit_type,
        NalUnitType::Aud
            | NalUnitType::Sps
            | NalUnitType::Pps
            | NalUnitType::Sei
            | NalUnitType::Prefix
            | NalUnitType::Other(15..=18)
    )
}

/// The bytes of `units` in Annex B form, with start codes of four bytes.
#[must_use]
pub fn join<'a>(units: impl IntoIterator<Item = &'a [u8]>) -> Bytes {
    let mut out = Vec::new();
    for unit in units {
        out.extend_from_slice(&[0, 0, 0, 1]);
        out.extend_from_slice(unit);
    }
    out.into()
}

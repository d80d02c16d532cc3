//! Is a picture complete where its PES packet ends? Learned from how PES packets begin. Pure.
//!
//! ```text
//! PES packet begins with an access unit ×8 ──► its end by length or stuffing ends a picture, too
//!            begins with anything else     ──► never: the next picture's first bytes end one
//! ```
//! Nearly all muxers put one access unit into a PES packet, but ISO/IEC 13818-1 allows its ends anywhere. A PES packet that
//! says no length has ended when a transport packet has stuffing, which only the last one needs; that must have been right
//! for eight in a row, too.

/// PES packets in a row that must have begun or ended as believed.
const PROOFS: u32 = 8;
/// PES packets for which stuffing means nothing after it was wrong: a minute at 30 frames a second.
const DISTRUST: u32 = 1_800;
/// Payloads this long are not believed to be whole: muxers cut long access units near the longest length that can be said.
const MAX_BELIEVED_BYTES: usize = 0xf000;

/// What was learned from the PES packets so far.
#[derive(Debug, Default)]
pub(super) struct PesEnds {
    /// PES packets that began with an access unit.
    aligned: u32,
    /// One did not.
    is_unaligned: bool,
    /// More came than the length of a PES packet said.
    lengths_are_wrong: bool,
    is_length_reached: bool,
    /// The last transport packet had stuffing.
    is_stuffed: bool,
    /// PES packets in a row for which stuffing was right.
    stuffing_proofs: u32,
    stuffing_distrust: u32,
}

impl PesEnds {
    /// The next PES packet begins.
    pub(super) const fn start(&mut self) {
        self.stuffing_distrust = self.stuffing_distrust.saturating_sub(1);
        if self.is_stuffed {
            self.stuffing_proofs = self.stuffing_proofs.saturating_add(1);
        }
        self.is_stuffed = false;
        self.is_length_reached = false;
    }

    /// It is known whether it begins with an access unit.
    pub(super) const fn begins(&mut self, with_access_unit: bool) {
        self.aligned = self.aligned.saturating_add(1);
        self.is_unaligned |= !with_access_unit;
    }

    /// Bytes have come of it.
    pub(super) const fn goes_on(&mut self) {
        if self.is_stuffed {
            self.stuffing_proofs = 0;
            self.stuffing_distrust = DISTRUST;
        }
        self.lengths_are_wrong |= self.is_length_reached;
    }

    /// A transport packet has stuffing, or not: whether the PES packet is complete, and the picture in it.
    pub(super) const fn stuffing_ends_picture(&mut self, is_stuffed: bool) -> bool {
        self.is_stuffed = is_stuffed;
        let is_believed = self.stuffing_proofs >= PROOFS && self.stuffing_distrust == 0;
        is_stuffed && is_believed && self.are_aligned()
    }

    /// As many bytes have come as its length says: whether the picture in it is complete.
    pub(super) const fn length_ends_picture(&mut self, bytes: usize) -> bool {
        self.is_length_reached = true;
        bytes < MAX_BELIEVED_BYTES && !self.lengths_are_wrong && self.are_aligned()
    }

    const fn are_aligned(&self) -> bool {
        self.aligned >= PROOFS && !self.is_unaligned
    }
}

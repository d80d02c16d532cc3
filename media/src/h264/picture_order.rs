//! Picture order count: where a picture stands in the order of display (H.264 section 8.2.1).
//!
//! ```text
//! slice header ─► type 0: low bits, carried on      ─► POC, from 0 at every IDR picture
//!                 type 1: frame_num, cycle, offsets
//!                 type 2: frame_num
//! ```
//! memory_management_control_operation 5, which sets the count back within a GOP, stands behind what is read of
//! a slice header; [`DisplayOrder`](super::display_order::DisplayOrder) notices the step back and starts again.

use super::{
    slice_header::{SliceHeader, Structure},
    sps::{PocType, Sps},
};

/// What must be known of the pictures before.
#[derive(Clone, Debug, Default)]
pub struct PictureOrder {
    /// Type 0: POC of the last reference picture, high and low part.
    high: i64,
    low: i64,
    /// Types 1 and 2: frame_num of the last picture, and what it has wrapped by.
    frame_num: i64,
    frame_num_offset: i64,
}

impl PictureOrder {
    /// The POC of the picture whose first slice has `header`; of a frame, that of its earlier field.
    pub fn count(&mut self, header: &SliceHeader, sps: &Sps) -> i64 {
        let count = match &sps.poc {
            PocType::Lsb { bits } => self.by_low_bits(header, 1 << bits),
            PocType::Cycle { non_reference, top_to_bottom, references, .. } => {
                self.carry_frame_num(header, sps);
                self.by_cycle(header, i64::from(*non_reference), i64::from(*top_to_bottom), references)
            }
            PocType::DecodeOrder => {
                self.carry_frame_num(header, sps);
                let twice = (self.frame_num_offset + self.frame_num).saturating_mul(2);
                if header.is_reference || twice == 0 { twice } else { twice - 1 }
            }
        };
        count.clamp(i64::from(i32::MIN), i64::from(i32::MAX))
    }

    /// Section 8.2.1.1.
    fn by_low_bits(&mut self, header: &SliceHeader, range: i64) -> i64 {
        if header.idr_pic_id.is_some() {
            (self.high, self.low) = (0, 0);
        }
        let low = i64::from(header.poc_lsb);
        let high = if low < self.low && self.low - low >= range / 2 {
            self.high.saturating_add(range)
        } else if low > self.low && low - self.low > range / 2 {
            self.high.saturating_sub(range)
        } else {
            self.high
        };
        if header.is_reference {
            (self.high, self.low) = (high, low);
        }
        high.saturating_add(low).saturating_add(i64::from(header.delta_poc_bottom.min(0)))
    }

    /// Section 8.2.1.2.
    fn by_cycle(
        &self,
        header: &SliceHeader,
        non_reference: i64,
        top_to_bottom: i64,
        references: &[i32],
    ) -> i64 {
        let mut absolute = match references.len() {
            0 => 0,
            _ => self.frame_num_offset + self.frame_num,
        };
        if !header.is_reference && absolute > 0 {
            absolute -= 1;
        }
        let mut expected = 0i64;
        if absolute > 0 {
            let length = i64::try_from(references.len()).unwrap_or(i64::MAX);
            let cycle: i64 = references.iter().copied().map(i64::from).sum();
            expected = ((absolute - 1) / length).saturating_mul(cycle);
            let within = usize::try_from((absolute - 1) % length).unwrap_or(0);
            expected = references[..=within]
                .iter()
                .fold(expected, |sum, &offset| sum.saturating_add(i64::from(offset)));
        }
        if !header.is_reference {
            expected = expected.saturating_add(non_reference);
        }
        let [first, second] = header.delta_poc.map(i64::from);
        let top = expected.saturating_add(first);
        match header.structure {
            Structure::Frame => top.min(top.saturating_add(top_to_bottom).saturating_add(second)),
            Structure::TopField => top,
            Structure::BottomField => top.saturating_add(top_to_bottom),
        }
    }

    fn carry_frame_num(&mut self, header: &SliceHeader, sps: &Sps) {
        let frame_num = i64::from(header.frame_num);
        if header.idr_pic_id.is_some() {
            self.frame_num_offset = 0;
        } else if frame_num < self.frame_num {
            self.frame_num_offset =
                self.frame_num_offset.saturating_add(1 << sps.frame_num_bits).min(1 << 40);
        }
        self.frame_num = frame_num;
    }
}

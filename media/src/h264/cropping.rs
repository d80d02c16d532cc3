//! What an SPS cuts off at the four sides of the coded picture (H.264 section 7.4.2.1.1, frame_crop_left_offset).

/// Pixels cropped at each side.
#[derive(Clone, Copy, Default)]
pub(super) struct Cropping {
    pub(super) left: u32,
    pub(super) right: u32,
    pub(super) top: u32,
    pub(super) bottom: u32,
}

impl Cropping {
    /// Across, in all.
    pub(super) const fn across(self) -> u32 {
        self.left.saturating_add(self.right)
    }

    /// Down, in all.
    pub(super) const fn down(self) -> u32 {
        self.top.saturating_add(self.bottom)
    }
}

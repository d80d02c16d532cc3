//! Raw pictures as cameras give them, and the way from there to planar YUV 4:2:0.
//!
//! ```text
//! bytes of a PixelFormat, rows maybe padded ─► Layout::convert ─► RawPicture (I420, BT.601, limited range)
//!
//! yuyv422  Y U Y V  Y U Y V …        half the colour across, one plane
//! nv12     Y Y Y Y …  U V U V …      half across and down, two planes
//! yuv420p  Y Y Y Y …  U U …  V V …   the same, three planes
//! ```
//! Names are those of ffmpeg. Planes follow each other without a gap; a padded row of luma pads those of colour in
//! proportion, as V4L2 has it.

mod colours;
mod convert;
mod format;
mod layout;
mod pixel_aspect;

pub use colours::{Colours, Matrix};
pub use format::PixelFormat;
pub use layout::{Layout, PixelError};
pub use pixel_aspect::PixelAspect;

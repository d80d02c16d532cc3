//! An uncompressed picture: planar YUV 4:2:0 (I420).

/// Size of a picture in pixels; both sides even and from 16 to 4096.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Size {
    /// Pixels across.
    pub width: u32,
    /// Pixels down.
    pub height: u32,
}

/// Planes Y, U, V of one picture, BT.601 limited range; the chroma planes have half the width and height.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RawPicture {
    size: Size,
    planes: Vec<u8>,
}

impl RawPicture {
    /// A black picture.
    #[must_use]
    pub fn black(size: Size) -> Self {
        let luma = size.width as usize * size.height as usize;
        let mut planes = vec![16; luma + luma / 2];
        planes[luma..].fill(128);
        Self { size, planes }
    }

    /// Its size in pixels.
    #[must_use]
    pub const fn size(&self) -> Size {
        self.size
    }

    /// The planes Y, U and V, without padding between rows.
    #[must_use]
    pub fn planes(&self) -> (&[u8], &[u8], &[u8]) {
        let luma = self.size.width as usize * self.size.height as usize;
        let (y, chroma) = self.planes.split_at(luma);
        let (u, v) = chroma.split_at(luma / 4);
        (y, u, v)
    }

    /// The planes Y, U and V, to draw into.
    pub fn planes_mut(&mut self) -> (&mut [u8], &mut [u8], &mut [u8]) {
        let luma = self.size.width as usize * self.size.height as usize;
        let (y, chroma) = self.planes.split_at_mut(luma);
        let (u, v) = chroma.split_at_mut(luma / 4);
        (y, u, v)
    }
}

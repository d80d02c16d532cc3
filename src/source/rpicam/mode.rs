//! The sensor's mode, and the region of the picture that is shown.

use std::fmt;

/// A part of the picture: left, top, width, height, each from 0 to 1.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Region(pub [f32; 4]);

/// A mode of the sensor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mode {
    /// Pixels across.
    pub width: u32,
    /// Pixels down.
    pub height: u32,
    /// Bits a pixel.
    pub bits: Option<u32>,
}

/// As rpicam-vid takes it.
impl fmt::Display for Region {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [left, top, width, height] = self.0;
        write!(out, "{left},{top},{width},{height}")
    }
}

/// As rpicam-vid takes it.
impl fmt::Display for Mode {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}:{}", self.width, self.height)?;
        self.bits.map_or(Ok(()), |bits| write!(out, ":{bits}"))
    }
}

//! What of the sensor is read, and what part of the picture is shown.

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

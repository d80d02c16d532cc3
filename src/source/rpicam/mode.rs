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

impl Mode {
    /// The mode that libcamera has chosen, if `line` of its log says so:
    /// `… Selected sensor format: 1640x1232-SBGGR10_1X10 - Selected unicam format: 1640x1232-pBAA`.
    pub(super) fn selected(line: &str) -> Option<Self> {
        let (_, rest) = line.split_once("Selected sensor format: ")?;
        let (size, format) = rest.split_whitespace().next()?.split_once('-')?;
        let (width, height) = size.split_once('x')?;
        let bits: String = format
            .chars()
            .skip_while(|character| !character.is_ascii_digit())
            .take_while(char::is_ascii_digit)
            .collect();
        Some(Self { width: width.parse().ok()?, height: height.parse().ok()?, bits: bits.parse().ok() })
    }

    /// Whether `selected` is what this asks for.
    pub(super) fn is_met_by(self, selected: Self) -> bool {
        let bits_differ = self.bits.zip(selected.bits).is_some_and(|(asked, selected)| asked != selected);
        (self.width, self.height) == (selected.width, selected.height) && !bits_differ
    }

    /// As the setting is written.
    pub(super) fn as_setting(self) -> String {
        let bits = self.bits.map_or_else(String::new, |bits| format!("/{bits}"));
        format!("{}x{}{bits}", self.width, self.height)
    }
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

#[cfg(test)]
mod tests {
    use super::*;

    const LINE: &str = "[0:13:36.411] [2142]  INFO RPI vc4.cpp:447 Sensor: /base/soc/i2c0mux/i2c@1/imx219@10 - Selected \
                        sensor format: 1640x1232-SBGGR10_1X10 - Selected unicam format: 1640x1232-pBAA";

    #[test]
    fn a_mode_that_was_replaced_is_noticed() {
        let mode = |width, height, bits| Mode { width, height, bits };
        let pi_5 = LINE.replace("SBGGR10_1X10", "SRGGB12_1X12").replace("unicam", "CFE");
        let of_an_unknown_format = LINE.replace("SBGGR10_1X10", "RGB");
        let table = [
            (LINE, mode(1640, 1232, Some(10)), Some(true)),
            (LINE, mode(1640, 1232, None), Some(true)),
            (LINE, mode(1640, 1232, Some(12)), Some(false)),
            (LINE, mode(1641, 1233, None), Some(false)),
            (&pi_5, mode(1640, 1232, Some(12)), Some(true)),
            (&pi_5, mode(1640, 1232, Some(10)), Some(false)),
            (&of_an_unknown_format, mode(1640, 1232, Some(10)), Some(true)),
            ("INFO Camera camera.cpp:1202 configuring streams: (0) 640x480-YUV420", mode(9, 9, None), None),
            ("Selected sensor format: nothing", mode(9, 9, None), None),
        ];
        for (line, mode, expected) in table {
            assert_eq!(Mode::selected(line).map(|selected| mode.is_met_by(selected)), expected, "{line}");
        }
        let setting = Mode::selected(LINE).map(Mode::as_setting);
        assert_eq!(setting.as_deref(), Some("1640x1232/10"));
    }
}

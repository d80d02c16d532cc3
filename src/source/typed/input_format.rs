//! The format of a source's bytes, as a user types it: `h264`, `flv`, `mpegts`, `mjpeg`, `y4m`, or raw pictures with size and rate.
//!
//! ```text
//! exec+h264:…                                      without a format it is detected from the first bytes
//! exec+yuv420p,size=640x480,rate=24:…              raw pictures have no header: size and rate must be given
//! exec+y4m:…                                       YUV4MPEG2 says them itself
//! -+nv12,size=1280x720,rate=29.97,stride=1344,bitrate=2000000
//! ```

use lenscast_media::{
    input::Format,
    pixels::{Colours, Layout, PixelFormat},
};

use super::{error::SpecError, raw_format::RawFormat, spec::SourceSpec};

/// Name of YUV4MPEG2.
const Y4M: &str = "y4m";
/// The formats that can be typed, in words.
const FORMATS_IN_WORDS: &str = "h264 (Annex B), flv, mpegts, mjpeg, y4m, or raw yuyv422, uyvy422, yvyu422, yuv420p, \
                                yvu420p, yuv422p, nv12, nv21, nv16, gray, rgb24 or bgr24 (ffmpeg makes these: -pix_fmt yuv420p)";
/// Options of raw pictures.
const RAW_OPTIONS: &str = "size, rate, stride, rows, bitrate";
/// Pictures a second, in words.
const ALLOWED_RATE: &str = "a number from 1 to 240, such as 24 or 29.97";

/// What comes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InputFormat {
    /// Coded video.
    Coded(Format),
    /// Raw pictures.
    Raw(RawFormat),
    /// YUV4MPEG2: raw pictures whose size and rate stand before them.
    Y4m,
}

impl SourceSpec {
    /// The typed format with its options, for a kind without options of its own.
    pub(in crate::source) fn input_format(&self) -> Result<Option<InputFormat>, SpecError> {
        let format = self.input_format_beside_options()?;
        if !matches!(format, Some(InputFormat::Raw(_))) {
            self.no_options()?;
        }
        Ok(format)
    }

    /// The typed format, for a kind that has options of its own for coded video.
    pub(in crate::source) fn input_format_beside_options(&self) -> Result<Option<InputFormat>, SpecError> {
        let Some(name) = self.format.as_deref() else { return Ok(None) };
        if name == Y4M {
            return Ok(Some(InputFormat::Y4m));
        }
        if let Some(pixels) = PixelFormat::from_name(name) {
            return self.raw_format(pixels).map(|raw| Some(InputFormat::Raw(raw)));
        }
        let coded = Format::ALL.into_iter().find(|format| format.name() == name);
        let coded = coded.ok_or_else(|| self.unknown_format(FORMATS_IN_WORDS))?;
        Ok(Some(InputFormat::Coded(coded)))
    }

    fn raw_format(&self, pixels: PixelFormat) -> Result<RawFormat, SpecError> {
        let (mut size, mut rate, mut bits_per_second) = (None, None, None);
        let (mut stride, mut rows) = (0, 0);
        for (key, value) in &self.options {
            match key.as_str() {
                "size" => {
                    let refused = |error: lenscast_media::picture::SizeError| {
                        self.value("size", value, format!("WIDTHxHEIGHT in pixels; {error}"))
                    };
                    size = Some(value.size().map_err(refused)?);
                }
                "rate" => {
                    let refused = |_| self.value("rate", value, ALLOWED_RATE.into());
                    rate = Some(value.decimal(1.0, 240.0).map_err(refused)?);
                }
                "stride" => stride = self.number("stride", value, 16, 1 << 16)?,
                "rows" => rows = self.number("rows", value, 16, 1 << 14)?,
                "bitrate" => bits_per_second = Some(self.number("bitrate", value, 50_000, 50_000_000)?),
                _ => return Err(self.unknown_option(key, RAW_OPTIONS)),
            }
        }
        let (Some(size), Some(rate)) = (size, rate) else {
            return Err(SpecError::RawNeeds { kind: self.kind.clone(), format: pixels.name() });
        };
        let layout = Layout::with_stride(pixels, size, stride as usize)
            .map_err(|error| self.value("stride", stride, error.to_string()))?;
        let layout =
            layout.with_rows(rows as usize).map_err(|error| self.value("rows", rows, error.to_string()))?;
        // From 375 to 90,000.
        let period_90k = (90_000.0 / rate).round() as u32;
        // Other programs mean full range by gray.
        let colours = Colours { is_full_range: pixels == PixelFormat::Gray, ..Colours::default() };
        Ok(RawFormat { layout, colours, period_90k, bits_per_second })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn format(text: &str) -> Result<Option<InputFormat>, String> {
        let spec: SourceSpec = text.parse().expect(text);
        spec.input_format().map_err(|error| error.to_string())
    }

    #[test]
    fn raw_formats_have_a_size_and_a_rate() {
        let raw = |text: &str| match format(text) {
            Ok(Some(InputFormat::Raw(raw))) => {
                (raw.to_string(), raw.layout.bytes(), raw.period_90k, raw.bits_per_second)
            }
            other => panic!("{text}: {other:?}"),
        };
        let table = [
            ("exec+yuv420p,size=640x480,rate=24:x", ("640x480 yuv420p", 460_800, 3_750, None)),
            ("-+nv12,rate=29.97,size=16x18,bitrate=500000", ("16x18 nv12", 432, 3_003, Some(500_000))),
            ("tcp+yuyv422,size=32x16,rate=1://h:1", ("32x16 yuyv422", 1_024, 90_000, None)),
            ("-+yuv420p,size=1920x1080,rate=30,rows=1088", ("1920x1080 yuv420p", 3_133_440, 3_000, None)),
            ("exec+bgr24,size=32x16,rate=5:x", ("32x16 bgr24", 1_536, 18_000, None)),
            ("exec+gray,size=32x16,rate=5:x", ("32x16 gray", 512, 18_000, None)),
            ("-+yuv420p,size=800x600,rate=30,stride=832", ("800x600 yuv420p", 748_800, 3_000, None)),
        ];
        for (text, (shown, bytes, period, bits)) in table {
            assert_eq!(raw(text), (shown.into(), bytes, period, bits), "{text}");
        }
    }

    #[test]
    fn every_format_is_named_to_those_who_type_another() {
        let error = format("exec+vp9:x").expect_err("there is none");
        let names = Format::ALL.map(Format::name).into_iter().chain(PixelFormat::ALL.map(PixelFormat::name));
        for name in names {
            assert!(error.split([',', ' ']).any(|word| word == name), "{name}: {error}");
        }
    }

    #[test]
    fn what_is_missing_or_wrong_is_said() {
        let needs =
            "needs the size and rate of its pictures: exec+nv12,size=WIDTHxHEIGHT,rate=PICTURES_A_SECOND";
        let table = [
            ("exec+nv12:x", needs),
            ("exec+nv12,size=64x64:x", needs),
            ("exec+nv12,rate=9:x", needs),
            ("exec+nv12,size=64,rate=9:x", "size=64 of exec is not allowed: it is WIDTHxHEIGHT"),
            ("exec+nv12,size=65x64,rate=9:x", "width 65 is not allowed"),
            ("exec+nv12,size=64x64,rate=0:x", "rate=0 of exec is not allowed: it is a number from 1 to 240"),
            ("exec+nv12,size=64x64,rate=NaN:x", "rate=NaN of exec is not allowed"),
            ("exec+nv12,size=64x64,rate=9,stride=32:x", "rows of 32 bytes cannot hold 64 pixels of nv12"),
            ("exec+nv12,size=64x64,rate=9,rows=62:x", "62 rows are not what a picture of 64 is padded to"),
            (
                "exec+nv12,size=64x64,rate=9,fps=3:x",
                "unknown option \"fps\" of exec: it is one of size, rate",
            ),
            ("exec+h264,size=64x64:x", "unknown option \"size\" of exec: it is one of run, linger"),
            ("exec+vp9,size=64x64,rate=9:x", "format \"vp9\" is not known for exec"),
        ];
        for (text, expected) in table {
            let error = format(text).expect_err(text);
            assert!(error.contains(expected), "{text}: {error}");
        }
    }
}

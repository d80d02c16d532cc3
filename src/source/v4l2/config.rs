//! Which camera, and how: `v4l2[+FORMAT][,size=…][,rate=…][,format=…][,bitrate=…][:DEVICE]`.

use std::{fmt, path::PathBuf};

use lenscast_media::picture::Size;

use super::format::{CameraFormat, FORMATS_IN_WORDS};
use crate::{
    option_value::OptionValue,
    source::typed::{error::SpecError, spec::SourceSpec},
};

/// What may be asked for.
const OPTIONS: &str = "size, rate, format, bitrate";

/// Which camera, and how it runs. `None` takes the camera's best choice.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Config {
    /// The device; the first that can be used if none is named.
    pub device: Option<PathBuf>,
    /// What it is to give.
    pub format: Option<CameraFormat>,
    /// Size of its pictures.
    pub size: Option<Size>,
    /// Pictures a second.
    pub frames_per_second: Option<u32>,
    /// Bit rate to aim at, of the camera's encoder or of ours.
    pub bits_per_second: Option<u32>,
}

/// Reads what was typed. Whether the camera is there and can do it shows when it runs: it may be plugged in later.
pub(super) fn from_spec(spec: &SourceSpec) -> Result<Config, SpecError> {
    let mut config = Config::default();
    let format = |name: &OptionValue| {
        let known = name.text().and_then(CameraFormat::from_name);
        known.ok_or_else(|| spec.value("format", name, FORMATS_IN_WORDS.to_owned()))
    };
    config.format = spec.format.as_deref().map(|name| format(&name.into())).transpose()?;
    for (key, value) in &spec.options {
        match key.as_str() {
            "size" => {
                let size = value.size();
                config.size = Some(size.map_err(|_| spec.value("size", value, SIZES.to_owned()))?);
            }
            "rate" => config.frames_per_second = Some(spec.number("rate", value, 1, 240)?),
            "format" => config.format = Some(format(value)?),
            "bitrate" => {
                config.bits_per_second = Some(spec.number("bitrate", value, 50_000, 50_000_000)?);
            }
            _ => return Err(spec.unknown_option(key, OPTIONS)),
        }
    }
    const DEVICE: &str = "a device after the colon, such as /dev/video0 or its number, or no colon";
    config.device = match spec.rest.as_deref() {
        None => None,
        Some(path) if path.starts_with('/') => Some(path.into()),
        Some(number)
            if number.len() <= 3
                && !number.is_empty()
                && number.bytes().all(|byte| byte.is_ascii_digit()) =>
        {
            Some(format!("/dev/video{number}").into())
        }
        Some(_) => return Err(spec.wrong_rest(DEVICE)),
    };
    Ok(config)
}

/// Sizes that can be asked for, in words.
const SIZES: &str = "WIDTHxHEIGHT, both even, from 16x16 to 4096x4096";

impl fmt::Display for Config {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.device {
            Some(device) => write!(out, "camera {}", device.display()),
            None => write!(out, "first V4L2 camera"),
        }
    }
}

#[cfg(test)]
mod tests {
    use lenscast_media::pixels::PixelFormat;

    use super::*;

    fn config(text: &str) -> Result<Config, String> {
        let spec: SourceSpec = text.parse().map_err(|error: SpecError| error.to_string())?;
        from_spec(&spec).map_err(|error| error.to_string())
    }

    #[test]
    fn what_is_typed_becomes_a_configuration() {
        let any = Config::default();
        let yuyv = Some(CameraFormat::Raw(PixelFormat::Yuyv422));
        let size = "640x480".parse().ok();
        let table = [
            ("v4l2", any.clone()),
            ("v4l2:/dev/video0", Config { device: Some("/dev/video0".into()), ..any.clone() }),
            ("v4l2:2", Config { device: Some("/dev/video2".into()), ..any.clone() }),
            (
                "v4l2:/dev/v4l/by-id/usb-a:b-video-index0",
                Config { device: Some("/dev/v4l/by-id/usb-a:b-video-index0".into()), ..any.clone() },
            ),
            ("v4l2+yuyv422", Config { format: yuyv, ..any.clone() }),
            (
                "v4l2,size=640x480,rate=15,format=yuyv422,bitrate=900000",
                Config {
                    size,
                    frames_per_second: Some(15),
                    format: yuyv,
                    bits_per_second: Some(900_000),
                    ..any
                },
            ),
        ];
        for (text, expected) in table {
            assert_eq!(config(text), Ok(expected), "{text}");
        }
    }

    #[test]
    fn what_cannot_be_is_named_with_what_can() {
        let table = [
            ("v4l2:", "v4l2 needs a device after the colon, such as /dev/video0 or its number, or no colon"),
            ("v4l2:video0", "v4l2 needs a device after the colon"),
            ("v4l2:-1", "v4l2 needs a device after the colon"),
            ("v4l2+vp9", "format=vp9 of v4l2 is not allowed: it is one of h264,"),
            ("v4l2,format=YUYV", "format=YUYV of v4l2 is not allowed"),
            ("v4l2,size=720p", "size=720p of v4l2 is not allowed: it is WIDTHxHEIGHT, both even"),
            ("v4l2,rate=0", "rate=0 of v4l2 is not allowed: it is a whole number from 1 to 240"),
            ("v4l2,fps=30", "unknown option \"fps\" of v4l2: it is one of size, rate, format, bitrate"),
        ];
        for (text, expected) in table {
            let error = config(text).expect_err(text);
            assert!(error.contains(expected), "{text}: {error}");
        }
    }
}

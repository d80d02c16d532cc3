//! What can be set about a Raspberry Pi camera. All of it is fixed while rpicam-vid runs.
//!
//! `None` leaves a thing to rpicam-vid's own choice.

use std::path::PathBuf;

use lenscast_media::{bit_rate::default_bits_per_second, picture::Size};

use super::{
    mode::{Mode, Region},
    parse,
    words::{Awb, Denoise, Encoder, Exposure, Focus, FocusRange, FocusSpeed, Hdr, Metering, Profile},
};
use crate::option_value::OptionValue;

/// A Raspberry Pi camera and its settings.
#[derive(Clone, Debug, PartialEq)]
pub struct Config {
    /// Number of the camera, as `lenscast cameras` lists them.
    pub camera: u32,
    /// The program, where it is not found by its name.
    pub program: Option<PathBuf>,
    /// Who makes H.264 of the pictures.
    pub encoder: Encoder,
    /// Size of the pictures.
    pub size: Size,
    /// Pictures a second.
    pub frames_per_second: f32,
    /// Bits a second; `None` takes what suits size and rate.
    pub bits_per_second: Option<u32>,
    /// Frames from one keyframe to the next; `None` makes one a second.
    pub keyframe_interval_frames: Option<u32>,
    /// H.264 profile.
    pub profile: Option<Profile>,
    /// Mode of the sensor.
    pub mode: Option<Mode>,
    /// Pictures in flight; fewer take less memory.
    pub buffers: Option<u32>,
    /// Left and right changed.
    pub hflip: bool,
    /// Up and down changed.
    pub vflip: bool,
    /// Turned by half.
    pub upside_down: bool,
    /// The part of the picture that is shown.
    pub region: Option<Region>,
    /// Exposure time in microseconds.
    pub shutter_us: Option<u32>,
    /// Gain of the sensor.
    pub gain: Option<f32>,
    /// Exposure compensation in stops.
    pub ev: Option<f32>,
    /// Balance of exposure time and gain.
    pub exposure: Option<Exposure>,
    /// What part of the picture the exposure is measured by.
    pub metering: Option<Metering>,
    /// Frequency of the mains in hertz, whose flicker the exposure avoids.
    pub flicker_hz: Option<u32>,
    /// White balance.
    pub awb: Option<Awb>,
    /// Gains of red and blue instead of a white balance.
    pub awb_gains: Option<[f32; 2]>,
    /// How the lens is focused.
    pub focus: Option<Focus>,
    /// Distances that are searched.
    pub focus_range: Option<FocusRange>,
    /// How fast the lens moves.
    pub focus_speed: Option<FocusSpeed>,
    /// Where the lens stands, in dioptres: 1 over the distance in metres.
    pub lens_dioptres: Option<f32>,
    /// Noise reduction.
    pub denoise: Denoise,
    /// High dynamic range.
    pub hdr: Option<Hdr>,
    /// Brightness.
    pub brightness: Option<f32>,
    /// Contrast.
    pub contrast: Option<f32>,
    /// Saturation of colours.
    pub saturation: Option<f32>,
    /// Sharpness.
    pub sharpness: Option<f32>,
    /// Tuning of the sensor.
    pub tuning_file: Option<PathBuf>,
    /// More arguments, given to rpicam-vid as they are.
    pub extra_arguments: Vec<String>,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            camera: 0,
            program: None,
            encoder: Encoder::Auto,
            size: Size::new(1280, 720).expect("within the limits"),
            frames_per_second: 30.0,
            bits_per_second: None,
            keyframe_interval_frames: None,
            profile: None,
            mode: None,
            buffers: None,
            hflip: false,
            vflip: false,
            upside_down: false,
            region: None,
            shutter_us: None,
            gain: None,
            ev: None,
            exposure: None,
            metering: None,
            flicker_hz: None,
            awb: None,
            awb_gains: None,
            focus: None,
            focus_range: None,
            focus_speed: None,
            lens_dioptres: None,
            // Reduction of colour noise costs time that a live picture does not have.
            denoise: Denoise::CdnOff,
            hdr: None,
            brightness: None,
            contrast: None,
            saturation: None,
            sharpness: None,
            tuning_file: None,
            extra_arguments: Vec::new(),
        }
    }
}

/// What is wrong with a setting.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SettingError {
    /// There is none of this name; [`Config::KEYS`] are all.
    Unknown,
    /// The value is not allowed.
    Value {
        /// Name of the setting.
        key: &'static str,
        /// What is allowed, in words.
        allowed: String,
    },
}

impl Config {
    /// Names of the settings.
    pub const KEYS: [&str; 33] = [
        "program",
        "encoder",
        "size",
        "rate",
        "bitrate",
        "gop",
        "profile",
        "mode",
        "buffers",
        "hflip",
        "vflip",
        "rotation",
        "roi",
        "shutter",
        "gain",
        "ev",
        "exposure",
        "metering",
        "flicker",
        "awb",
        "awbgains",
        "focus",
        "focus-range",
        "focus-speed",
        "lens",
        "denoise",
        "hdr",
        "brightness",
        "contrast",
        "saturation",
        "sharpness",
        "tuning-file",
        "extra",
    ];
    /// Names of the settings, as one text.
    pub(super) const OPTIONS: &str = "program, encoder, size, rate, bitrate, gop, profile, mode, buffers, hflip, vflip, rotation, roi, shutter, gain, ev, exposure, metering, flicker, awb, awbgains, focus, focus-range, focus-speed, lens, denoise, hdr, brightness, contrast, saturation, sharpness, tuning-file, extra";
    /// Most cameras a Pi can have, multiplexers included.
    pub const MOST_CAMERAS: u32 = 16;

    /// Sets `key` to `value`.
    ///
    /// # Errors
    /// When there is no such setting, or its value is not allowed; nothing has changed then.
    pub fn set(&mut self, key: &str, value: &OptionValue) -> Result<(), SettingError> {
        let set = match key {
            "program" => parse::file(value).map(|path| self.program = Some(path)),
            "encoder" => parse::word(value).map(|encoder| self.encoder = encoder),
            "size" => parse::size(value).map(|size| self.size = size),
            "rate" => value.decimal(1.0, 240.0).map(|rate| self.frames_per_second = rate),
            // What the Pi's encoder takes; below 100 kbit/s it may stop for good.
            "bitrate" => value
                .whole(100_000, 25_000_000)
                .map(|bits| self.bits_per_second = Some(bits))
                .map_err(|allowed| allowed + ", in bits a second"),
            "gop" => value.whole(1, 1_200).map(|frames| self.keyframe_interval_frames = Some(frames)),
            "profile" => parse::word(value).map(|profile| self.profile = Some(profile)),
            "mode" => parse::mode(value).map(|mode| self.mode = Some(mode)),
            // With more, the Pi's encoder runs out of places.
            "buffers" => value.whole(2, 6).map(|buffers| self.buffers = Some(buffers)),
            "hflip" => value.switch().map(|hflip| self.hflip = hflip),
            "vflip" => value.switch().map(|vflip| self.vflip = vflip),
            "rotation" => match value.integer() {
                Some(degrees @ (0 | 180)) => {
                    self.upside_down = degrees == 180;
                    Ok(())
                }
                _ => Err("0 or 180 (a camera cannot turn by a quarter)".into()),
            },
            "roi" => parse::region(value).map(|region| self.region = Some(region)),
            "shutter" => value
                .whole(1, 1_000_000)
                .map(|us| self.shutter_us = Some(us))
                .map_err(|allowed| allowed + ", in microseconds"),
            "gain" => value.decimal(1.0, 64.0).map(|gain| self.gain = Some(gain)),
            "ev" => value.decimal(-8.0, 8.0).map(|ev| self.ev = Some(ev)),
            "exposure" => parse::word(value).map(|exposure| self.exposure = Some(exposure)),
            "metering" => parse::word(value).map(|metering| self.metering = Some(metering)),
            "flicker" => match value.whole(50, 60) {
                Ok(hertz @ (50 | 60)) => {
                    self.flicker_hz = Some(hertz);
                    Ok(())
                }
                _ => Err("50 or 60, the hertz of the mains".into()),
            },
            "awb" => parse::word(value).map(|awb| self.awb = Some(awb)),
            "awbgains" => parse::gains(value).map(|gains| self.awb_gains = Some(gains)),
            "focus" => parse::word(value).map(|focus| self.focus = Some(focus)),
            "focus-range" => parse::word(value).map(|range| self.focus_range = Some(range)),
            "focus-speed" => parse::word(value).map(|speed| self.focus_speed = Some(speed)),
            "lens" => value.decimal(0.0, 32.0).map(|dioptres| self.lens_dioptres = Some(dioptres)),
            "denoise" => parse::word(value).map(|denoise| self.denoise = denoise),
            "hdr" => parse::word(value).map(|hdr| self.hdr = Some(hdr)),
            "brightness" => value.decimal(-1.0, 1.0).map(|value| self.brightness = Some(value)),
            "contrast" => value.decimal(0.0, 15.99).map(|value| self.contrast = Some(value)),
            "saturation" => value.decimal(0.0, 15.99).map(|value| self.saturation = Some(value)),
            "sharpness" => value.decimal(0.0, 15.99).map(|value| self.sharpness = Some(value)),
            "tuning-file" => parse::file(value).map(|path| self.tuning_file = Some(path)),
            "extra" => parse::arguments(value).map(|words| self.extra_arguments = words),
            _ => return Err(SettingError::Unknown),
        };
        set.map_err(|allowed| SettingError::Value {
            key: Self::KEYS.iter().copied().find(|known| *known == key).unwrap_or_default(),
            allowed,
        })
    }

    /// Checks what several settings say together.
    ///
    /// # Errors
    /// The setting that does not fit the others.
    pub fn check(&self) -> Result<(), SettingError> {
        for (key, is_given) in
            [("gop", self.keyframe_interval_frames.is_some()), ("profile", self.profile.is_some())]
        {
            if is_given && self.encoder == Encoder::Builtin {
                return Err(SettingError::Value {
                    key,
                    allowed:
                        "not to be given with encoder=builtin, which makes keyframes when they are wanted"
                            .into(),
                });
            }
        }
        let frame_us = 1e6 / self.frames_per_second;
        if self.shutter_us.is_some_and(|shutter_us| shutter_us as f32 > frame_us + 1.0) {
            return Err(SettingError::Value {
                key: "shutter",
                allowed: format!(
                    "at most {frame_us:.0} at rate={}: no picture is exposed for longer than it is shown",
                    self.frames_per_second
                ),
            });
        }
        Ok(())
    }

    /// Bits a second that are asked for.
    pub(super) fn bitrate_bps(&self) -> u32 {
        self.bits_per_second
            .unwrap_or_else(|| default_bits_per_second(self.size, self.frames_per_second).max(500_000))
    }

    /// Frames from one keyframe to the next that are asked for.
    pub(super) fn gop_frames(&self) -> u32 {
        self.keyframe_interval_frames.unwrap_or_else(|| (self.frames_per_second.round() as u32).max(1))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set(key: &str, value: &str) -> Result<Config, SettingError> {
        let mut config = Config::default();
        config.set(key, &value.into())?;
        config.check()?;
        Ok(config)
    }

    #[test]
    fn every_setting_takes_what_is_right_and_changes_something() {
        let table = [
            ("program", "/bin/sh"),
            ("encoder", "x264"),
            ("size", "1920x1080"),
            ("rate", "29.97"),
            ("bitrate", "2000000"),
            ("gop", "60"),
            ("profile", "high"),
            ("mode", "1640x1232/10"),
            ("buffers", "4"),
            ("hflip", "yes"),
            ("vflip", "true"),
            ("rotation", "180"),
            ("roi", "0.25/0.25/0.5/0.75"),
            ("shutter", "10000"),
            ("gain", "2.5"),
            ("ev", "-1.5"),
            ("exposure", "sport"),
            ("metering", "spot"),
            ("flicker", "50"),
            ("awb", "daylight"),
            ("awbgains", "1.8,1.4"),
            ("focus", "manual"),
            ("focus-range", "macro"),
            ("focus-speed", "fast"),
            ("lens", "0"),
            ("denoise", "cdn_hq"),
            ("hdr", "single-exp"),
            ("brightness", "-0.1"),
            ("contrast", "1.2"),
            ("saturation", "0"),
            ("sharpness", "15.99"),
            ("tuning-file", "/etc/passwd"),
            ("extra", "--no-raw --lores-width '320'"),
        ];
        assert_eq!(table.map(|(key, _)| key), Config::KEYS, "each setting once");
        assert_eq!(Config::KEYS.join(", "), Config::OPTIONS);
        for (key, value) in table {
            assert_ne!(set(key, value).expect(key), Config::default(), "{key}={value}");
        }
    }

    #[test]
    fn what_is_wrong_is_named_with_what_is_allowed() {
        let table = [
            ("program", "/no/such/file", "the path of a file that is there"),
            ("encoder", "magic", "one of auto, hardware, x264, builtin"),
            ("size", "1281x720", "WIDTHxHEIGHT with even sides from 64 to 4096"),
            ("size", "32x32", "WIDTHxHEIGHT with even sides from 64 to 4096"),
            ("rate", "0", "a number from 1 to 240"),
            ("rate", "NaN", "a number from 1 to 240"),
            ("bitrate", "2M", "a whole number from 100000 to 25000000, in bits a second"),
            ("bitrate", "25000001", "a whole number from 100000 to 25000000"),
            ("gop", "0", "a whole number from 1 to 1200"),
            ("profile", "extended", "one of baseline, main, high"),
            ("mode", "1640x1232/11", "WIDTHxHEIGHT or WIDTHxHEIGHT/BITS of a mode of the sensor"),
            ("mode", "big", "WIDTHxHEIGHT or WIDTHxHEIGHT/BITS of a mode of the sensor"),
            ("buffers", "7", "a whole number from 2 to 6"),
            ("hflip", "1", "yes or no"),
            ("rotation", "90", "0 or 180"),
            ("roi", "0.5/0/0.6/1", "X/Y/WIDTH/HEIGHT as parts of the picture"),
            ("roi", "0/0/1", "X/Y/WIDTH/HEIGHT as parts of the picture"),
            ("shutter", "0", "a whole number from 1 to 1000000, in microseconds"),
            ("shutter", "40000", "at most 33333 at rate=30"),
            ("gain", "0.5", "a number from 1 to 64"),
            ("ev", "9", "a number from -8 to 8"),
            ("exposure", "night", "one of normal, sport, short, long, custom"),
            ("flicker", "55", "50 or 60"),
            ("awb", "sun", "one of auto, normal, incandescent"),
            ("awbgains", "1.8", "RED/BLUE, each from 0.01 to 32"),
            ("awbgains", "0/0", "RED/BLUE, each from 0.01 to 32"),
            ("lens", "33", "a number from 0 to 32"),
            ("contrast", "16", "a number from 0 to 15.99"),
            ("tuning-file", "/", "the path of a file that is there"),
            ("extra", "--no-raw 'x", "more arguments of rpicam-vid, with their quotes closed"),
            ("extra", "--no-raw --output=x", "without --output=x, which is set here"),
            ("extra", "-ofile", "without -ofile, which is set here"),
        ];
        for (key, value, expected) in table {
            match set(key, value) {
                Err(SettingError::Value { key: named, allowed }) => {
                    assert!(named == key && allowed.contains(expected), "{key}={value}: {named}: {allowed}");
                }
                other => panic!("{key}={value}: {other:?}"),
            }
        }
        assert_eq!(set("fps", "3"), Err(SettingError::Unknown));
    }
}

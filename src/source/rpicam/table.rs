//! Every setting of a Raspberry Pi camera, one row each: its name, how a value is read, and its argument of rpicam-vid.
//!
//! ```text
//! key, OptionValue ─► row ─► Config ─► row ─► --flag value
//! ```
//! A new setting is a field of [`Config`] and a row here.

use super::{
    arguments::Arguments,
    parse::{
        Parsed, arguments, degrees, file, gains, kept, mains_frequency, mode, region, size, with_unit, word,
    },
    settings::{Config, SettingError},
    version::Version,
    words::{Focus, Hdr, Words},
};
use crate::option_value::OptionValue;

/// One setting.
pub(super) struct Setting {
    /// Its name as an option.
    pub(super) key: &'static str,
    /// Reads a value into the configuration; the error says what is allowed.
    apply: fn(&mut Config, &OptionValue) -> Parsed<()>,
    /// Adds its arguments, if it has a value. `None` where `command_line` does that, since they depend on the machine, on the
    /// encoder, or on the arguments before.
    pub(super) flag: Option<fn(&Config, &mut Arguments)>,
    /// The oldest version of rpicam-apps that takes these arguments, where not every one does.
    pub(super) since: Option<Version>,
}

/// All settings, in the order of their arguments.
pub(super) const SETTINGS: &[Setting] = &[
    setting("program", |to, value| kept(&mut to.program, file(value))),
    setting("encoder", |to, value| word(value).map(|encoder| to.encoder = encoder)),
    setting("size", |to, value| size(value).map(|size| to.size = size)),
    setting("rate", |to, value| value.decimal(1.0, 240.0).map(|rate| to.frames_per_second = rate)),
    // The range of the Pi's encoder; below 100 kbit/s it may stop for good.
    setting("bitrate", |to, value| {
        kept(&mut to.bits_per_second, with_unit(value.whole(100_000, 25_000_000), "bits a second"))
    }),
    setting("gop", |to, value| kept(&mut to.keyframe_interval_frames, value.whole(1, 1_200))),
    setting("profile", |to, value| kept(&mut to.profile, word(value))),
    setting("mode", |to, value| kept(&mut to.mode, mode(value)))
        .flag(|config, line| line.option("--mode", config.mode)),
    // With more, the Pi's encoder runs out of places.
    setting("buffers", |to, value| kept(&mut to.buffers, value.whole(2, 6))),
    setting("hflip", |to, value| value.switch().map(|hflip| to.hflip = hflip))
        .flag(|config, line| line.switch("--hflip", config.hflip)),
    setting("vflip", |to, value| value.switch().map(|vflip| to.vflip = vflip))
        .flag(|config, line| line.switch("--vflip", config.vflip)),
    setting("rotation", |to, value| degrees(value).map(|degrees| to.upside_down = degrees == 180))
        .flag(|config, line| line.switch("--rotation 180", config.upside_down)),
    setting("roi", |to, value| kept(&mut to.region, region(value)))
        .flag(|config, line| line.option("--roi", config.region)),
    setting("shutter", |to, value| {
        kept(&mut to.shutter_us, with_unit(value.whole(1, 1_000_000), "microseconds"))
    })
    .flag(|config, line| line.option("--shutter", config.shutter_us)),
    setting("gain", |to, value| kept(&mut to.gain, value.decimal(1.0, 64.0)))
        .flag(|config, line| line.option("--gain", config.gain)),
    setting("ev", |to, value| kept(&mut to.ev, value.decimal(-8.0, 8.0)))
        .flag(|config, line| line.value("--ev", config.ev)),
    setting("exposure", |to, value| kept(&mut to.exposure, word(value)))
        .flag(|config, line| line.option("--exposure", config.exposure.map(Words::word))),
    setting("metering", |to, value| kept(&mut to.metering, word(value)))
        .flag(|config, line| line.option("--metering", config.metering.map(Words::word))),
    // The light flickers twice a period of the mains.
    setting("flicker", |to, value| kept(&mut to.flicker_hz, mains_frequency(value)))
        .flag(|config, line| {
            line.option("--flicker-period", config.flicker_hz.map(|hertz| format!("{}us", 500_000 / hertz)));
        })
        .since([1, 2, 2]),
    setting("awb", |to, value| kept(&mut to.awb, word(value)))
        .flag(|config, line| line.option("--awb", config.awb.map(Words::word))),
    setting("awbgains", |to, value| kept(&mut to.awb_gains, gains(value))).flag(|config, line| {
        line.option("--awbgains", config.awb_gains.map(|[red, blue]| format!("{red},{blue}")));
    }),
    // Where the lens stands is only obeyed in manual focus.
    setting("focus", |to, value| kept(&mut to.focus, word(value)))
        .flag(|config, line| {
            let manual = config.lens_dioptres.map(|_| Focus::Manual);
            line.option("--autofocus-mode", config.focus.or(manual).map(Words::word));
        })
        .since([1, 0, 2]),
    setting("focus-range", |to, value| kept(&mut to.focus_range, word(value)))
        .flag(|config, line| line.option("--autofocus-range", config.focus_range.map(Words::word))),
    setting("focus-speed", |to, value| kept(&mut to.focus_speed, word(value)))
        .flag(|config, line| line.option("--autofocus-speed", config.focus_speed.map(Words::word))),
    setting("lens", |to, value| kept(&mut to.lens_dioptres, value.decimal(0.0, 32.0)))
        .flag(|config, line| line.option("--lens-position", config.lens_dioptres)),
    setting("denoise", |to, value| word(value).map(|denoise| to.denoise = denoise))
        .flag(|config, line| line.option("--denoise", Some(config.denoise.word()))),
    setting("hdr", |to, value| kept(&mut to.hdr, word(value)))
        .flag(|config, line| {
            line.option("--hdr", config.hdr.filter(|hdr| *hdr != Hdr::Off).map(Words::word));
        })
        .since([1, 1, 0]),
    setting("brightness", |to, value| kept(&mut to.brightness, value.decimal(-1.0, 1.0)))
        .flag(|config, line| line.value("--brightness", config.brightness)),
    setting("contrast", |to, value| kept(&mut to.contrast, value.decimal(0.0, 15.99)))
        .flag(|config, line| line.option("--contrast", config.contrast)),
    setting("saturation", |to, value| kept(&mut to.saturation, value.decimal(0.0, 15.99)))
        .flag(|config, line| line.option("--saturation", config.saturation)),
    setting("sharpness", |to, value| kept(&mut to.sharpness, value.decimal(0.0, 15.99)))
        .flag(|config, line| line.option("--sharpness", config.sharpness)),
    setting("tuning-file", |to, value| kept(&mut to.tuning_file, file(value))).flag(|config, line| {
        line.option("--tuning-file", config.tuning_file.as_ref().map(|path| path.display()));
    }),
    setting("extra", |to, value| arguments(value).map(|words| to.extra_arguments = words)),
];

const fn setting(key: &'static str, apply: fn(&mut Config, &OptionValue) -> Parsed<()>) -> Setting {
    Setting { key, apply, flag: None, since: None }
}

impl Setting {
    const fn flag(self, flag: fn(&Config, &mut Arguments)) -> Self {
        Self { flag: Some(flag), ..self }
    }

    const fn since(self, version: [u32; 3]) -> Self {
        Self { since: Some(Version(version)), ..self }
    }
}

/// Names of the settings, for messages.
pub(super) fn names() -> String {
    SETTINGS.iter().map(|setting| setting.key).collect::<Vec<_>>().join(", ")
}

impl Config {
    /// Sets `key` to `value`.
    ///
    /// # Errors
    /// When there is no such setting, or its value is not allowed; nothing has changed then.
    pub fn set(&mut self, key: &str, value: &OptionValue) -> Result<(), SettingError> {
        let setting = SETTINGS.iter().find(|setting| setting.key == key).ok_or(SettingError::Unknown)?;
        (setting.apply)(self, value).map_err(|allowed| SettingError::Value { key: setting.key, allowed })
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
        let keys: Vec<_> = SETTINGS.iter().map(|setting| setting.key).collect();
        assert_eq!(table.map(|(key, _)| key), keys[..], "each setting once");
        assert_eq!(names(), keys.join(", "));
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

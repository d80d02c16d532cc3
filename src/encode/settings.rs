//! Settings of renditions, and the way to them from a table of keys and values as it stands in the configuration. Pure.
//!
//! ```text
//! --source test,mpeg1_rate=12 ┐
//! mpeg1_rate = 12             ├─► table of keys and OptionValues ─► Mpeg1Settings
//! ```

use lenscast_media::{codec::Codec, mpeg1::MAX_SIDE, picture::Size, rendition::Rendition};

use super::{mpeg1::Mpeg1Settings, video_settings::VideoSettings};
use crate::option_value::OptionValue;

/// How the renditions of one camera are made.
#[derive(Clone, Debug, Default)]
pub struct Settings {
    /// H.264 of raw pictures.
    pub video: VideoSettings,
    /// MPEG-1 of raw pictures.
    pub mpeg1: Mpeg1Settings,
}

impl Settings {
    /// Whether a rendition of this kind is made in another way by `other`.
    pub(super) fn differ_for(&self, rendition: Rendition, other: &Self) -> bool {
        match rendition.codec {
            Codec::H264 => self.video != other.video,
            Codec::Mpeg1 => self.mpeg1 != other.mpeg1,
            _ => false,
        }
    }
}

/// A setting that has a value that is not allowed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SettingError {
    /// Name of the setting.
    pub key: &'static str,
    /// The value, as it was written.
    pub value: String,
    /// What is allowed, in words.
    pub allowed: String,
}

impl Mpeg1Settings {
    /// Names of the settings.
    pub const KEYS: [&str; 3] = ["mpeg1_bitrate", "mpeg1_size", "mpeg1_rate"];

    /// The settings in `table`, of which other keys are left alone; of two with the same key the later counts.
    ///
    /// # Errors
    /// The first setting whose value is not allowed.
    pub fn from_table(table: &[(String, OptionValue)]) -> Result<Self, SettingError> {
        let mut settings = Self::default();
        for (key, value) in table {
            let wrong = |key| move |allowed| SettingError { key, value: value.to_string(), allowed };
            match key.as_str() {
                "mpeg1_bitrate" => {
                    let bits = value.whole(50_000, 10_000_000).map_err(wrong("mpeg1_bitrate"))?;
                    settings.bits_per_second = Some(bits);
                }
                "mpeg1_size" => settings.size = Some(size(value).map_err(wrong("mpeg1_size"))?),
                "mpeg1_rate" => {
                    settings.frames_per_second = Some(value.whole(1, 60).map_err(wrong("mpeg1_rate"))?);
                }
                _ => {}
            }
        }
        Ok(settings)
    }
}

fn size(value: &OptionValue) -> Result<Size, String> {
    let fits = |size: &Size| size.width().max(size.height()) <= MAX_SIDE;
    let allowed = || format!("WIDTHxHEIGHT, both even, from 16 to {MAX_SIDE} pixels");
    value.size().ok().filter(fits).ok_or_else(allowed)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings(table: &[(&str, OptionValue)]) -> Result<Mpeg1Settings, SettingError> {
        let table: Vec<_> = table.iter().map(|(key, value)| ((*key).to_owned(), value.clone())).collect();
        Mpeg1Settings::from_table(&table)
    }

    #[test]
    fn a_table_becomes_settings() {
        let expected = Mpeg1Settings {
            bits_per_second: Some(300_000),
            size: Size::new(320, 240).ok(),
            frames_per_second: Some(12),
        };
        let typed = [
            ("mpeg1_size", "320x240".into()),
            ("mpeg1_rate", "12".into()),
            ("mpeg1_bitrate", "300000".into()),
        ];
        assert_eq!(settings(&typed), Ok(expected));
        let of_the_file = [
            ("mpeg1_bitrate", OptionValue::Integer(300_000)),
            ("mpeg1_size", "320x240".into()),
            ("mpeg1_rate", OptionValue::Integer(12)),
        ];
        assert_eq!(settings(&of_the_file), Ok(expected));
        assert_eq!(settings(&[("size", "1".into())]), Ok(Mpeg1Settings::default()));
    }

    #[test]
    fn every_key_is_read() {
        for key in Mpeg1Settings::KEYS {
            let error = settings(&[(key, "x".into())]).expect_err("no value of any");
            assert_eq!((error.key, error.value.as_str()), (key, "x"));
        }
    }

    #[test]
    fn what_is_not_allowed_is_named_with_what_is() {
        let table = [
            ("mpeg1_size", "4096x16", "WIDTHxHEIGHT, both even, from 16 to 4094 pixels"),
            ("mpeg1_rate", "61", "a whole number from 1 to 60"),
            ("mpeg1_bitrate", "1", "a whole number from 50000 to 10000000"),
        ];
        for (key, value, allowed) in table {
            let error = settings(&[(key, value.into())]).expect_err(key);
            assert_eq!(error, SettingError { key, value: value.into(), allowed: allowed.into() });
        }
    }
}

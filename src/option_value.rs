//! The value of an option, as it was written: text behind `--source`, or a typed value of the configuration file.
//!
//! ```text
//! --source test,rate=30 ─► Text("30")   ┐
//! rate = 30             ─► Integer(30)  ├─► whole, decimal, switch, size, text ─► what the option holds
//! rate = "30"           ─► Text("30")   ┘
//! ```
//! A typed value is read as it is; text is parsed where it is read. The readers know ranges, not options: their errors say
//! which values are allowed, and the caller adds the name of the option.

use std::fmt;

use lenscast_media::picture::{Size, SizeError};

/// A value that was not read yet.
#[derive(Clone, Debug, PartialEq)]
pub enum OptionValue {
    /// Text, from the command line or in quotes.
    Text(String),
    /// A whole number of the configuration file.
    Integer(i64),
    /// A number with a decimal point of the configuration file.
    Float(f64),
    /// `true` or `false` of the configuration file.
    Boolean(bool),
}

impl OptionValue {
    /// The text; `None` for a number or a Boolean.
    #[must_use]
    pub fn text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            Self::Integer(_) | Self::Float(_) | Self::Boolean(_) => None,
        }
    }

    /// A whole number of any size, also written as text or as `30.0`.
    #[must_use]
    pub fn integer(&self) -> Option<i64> {
        match self {
            Self::Text(text) => text.parse().ok(),
            Self::Integer(number) => Some(*number),
            // Beyond 2^53 a float does not hold every whole number, and no option goes that far.
            Self::Float(number) if number.fract() == 0.0 && number.abs() < 9e15 => Some(*number as i64),
            Self::Float(_) | Self::Boolean(_) => None,
        }
    }

    /// A whole number from `least` to `most`.
    ///
    /// # Errors
    /// What is allowed, in words.
    pub fn whole(&self, least: u32, most: u32) -> Result<u32, String> {
        let number = self.integer().and_then(|number| u32::try_from(number).ok());
        number
            .filter(|number| (least..=most).contains(number))
            .ok_or_else(|| format!("a whole number from {least} to {most}"))
    }

    /// A number from `least` to `most`.
    ///
    /// # Errors
    /// What is allowed, in words.
    pub fn decimal(&self, least: f32, most: f32) -> Result<f32, String> {
        let number = match self {
            Self::Text(text) => text.parse().ok(),
            Self::Integer(number) => Some(*number as f32),
            Self::Float(number) => Some(*number as f32),
            Self::Boolean(_) => None,
        };
        number
            .filter(|number| (least..=most).contains(number))
            .ok_or_else(|| format!("a number from {least} to {most}"))
    }

    /// Yes or no.
    ///
    /// # Errors
    /// What is allowed, in words.
    pub fn switch(&self) -> Result<bool, String> {
        match self {
            Self::Boolean(yes) => Ok(*yes),
            Self::Text(text) if text == "yes" || text == "true" => Ok(true),
            Self::Text(text) if text == "no" || text == "false" => Ok(false),
            _ => Err("yes or no".into()),
        }
    }

    /// A size, `WIDTHxHEIGHT`.
    ///
    /// # Errors
    /// When it is none, or none that a picture may have.
    pub fn size(&self) -> Result<Size, SizeError> {
        self.text().map_or_else(|| Err(SizeError::Text(self.to_string())), str::parse)
    }
}

impl From<&str> for OptionValue {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

/// As it was written, for messages.
impl fmt::Display for OptionValue {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(text) => out.write_str(text),
            Self::Integer(number) => number.fmt(out),
            Self::Float(number) => number.fmt(out),
            Self::Boolean(yes) => yes.fmt(out),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::OptionValue::{self, Boolean, Float, Integer};

    fn text(text: &str) -> OptionValue {
        text.into()
    }

    #[test]
    fn whole_numbers() {
        let table = [
            (text("30"), Some(30)),
            (Integer(30), Some(30)),
            (Float(30.0), Some(30)),
            (text("1"), Some(1)),
            (text("240"), Some(240)),
            (text("0"), None),
            (Integer(241), None),
            (Integer(-1), None),
            (Integer(1 << 40), None),
            (Float(29.97), None),
            (Float(f64::NAN), None),
            (Float(1e300), None),
            (Boolean(true), None),
            (text("2M"), None),
            (text(""), None),
        ];
        for (value, expected) in table {
            let expected = expected.ok_or_else(|| "a whole number from 1 to 240".to_owned());
            assert_eq!(value.whole(1, 240), expected, "{value:?}");
        }
    }

    #[test]
    fn numbers() {
        let table = [
            (text("29.97"), Some(29.97)),
            (Float(29.97), Some(29.97)),
            (Integer(30), Some(30.0)),
            (text("-1"), Some(-1.0)),
            (text("NaN"), None),
            (Float(f64::NAN), None),
            (Float(f64::INFINITY), None),
            (Float(240.5), None),
            (Boolean(false), None),
        ];
        for (value, expected) in table {
            let expected = expected.ok_or_else(|| "a number from -1 to 240".to_owned());
            assert_eq!(value.decimal(-1.0, 240.0), expected, "{value:?}");
        }
    }

    #[test]
    fn switches() {
        let table = [
            (text("yes"), Some(true)),
            (text("true"), Some(true)),
            (Boolean(true), Some(true)),
            (text("no"), Some(false)),
            (Boolean(false), Some(false)),
            (Integer(1), None),
            (text("1"), None),
        ];
        for (value, expected) in table {
            assert_eq!(value.switch().ok(), expected, "{value:?}");
        }
    }

    #[test]
    fn sizes_and_texts() {
        assert_eq!(text("640x480").size(), "640x480".parse());
        let error = Integer(640).size().expect_err("one number").to_string();
        assert!(error.starts_with("size \"640\" is not allowed"), "{error}");
        assert_eq!((text("a").text(), Integer(1).text()), (Some("a"), None));
    }

    #[test]
    fn a_message_shows_what_was_written() {
        let values = [text("a b"), Integer(-3), Float(30.0), Float(0.25), Boolean(true)];
        assert_eq!(values.map(|value| value.to_string()), ["a b", "-3", "30", "0.25", "true"]);
    }
}

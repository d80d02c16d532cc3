//! Settings that are one of a few words, as rpicam-vid spells them.

/// Generates an enum with a word for each variant.
macro_rules! words {
    ($(#[doc = $doc:literal] $name:ident { $($variant:ident = $word:literal),+ $(,)? })+) => {$(
        #[doc = $doc]
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        #[expect(missing_docs, reason = "each variant is the word it stands for")]
        pub enum $name { $($variant),+ }

        impl Words for $name {
            const ALL: &'static [(&'static str, Self)] = &[$(($word, Self::$variant)),+];

            fn word(self) -> &'static str {
                match self { $(Self::$variant => $word),+ }
            }
        }
    )+};
}

/// An enum with a word for each of its values.
pub(super) trait Words: Copy + 'static {
    /// Every word and its value.
    const ALL: &'static [(&'static str, Self)];

    /// The word of this value.
    fn word(self) -> &'static str;
}

words! {
    /// The H.264 encoder.
    Encoder { Auto = "auto", Hardware = "hardware", X264 = "x264", Builtin = "builtin" }
    /// H.264 profile.
    Profile { Baseline = "baseline", Main = "main", High = "high" }
    /// Balance of exposure time and gain.
    Exposure { Normal = "normal", Sport = "sport", Short = "short", Long = "long", Custom = "custom" }
    /// What part of the picture the exposure is measured by.
    Metering { Centre = "centre", Spot = "spot", Average = "average", Matrix = "matrix", Custom = "custom" }
    /// White balance.
    Awb {
        Auto = "auto", Normal = "normal", Incandescent = "incandescent", Tungsten = "tungsten",
        Fluorescent = "fluorescent", Indoor = "indoor", Daylight = "daylight", Cloudy = "cloudy", Custom = "custom",
    }
    /// How the lens is focused.
    Focus { Manual = "manual", Auto = "auto", Continuous = "continuous" }
    /// Distances that are searched.
    FocusRange { Normal = "normal", Macro = "macro", Full = "full" }
    /// How fast the lens moves.
    FocusSpeed { Normal = "normal", Fast = "fast" }
    /// Noise reduction.
    Denoise { Auto = "auto", Off = "off", CdnOff = "cdn_off", CdnFast = "cdn_fast", CdnHq = "cdn_hq" }
    /// High dynamic range.
    Hdr { Off = "off", Auto = "auto", Sensor = "sensor", SingleExposure = "single-exp" }
}

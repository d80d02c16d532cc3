//! Its command line: the options the real one has and no others.

/// Options that are on when they are named.
const SWITCHES: [&str; 12] = [
    "nopreview",
    "inline",
    "flush",
    "hflip",
    "vflip",
    "low-latency",
    "no-raw",
    "version",
    "list-cameras",
    "listen",
    "signal",
    "keypress",
];
/// Options with a value.
const VALUES: [&str; 47] = [
    "timeout",
    "output",
    "codec",
    "bitrate",
    "intra",
    "profile",
    "level",
    "libav-format",
    "libav-video-codec",
    "libav-video-codec-opts",
    "save-pts",
    "width",
    "height",
    "framerate",
    "mode",
    "buffer-count",
    "camera",
    "rotation",
    "roi",
    "shutter",
    "gain",
    "analoggain",
    "ev",
    "exposure",
    "metering",
    "awb",
    "awbgains",
    "flicker-period",
    "brightness",
    "contrast",
    "saturation",
    "sharpness",
    "denoise",
    "autofocus-mode",
    "autofocus-range",
    "autofocus-speed",
    "autofocus-window",
    "lens-position",
    "hdr",
    "tuning-file",
    "info-text",
    "lores-width",
    "lores-height",
    "post-process-file",
    "verbose",
    "metadata",
    "metadata-format",
];
const SHORT: [(&str, &str); 6] = [
    ("n", "nopreview"),
    ("t", "timeout"),
    ("o", "output"),
    ("b", "bitrate"),
    ("g", "intra"),
    ("l", "listen"),
];

/// What was asked for.
pub struct Options(Vec<(String, String)>);

impl Options {
    /// Reads the words, or says what the real one would say.
    pub fn parse(mut words: impl Iterator<Item = String>) -> Result<Self, String> {
        let mut options = Vec::new();
        while let Some(word) = words.next() {
            let unknown = || format!("unrecognised option '{word}'");
            let (name, value) = match word.strip_prefix("--") {
                Some(long) => match long.split_once('=') {
                    Some((name, value)) => (name.to_owned(), Some(value.to_owned())),
                    None => (long.to_owned(), None),
                },
                None => {
                    let short = word.strip_prefix('-').ok_or_else(unknown)?;
                    let long = SHORT.iter().find(|(name, _)| *name == short).ok_or_else(unknown)?;
                    (long.1.to_owned(), None)
                }
            };
            let value = if SWITCHES.contains(&name.as_str()) {
                value.unwrap_or_default()
            } else if VALUES.contains(&name.as_str()) {
                let missing = || format!("the required argument for option '--{name}' is missing");
                value.or_else(|| words.next()).ok_or_else(missing)?
            } else {
                return Err(unknown());
            };
            options.push((name, value));
        }
        Ok(Self(options))
    }

    pub fn has(&self, name: &str) -> bool {
        self.0.iter().any(|(known, _)| known == name)
    }

    pub fn value(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    pub fn number(&self, name: &str, otherwise: f64) -> f64 {
        self.value(name).and_then(|value| value.parse().ok()).unwrap_or(otherwise)
    }
}

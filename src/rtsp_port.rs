//! The port for RTSP, as it is typed: `--rtsp PORT`, `rtsp = PORT` in a configuration file, or `off`.

use std::str::FromStr;

/// The port that everybody takes who does not take 554, which needs root.
const DEFAULT_PORT: u16 = 8554;
/// What may be typed.
pub(crate) const ALLOWED: &str =
    "a port from 1 to 65535 that --listen does not have, 0 for a free one, or off";

/// Where players find the cameras by RTSP.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum RtspPort {
    /// Nothing was typed: port 8554, if it is free. A free port where that of HTTP is one, too.
    #[default]
    Default,
    /// Nowhere.
    Off,
    /// This port of every address that is listened on; 0 for a free one.
    At(u16),
}

impl RtspPort {
    /// The port, beside those of HTTP; and whether nobody asked for it.
    #[must_use]
    pub fn beside(self, http: &[u16]) -> Option<(u16, bool)> {
        match self {
            Self::Default if http.contains(&DEFAULT_PORT) => None,
            Self::Default if http.contains(&0) => Some((0, true)),
            Self::Default => Some((DEFAULT_PORT, true)),
            Self::Off => None,
            Self::At(port) => Some((port, false)),
        }
    }
}

impl FromStr for RtspPort {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if text == "off" {
            return Ok(Self::Off);
        }
        let is_number = text.bytes().all(|byte| byte.is_ascii_digit());
        text.parse().ok().filter(|_| is_number).map(Self::At).ok_or_else(|| format!("it is {ALLOWED}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_may_be_typed() {
        for (text, expected) in [("off", RtspPort::Off), ("8554", RtspPort::At(8554)), ("0", RtspPort::At(0))]
        {
            assert_eq!(text.parse(), Ok(expected), "{text}");
        }
        for text in ["", "on", "-1", "+554", "65536", "127.0.0.1:8554", "OFF"] {
            assert!(text.parse::<RtspPort>().is_err(), "{text}");
        }
    }

    #[test]
    fn the_port_beside_http() {
        let table = [
            (RtspPort::Default, vec![8000], Some((8554, true))),
            (RtspPort::Default, vec![0], Some((0, true))),
            (RtspPort::Default, vec![8000, 8554], None),
            (RtspPort::Off, vec![8000], None),
            (RtspPort::At(554), vec![8000], Some((554, false))),
            (RtspPort::At(0), vec![8000], Some((0, false))),
        ];
        for (typed, http, expected) in table {
            assert_eq!(typed.beside(&http), expected, "{typed:?} beside {http:?}");
        }
    }
}

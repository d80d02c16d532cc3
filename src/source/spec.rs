//! What a user types for a source: `[NAME=]KIND[+FORMAT][,key=value…][:REST]`.
//!
//! ```text
//! front = exec + h264 , key=value : rpicam-vid -t 0 -o -
//! NAME    KIND   FORMAT  options    REST
//! ```
//! Two types: [`SourceSpec`] is what was typed, [`Source`] what was checked against the system.

use std::{net::ToSocketAddrs, path::PathBuf};

use lenscast_media::picture::Size;

use super::{Source, exec, file, tcp, tcp_listen, test};
use crate::{child::FindError, error::in_words};

/// Kinds that exist now, for messages.
const KINDS: &str = "test, exec, -, tcp, tcp-listen, file";
/// Kinds that INTERFACE knows and this version does not.
const LATER_KINDS: [&str; 3] = ["rpicam", "v4l2", "rtsp"];
/// Formats of later versions.
const LATER_FORMATS: [&str; 6] = ["flv", "mpegts", "mjpeg", "yuv420p", "nv12", "yuyv422"];
/// Longest name of a camera.
const MAX_NAME_BYTES: usize = 32;

/// A source as it was typed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SourceSpec {
    /// Name of the camera, if one was given.
    pub name: Option<String>,
    kind: String,
    format: Option<String>,
    options: Vec<(String, String)>,
    rest: Option<String>,
}

/// What is wrong with a source, and what is allowed.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum SpecError {
    /// The name cannot stand in an address.
    #[error(
        "camera name {0:?} is not allowed: it is 1 to 32 of a-z, 0-9, - and _, and begins with a letter or digit"
    )]
    Name(String),
    /// There is no such kind.
    #[error("unknown kind of source {kind:?}: it is one of {KINDS}")]
    Kind {
        /// What was typed.
        kind: String,
    },
    /// The kind is not there yet.
    #[error(
        "this version has no {kind} sources yet: use one of {KINDS} (a Raspberry Pi camera: \
             'exec:rpicam-vid -t 0 --inline --flush -n -o -')"
    )]
    LaterKind {
        /// What was typed.
        kind: String,
    },
    /// There is no such format, or not for this kind.
    #[error("format {format:?} is not known for {kind}: it is {allowed}")]
    Format {
        /// Kind of the source.
        kind: String,
        /// What was typed.
        format: String,
        /// What may be.
        allowed: &'static str,
    },
    /// Not `key=value`.
    #[error("option {0:?} of a source is not key=value")]
    NotAnOption(String),
    /// There is no such option for this kind.
    #[error("unknown option {key:?} of {kind}: it is one of {allowed}")]
    Option {
        /// Kind of the source.
        kind: String,
        /// What was typed.
        key: String,
        /// What may be.
        allowed: &'static str,
    },
    /// A value that cannot be.
    #[error("{key}={value} of {kind} is not allowed: it is {allowed}")]
    Value {
        /// Kind of the source.
        kind: String,
        /// Name of the option.
        key: &'static str,
        /// What was typed.
        value: String,
        /// What may be.
        allowed: String,
    },
    /// What follows the colon is missing or wrong.
    #[error("{kind} needs {needs}; {rest:?} is not that")]
    Rest {
        /// Kind of the source.
        kind: String,
        /// What it needs.
        needs: &'static str,
        /// What was typed.
        rest: String,
    },
    /// The program is not there.
    #[error("command {0:?} is not found in PATH")]
    CommandNotFound(String),
    /// The program is there and may not be run.
    #[error("command {0:?} is there, but it may not be run: chmod +x makes a program of it, if it is one")]
    CommandNotExecutable(PathBuf),
    /// The file cannot be read.
    #[error("file {path:?} cannot be opened: {reason}")]
    File {
        /// What was typed.
        path: String,
        /// What the system said.
        reason: String,
    },
}

impl std::str::FromStr for SourceSpec {
    type Err = SpecError;

    fn from_str(text: &str) -> Result<Self, SpecError> {
        let head_end = text.find([':', ',', '+']).unwrap_or(text.len());
        let (name, rest) = match text[..head_end].split_once('=') {
            Some((name, _)) => (Some(check_name(name)?), &text[name.len() + 1..]),
            None => (None, text),
        };
        let (head, rest) = match rest.split_once(':') {
            Some((head, rest)) => (head, Some(rest.to_owned())),
            None => (rest, None),
        };
        let mut parts = head.split(',');
        let kind = parts.next().unwrap_or_default();
        let (kind, format) = match kind.split_once('+') {
            Some((kind, format)) => (kind, Some(format.to_owned())),
            None => (kind, None),
        };
        let options = parts
            .map(|option| {
                let (key, value) =
                    option.split_once('=').ok_or_else(|| SpecError::NotAnOption(option.to_owned()))?;
                Ok((key.to_owned(), value.to_owned()))
            })
            .collect::<Result<_, SpecError>>()?;
        Ok(Self { name, kind: kind.to_owned(), format, options, rest })
    }
}

fn check_name(name: &str) -> Result<String, SpecError> {
    let mut bytes = name.bytes();
    let begins = bytes.next().is_some_and(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit());
    let goes_on =
        bytes.all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-' || byte == b'_');
    if begins && goes_on && name.len() <= MAX_NAME_BYTES {
        Ok(name.to_owned())
    } else {
        Err(SpecError::Name(name.to_owned()))
    }
}

impl SourceSpec {
    /// Checks it against what this version and this system have.
    ///
    /// # Errors
    /// What is wrong and what is allowed.
    pub fn check(&self) -> Result<Source, SpecError> {
        let kind = self.kind.as_str();
        if LATER_KINDS.contains(&kind) {
            return Err(SpecError::LaterKind { kind: kind.to_owned() });
        }
        let source = match kind {
            "test" => self.test()?,
            "exec" => self.exec()?,
            "-" => {
                self.no_options()?;
                self.no_rest()?;
                Source::Stdin
            }
            "tcp" => {
                self.no_options()?;
                Source::Tcp(tcp::Config { address: self.host_and_port()?.to_owned() })
            }
            "tcp-listen" => self.tcp_listen()?,
            "file" => self.file()?,
            _ => {
                return Err(SpecError::Kind { kind: kind.to_owned() });
            }
        };
        match self.format.as_deref() {
            None => Ok(source),
            Some("h264") if kind != "test" => Ok(source),
            Some(format) => Err(SpecError::Format {
                kind: kind.to_owned(),
                format: format.to_owned(),
                allowed: match kind {
                    "test" => "not to be named",
                    _ if LATER_FORMATS.contains(&format) => "h264 (Annex B) in this version; others follow",
                    _ => "h264 (Annex B)",
                },
            }),
        }
    }

    fn test(&self) -> Result<Source, SpecError> {
        self.no_rest()?;
        let mut config = test::Config::default();
        for (key, value) in &self.options {
            match key.as_str() {
                "size" => {
                    config.size = value
                        .parse::<Size>()
                        .map_err(|_| self.value("size", value, test::ALLOWED_SIZE.to_owned()))
                        .and_then(|size| {
                            let fits = test::Config::fits(size);
                            fits.then_some(size)
                                .ok_or_else(|| self.value("size", value, test::ALLOWED_SIZE.to_owned()))
                        })?;
                }
                "rate" => config.frames_per_second = self.number("rate", value, 1, 120)?,
                "bitrate" => {
                    config.bits_per_second = Some(self.number("bitrate", value, 50_000, 50_000_000)?);
                }
                _ => return Err(self.unknown_option(key, "size, rate, bitrate")),
            }
        }
        Ok(Source::Test(config))
    }

    fn exec(&self) -> Result<Source, SpecError> {
        self.no_options()?;
        let command = self.rest.as_deref().unwrap_or_default();
        let words = shlex::split(command).filter(|words| !words.is_empty()).ok_or_else(|| {
            self.wrong_rest(
                "a command after the colon, with its quotes closed, such as exec:rpicam-vid -t 0 -o -",
            )
        })?;
        let config = exec::Config { words };
        match config.check() {
            Ok(()) => Ok(Source::Exec(config)),
            Err(FindError::NotFound) => Err(SpecError::CommandNotFound(config.program().to_owned())),
            Err(FindError::NotExecutable(path)) => Err(SpecError::CommandNotExecutable(path)),
        }
    }

    fn tcp_listen(&self) -> Result<Source, SpecError> {
        self.no_options()?;
        let address = self.host_and_port()?;
        let resolved = address.to_socket_addrs().ok().and_then(|mut addresses| addresses.next());
        let address =
            resolved.ok_or_else(|| self.wrong_rest("an address of this machine, such as //0.0.0.0:8888"))?;
        Ok(Source::TcpListen(tcp_listen::Config { address }))
    }

    fn file(&self) -> Result<Source, SpecError> {
        let mut frames_per_second = None;
        for (key, value) in &self.options {
            match key.as_str() {
                "rate" => frames_per_second = Some(self.number("rate", value, 1, 240)?),
                _ => return Err(self.unknown_option(key, "rate")),
            }
        }
        let path = self.rest.as_deref().filter(|path| !path.is_empty());
        let path = PathBuf::from(path.ok_or_else(|| self.wrong_rest("a path, such as file:clip.h264"))?);
        let cannot = |reason: String| SpecError::File { path: path.display().to_string(), reason };
        let metadata = std::fs::File::open(&path).and_then(|file| file.metadata());
        match metadata {
            Ok(metadata) if metadata.is_dir() => Err(cannot("it is a folder".into())),
            Ok(_) => Ok(Source::File(file::Config { path, frames_per_second })),
            Err(error) => Err(cannot(in_words(&error))),
        }
    }

    /// `HOST:PORT` out of `//HOST:PORT`.
    fn host_and_port(&self) -> Result<&str, SpecError> {
        const NEEDS: &str = "//HOST:PORT after the colon, such as //192.168.1.20:8888";
        let address = self.rest.as_deref().and_then(|rest| rest.strip_prefix("//"));
        let address = address.map(|address| address.trim_end_matches('/'));
        address
            .filter(|address| {
                address
                    .rsplit_once(':')
                    .is_some_and(|(host, port)| !host.is_empty() && port.parse::<u16>().is_ok())
            })
            .ok_or_else(|| self.wrong_rest(NEEDS))
    }

    fn number(&self, key: &'static str, value: &str, least: u32, most: u32) -> Result<u32, SpecError> {
        value
            .parse()
            .ok()
            .filter(|number| (least..=most).contains(number))
            .ok_or_else(|| self.value(key, value, format!("a whole number from {least} to {most}")))
    }

    fn no_options(&self) -> Result<(), SpecError> {
        match self.options.first() {
            None => Ok(()),
            Some((key, _)) => Err(self.unknown_option(key, "none")),
        }
    }

    fn no_rest(&self) -> Result<(), SpecError> {
        if self.rest.is_none() { Ok(()) } else { Err(self.wrong_rest("nothing after a colon")) }
    }

    fn value(&self, key: &'static str, value: &str, allowed: String) -> SpecError {
        SpecError::Value { kind: self.kind.clone(), key, value: value.to_owned(), allowed }
    }

    fn unknown_option(&self, key: &str, allowed: &'static str) -> SpecError {
        SpecError::Option { kind: self.kind.clone(), key: key.to_owned(), allowed }
    }

    fn wrong_rest(&self, needs: &'static str) -> SpecError {
        SpecError::Rest { kind: self.kind.clone(), needs, rest: self.rest.clone().unwrap_or_default() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn checked(text: &str) -> Result<(Option<String>, Source), SpecError> {
        let spec: SourceSpec = text.parse()?;
        let source = spec.check()?;
        Ok((spec.name, source))
    }

    fn words(words: &[&str]) -> Source {
        Source::Exec(exec::Config { words: words.iter().map(|word| (*word).to_owned()).collect() })
    }

    #[test]
    fn what_is_typed_becomes_a_source() {
        let size = |width, height| Size::new(width, height).expect("allowed");
        let table = [
            ("test", None, Source::Test(test::Config::default())),
            (
                "test,size=640x480,rate=15",
                None,
                Source::Test(test::Config {
                    size: size(640, 480),
                    frames_per_second: 15,
                    bits_per_second: None,
                }),
            ),
            (
                "nest_box-1=test,bitrate=500000",
                Some("nest_box-1"),
                Source::Test(test::Config { bits_per_second: Some(500_000), ..test::Config::default() }),
            ),
            ("-", None, Source::Stdin),
            ("-+h264", None, Source::Stdin),
            ("cam=-", Some("cam"), Source::Stdin),
            ("exec:cat a=b:c", None, words(&["cat", "a=b:c"])),
            ("exec:sh -c 'cat x | cat'", None, words(&["sh", "-c", "cat x | cat"])),
            ("door=exec+h264:cat -", Some("door"), words(&["cat", "-"])),
            ("tcp://pi.local:8888", None, Source::Tcp(tcp::Config { address: "pi.local:8888".into() })),
            ("tcp://[::1]:1/", None, Source::Tcp(tcp::Config { address: "[::1]:1".into() })),
            (
                "tcp-listen://127.0.0.1:8888",
                None,
                Source::TcpListen(tcp_listen::Config { address: ([127, 0, 0, 1], 8888).into() }),
            ),
            (
                "file,rate=25:/dev/null",
                None,
                Source::File(file::Config { path: "/dev/null".into(), frames_per_second: Some(25) }),
            ),
        ];
        for (text, name, source) in table {
            assert_eq!(checked(text), Ok((name.map(str::to_owned), source)), "{text}");
        }
    }

    #[test]
    fn what_cannot_be_is_named_with_what_can() {
        let table = [
            ("", "unknown kind of source \"\": it is one of test, exec, -, tcp, tcp-listen, file"),
            ("webcam", "unknown kind of source \"webcam\": it is one of test"),
            ("Door=test", "camera name \"Door\" is not allowed"),
            ("=test", "camera name \"\" is not allowed"),
            ("a_name_that_is_longer_than_thirty_two_=test", "is not allowed"),
            ("rpicam:0", "this version has no rpicam sources yet"),
            ("test+h264", "format \"h264\" is not known for test: it is not to be named"),
            (
                "exec+mjpeg:cat",
                "format \"mjpeg\" is not known for exec: it is h264 (Annex B) in this version",
            ),
            ("exec+vp9:cat", "format \"vp9\" is not known for exec: it is h264 (Annex B)"),
            ("test,size", "option \"size\" of a source is not key=value"),
            ("test,size=big", "size=big of test is not allowed: it is WIDTHxHEIGHT"),
            ("test,size=641x480", "size=641x480 of test is not allowed"),
            ("test,size=64x48", "size=64x48 of test is not allowed"),
            ("test,rate=0", "rate=0 of test is not allowed: it is a whole number from 1 to 120"),
            ("test,rate=fast", "rate=fast of test is not allowed"),
            ("test,fps=3", "unknown option \"fps\" of test: it is one of size, rate, bitrate"),
            ("test:x", "test needs nothing after a colon"),
            ("exec", "exec needs a command after the colon"),
            ("exec:", "exec needs a command after the colon"),
            ("exec:cat 'x", "exec needs a command after the colon, with its quotes closed"),
            ("exec:no-such-command-anywhere", "command \"no-such-command-anywhere\" is not found in PATH"),
            ("exec:/dev/null", "command \"/dev/null\" is not found"),
            ("exec:/etc/passwd", "command \"/etc/passwd\" is there, but it may not be run: chmod +x"),
            ("tcp:pi.local", "tcp needs //HOST:PORT"),
            ("tcp://pi.local:99999", "tcp needs //HOST:PORT"),
            ("tcp-listen://no.such.host.invalid:1", "tcp-listen needs an address of this machine"),
            ("file:", "file needs a path"),
            ("file:/no/such/clip.h264", "file \"/no/such/clip.h264\" cannot be opened: No such file"),
            ("file:/", "file \"/\" cannot be opened: it is a folder"),
        ];
        for (text, expected) in table {
            let error = checked(text).expect_err(text).to_string();
            assert!(error.contains(expected), "{text}: {error}");
        }
    }
}

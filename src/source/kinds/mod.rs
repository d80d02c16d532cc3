//! The kinds of sources there are, and what each makes of a spec.
//!
//! A kind is one line in [`SourceSpec::check`], and a `Config::from_spec` in its own file.

mod exec;
mod file;
mod raw_file;
mod stdin;
mod tcp;
mod tcp_listen;
pub(super) mod test;

use super::{
    error::SourceError,
    rpicam,
    run::{Run, RunPolicy, Running},
    typed::{error::SpecError, input_format::InputFormat, spec::SourceSpec},
    v4l2,
};
use lenscast_media::rendition::Rendition;

/// A source that was checked and can be run.
#[derive(Clone, Debug, PartialEq)]
pub enum Source {
    /// The built-in test pattern.
    Test(test::Config),
    /// A camera of the kernel's V4L2.
    V4l2(v4l2::Config),
    /// A command's standard output.
    Exec(exec::Config),
    /// A Raspberry Pi camera.
    Rpicam(Box<rpicam::Config>),
    /// Our standard input.
    Stdin(stdin::Config),
    /// A connection we make.
    Tcp(tcp::Config),
    /// A connection we wait for.
    TcpListen(tcp_listen::Config),
    /// A file, played in a loop.
    File(file::Config),
}

/// Kinds that exist now, for messages.
const KINDS: &str = "test, rpicam, v4l2, exec, -, tcp, tcp-listen, file";
/// Kinds that INTERFACE knows and this version does not.
const LATER_KINDS: [&str; 1] = ["rtsp"];

impl SourceSpec {
    /// Checks it against what this version and this system have.
    ///
    /// # Errors
    /// What is wrong and what is allowed.
    pub fn check(&self) -> Result<(Source, Running), SpecError> {
        let source = match self.kind.as_str() {
            "test" => Source::Test(test::Config::from_spec(self)?),
            "rpicam" => Source::Rpicam(Box::new(rpicam::Config::from_spec(self)?)),
            "v4l2" => Source::V4l2(v4l2::Config::from_spec(self)?),
            "exec" => Source::Exec(exec::Config::from_spec(self)?),
            "-" => {
                self.no_rest()?;
                Source::Stdin(stdin::Config { format: self.input_format()? })
            }
            "tcp" => Source::Tcp(tcp::Config::from_spec(self)?),
            "tcp-listen" => Source::TcpListen(tcp_listen::Config::from_spec(self)?),
            "file" => Source::File(file::Config::from_spec(self)?),
            later if LATER_KINDS.contains(&later) => {
                return Err(SpecError::LaterKind { kind: later.to_owned(), known: KINDS.to_owned() });
            }
            unknown => return Err(SpecError::Kind { kind: unknown.to_owned(), known: KINDS.to_owned() }),
        };
        let running = self.running(source.run_policy(), source.may_rest())?;
        Ok((source, running))
    }
}

impl Source {
    /// When it runs, unless said otherwise.
    #[must_use]
    pub const fn run_policy(&self) -> RunPolicy {
        match self {
            Self::Test(_) | Self::File(_) => RunPolicy::OnDemand,
            Self::Exec(_)
            | Self::Rpicam(_)
            | Self::V4l2(_)
            | Self::Stdin(_)
            | Self::Tcp(_)
            | Self::TcpListen(_) => RunPolicy::Always,
        }
    }

    /// Whether it can run on demand: what somebody else writes or connects to is always read.
    #[must_use]
    pub const fn may_rest(&self) -> bool {
        !matches!(self, Self::Stdin(_) | Self::Tcp(_) | Self::TcpListen(_))
    }

    /// What it gives, as far as that is known before it runs; its frames say otherwise later.
    #[must_use]
    pub const fn origin(&self) -> Rendition {
        if let Some(InputFormat::Raw(_)) = self.input_format() {
            return Rendition::RAW_VIDEO;
        }
        match self {
            Self::Test(_) | Self::V4l2(_) => Rendition::RAW_VIDEO,
            Self::Rpicam(config) => config.origin(),
            Self::Exec(_) | Self::Stdin(_) | Self::Tcp(_) | Self::TcpListen(_) | Self::File(_) => {
                Rendition::H264
            }
        }
    }

    /// What its bytes are said to be.
    const fn input_format(&self) -> Option<InputFormat> {
        match self {
            Self::Exec(config) => config.format,
            Self::Stdin(config) => config.format,
            Self::Tcp(config) => config.format,
            Self::TcpListen(config) => config.format,
            Self::File(config) => config.format,
            Self::Test(_) | Self::V4l2(_) | Self::Rpicam(_) => None,
        }
    }

    /// Bits a second that the H.264 of its pictures is to have, where that was said.
    #[must_use]
    pub fn bits_per_second(&self) -> Option<u32> {
        if let Some(InputFormat::Raw(raw)) = self.input_format() {
            return raw.bits_per_second;
        }
        match self {
            Self::Test(config) => config.bits_per_second,
            Self::V4l2(config) => config.bits_per_second,
            Self::Rpicam(config) => Some(config.bitrate_bps()),
            Self::Exec(_) | Self::Stdin(_) | Self::Tcp(_) | Self::TcpListen(_) | Self::File(_) => None,
        }
    }

    /// Whether it is our standard input, of which there is one.
    #[must_use]
    pub const fn is_stdin(&self) -> bool {
        matches!(self, Self::Stdin(_))
    }

    /// Whether its end is final: there is no second standard input.
    #[must_use]
    pub const fn ends_for_good(&self) -> bool {
        matches!(self, Self::Stdin(_))
    }

    /// One attempt; returns without an error only when it was told to stop.
    pub(super) async fn run(&self, run: Run<'_>) -> Result<(), SourceError> {
        match self {
            Self::Test(config) => test::run(config, run).await,
            Self::V4l2(config) => v4l2::run(config, run).await,
            Self::Exec(config) => exec::run(config, run).await,
            Self::Rpicam(config) => rpicam::run(config, run).await,
            Self::Stdin(config) => stdin::run(config, run).await,
            Self::Tcp(config) => tcp::run(config, run).await,
            Self::TcpListen(config) => tcp_listen::run(config, run).await,
            Self::File(config) => file::run(config, run).await,
        }
    }
}

impl std::fmt::Display for Source {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Test(config) => {
                write!(out, "test pattern {} at {} fps", config.size, config.frames_per_second)
            }
            Self::V4l2(config) => write!(out, "{config}"),
            Self::Exec(config) => write!(out, "command {}", config.program()),
            Self::Rpicam(config) => write!(out, "Raspberry Pi camera {}", config.camera),
            Self::Stdin(_) => write!(out, "standard input"),
            Self::Tcp(config) => write!(out, "{config}"),
            Self::TcpListen(config) => write!(out, "{config}"),
            Self::File(config) => write!(out, "file {}", config.path.display()),
        }
    }
}

#[cfg(test)]
mod tests {
    use lenscast_media::{input::Format, picture::Size};

    use super::*;

    fn checked(text: &str) -> Result<(Option<String>, Source), SpecError> {
        let spec: SourceSpec = text.parse()?;
        let (source, _) = spec.check()?;
        Ok((spec.name, source))
    }

    fn words(format: Option<Format>, words: &[&str]) -> Source {
        let format = format.map(InputFormat::Coded);
        let words = words.iter().map(|word| (*word).to_owned()).collect();
        Source::Exec(exec::Config { words, format })
    }

    fn stdin(format: Option<Format>) -> Source {
        let format = format.map(InputFormat::Coded);
        Source::Stdin(stdin::Config { format })
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
            ("-", None, stdin(None)),
            ("-+h264", None, stdin(Some(Format::H264))),
            ("cam=-+flv", Some("cam"), stdin(Some(Format::Flv))),
            ("exec:cat a=b:c", None, words(None, &["cat", "a=b:c"])),
            ("exec:sh -c 'cat x | cat'", None, words(None, &["sh", "-c", "cat x | cat"])),
            ("door=exec+h264:cat -", Some("door"), words(Some(Format::H264), &["cat", "-"])),
            ("exec+flv:cat -", None, words(Some(Format::Flv), &["cat", "-"])),
            ("exec+mjpeg:cat -", None, words(Some(Format::Mjpeg), &["cat", "-"])),
            (
                "tcp://pi.local:8888",
                None,
                Source::Tcp(tcp::Config { address: "pi.local:8888".into(), format: None }),
            ),
            (
                "tcp+mpegts://[::1]:1/",
                None,
                Source::Tcp(tcp::Config {
                    address: "[::1]:1".into(),
                    format: Some(InputFormat::Coded(Format::MpegTs)),
                }),
            ),
            (
                "tcp-listen://127.0.0.1:8888",
                None,
                Source::TcpListen(tcp_listen::Config {
                    address: ([127, 0, 0, 1], 8888).into(),
                    format: None,
                }),
            ),
            (
                "file,rate=25:/dev/null",
                None,
                Source::File(file::Config {
                    path: "/dev/null".into(),
                    frames_per_second: Some(25),
                    format: None,
                }),
            ),
        ];
        for (text, name, source) in table {
            assert_eq!(checked(text), Ok((name.map(str::to_owned), source)), "{text}");
        }
    }

    #[test]
    fn what_cannot_be_is_named_with_what_can() {
        let table = [
            (
                "",
                "unknown kind of source \"\": it is one of test, rpicam, v4l2, exec, -, tcp, tcp-listen, file",
            ),
            ("webcam", "unknown kind of source \"webcam\": it is one of test"),
            ("Door=test", "camera name \"Door\" is not allowed"),
            ("=test", "camera name \"\" is not allowed"),
            ("a_name_that_is_longer_than_thirty_two_=test", "is not allowed"),
            ("rtsp://cam.local/", "this version has no rtsp sources yet"),
            ("v4l2:camera", "v4l2 needs a device after the colon"),
            ("rpicam:front", "rpicam needs the number of a camera, such as rpicam:0; \"front\" is not that"),
            ("rpicam:16", "rpicam needs the number of a camera"),
            ("rpicam,fps=3", "unknown option \"fps\" of rpicam: it is one of program, encoder, size, rate"),
            ("rpicam,bitrate=2M:0", "bitrate=2M of rpicam is not allowed: it is a whole number from 100000"),
            (
                "rpicam,shutter=50000",
                "shutter=50000 of rpicam is not allowed: it is at most 33333 at rate=30",
            ),
            (
                "rpicam+mjpeg,program=/bin/sh:0",
                "format \"mjpeg\" is not known for rpicam: it is not to be named",
            ),
            ("test+h264", "format \"h264\" is not known for test: it is not to be named"),
            (
                "exec+h263:cat",
                "format \"h263\" is not known for exec: it is h264 (Annex B), flv, mpegts, mjpeg, or raw yuv420p, nv12 or yuyv422",
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

//! The kinds of sources, one row each. A new kind is one file, its `mod` line and its row.
//!
//! ```text
//! SourceSpec ─ check: the row with its name ─► Source: one variant per row ─► the kind's methods
//! ```
//! No kind imports this file, nor does anything that a kind imports.

mod exec;
mod fifo;
mod file;
mod file_pace;
mod hint;
mod raw_file;
#[cfg(feature = "rtsp")]
mod rtsp;
#[cfg(feature = "rtsp")]
mod rtsp_address;
#[cfg(feature = "rtsp")]
mod rtsp_errors;
mod stdin;
mod tcp;
mod tcp_listen;
mod test;

use std::fmt;

use super::{
    error::SourceError,
    kind::Kind,
    rpicam,
    run::{Run, RunPolicy, Running},
    typed::{error::SpecError, spec::SourceSpec},
    v4l2,
};
use lenscast_media::rendition::Rendition;

/// Generates [`Source`] from the rows: a variant per kind, the list of names, and the calls of each kind's [`Kind`]. A row may
/// ask for a feature of the crate.
macro_rules! kinds {
    ($($(#[$doc:meta])* $name:literal => $variant:ident($config:ty) $(if $feature:literal)?,)+) => {
        /// Names of the kinds, for messages.
        const NAMES: &[&str] = &[$($(#[cfg(feature = $feature)])? $name),+];

        /// A source that was checked and can be run.
        #[derive(Clone, Debug, PartialEq)]
        pub enum Source {
            $($(#[$doc])* $(#[cfg(feature = $feature)])? $variant($config),)+
        }

        impl Source {
            fn from_spec(spec: &SourceSpec) -> Result<Self, SpecError> {
                match spec.kind.as_str() {
                    $($(#[cfg(feature = $feature)])? $name => <$config as Kind>::from_spec(spec).map(Self::$variant),)+
                    _ => Err(spec.unknown_kind()),
                }
            }

            /// When it runs, unless an option says otherwise.
            pub(super) fn run_policy(&self) -> RunPolicy {
                match self { $($(#[cfg(feature = $feature)])? Self::$variant(config) => config.run_policy(),)+ }
            }

            /// Whether it can run on demand.
            fn can_run_on_demand(&self) -> bool {
                match self { $($(#[cfg(feature = $feature)])? Self::$variant(config) => config.can_run_on_demand(),)+ }
            }

            /// Whether a limit can be set for how long it may give nothing.
            const fn has_timeout(&self) -> bool {
                match self { $($(#[cfg(feature = $feature)])? Self::$variant(_) => <$config as Kind>::HAS_TIMEOUT,)+ }
            }

            /// Whether its first end is final.
            pub(super) const fn ends_for_good(&self) -> bool {
                match self { $($(#[cfg(feature = $feature)])? Self::$variant(_) => <$config as Kind>::ENDS_FOR_GOOD,)+ }
            }

            /// What it gives, as far as that is known before it runs.
            pub(super) fn origin(&self) -> Rendition {
                match self { $($(#[cfg(feature = $feature)])? Self::$variant(config) => config.origin(),)+ }
            }

            /// Configured bit rate of the H.264 made of its raw pictures, in bits per second.
            pub(super) fn bits_per_second(&self) -> Option<u32> {
                match self { $($(#[cfg(feature = $feature)])? Self::$variant(config) => config.bits_per_second(),)+ }
            }

            /// One attempt. Returns without an error only when `run.stop` was cancelled.
            pub(super) async fn run(&self, run: Run<'_>) -> Result<(), SourceError> {
                match self { $($(#[cfg(feature = $feature)])? Self::$variant(config) => config.run(run).await,)+ }
            }
        }

        impl fmt::Display for Source {
            fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
                match self { $($(#[cfg(feature = $feature)])? Self::$variant(config) => config.fmt(out),)+ }
            }
        }
    };
}

kinds! {
    /// The built-in test pattern.
    "test" => Test(test::Config),
    /// A Raspberry Pi camera.
    "rpicam" => Rpicam(rpicam::Config),
    /// A camera of the kernel's V4L2.
    "v4l2" => V4l2(v4l2::Config),
    /// A command's standard output.
    "exec" => Exec(exec::Config),
    /// Our standard input.
    "-" => Stdin(stdin::Config),
    /// A connection we make.
    "tcp" => Tcp(tcp::Config),
    /// A connection we wait for.
    "tcp-listen" => TcpListen(tcp_listen::Config),
    /// A file, played in a loop.
    "file" => File(file::Config),
    /// A camera that is asked by RTSP.
    "rtsp" => Rtsp(rtsp::Config) if "rtsp",
}

impl SourceSpec {
    /// Checks it against what this version and this system have.
    ///
    /// # Errors
    /// What is wrong and what is allowed.
    pub fn check(&self) -> Result<(Source, Running), SpecError> {
        let source = Source::from_spec(self)?;
        if !source.has_timeout() {
            self.no_timeout()?;
        }
        let running = self.running(source.run_policy(), source.can_run_on_demand())?;
        Ok((source, running))
    }

    /// The error for a kind that does not exist.
    fn unknown_kind(&self) -> SpecError {
        let (kind, known) = (self.kind.clone(), NAMES.join(", "));
        if let Some(instead) = hint::instead_of_address(self) {
            return SpecError::Address { kind, instead };
        }
        let hint = hint::did_you_mean(self, NAMES);
        SpecError::Kind {
            kind,
            known,
            hint: hint.map_or_else(String::new, |hint| format!("; did you mean {hint}?")),
        }
    }
}

impl Source {
    /// The built-in test pattern with its default settings.
    #[must_use]
    pub(super) fn test_pattern() -> Self {
        Self::Test(test::Config::default())
    }

    /// Whether it is our standard input, of which there is one.
    #[must_use]
    pub const fn is_stdin(&self) -> bool {
        matches!(self, Self::Stdin(_))
    }
}

#[cfg(test)]
mod tests {
    use lenscast_media::{input::Format, picture::Size};

    use super::{
        super::{command::Command, typed::input_format::InputFormat},
        *,
    };

    fn checked(text: &str) -> Result<(Option<String>, Source), SpecError> {
        let spec: SourceSpec = text.parse()?;
        let (source, _) = spec.check()?;
        Ok((spec.name, source))
    }

    fn words(format: Option<Format>, words: &[&str]) -> Source {
        let format = format.map(InputFormat::Coded);
        let words = words.iter().map(|word| (*word).to_owned()).collect();
        Source::Exec(exec::Config { command: Command { words }, format })
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
                    is_fifo: false,
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
            ("exce:cat", "; did you mean exec?"),
            ("http://cam.local/", "use exec:curl -sN http://cam.local/ for motion JPEG, exec:ffmpeg -i"),
            ("v4l2:camera", "v4l2 needs a device after the colon"),
            ("rpicam:front", "rpicam needs the number of a camera, such as rpicam:0; \"front\" is not that"),
            ("rpicam:16", "rpicam needs the number of a camera"),
            ("rpicam,fps=3", "unknown option \"fps\" of rpicam: it is one of program, encoder, size, rate"),
            ("rpicam,bitrate=2M:0", "bitrate=2M of rpicam is not allowed: it is a whole number from 100000"),
            (
                "rpicam,shutter=50000",
                "shutter=50000 of rpicam is not allowed: it is at most 33333 at rate=30",
            ),
            ("rpicam+mjpeg,program=/bin/sh:0", "rpicam takes no format: leave out +mjpeg"),
            ("test+h264", "test takes no format: leave out +h264"),
            (
                "exec+h263:cat",
                "format \"h263\" is not known for exec: it is h264 (Annex B), flv, mpegts, mjpeg, y4m, or raw yuyv422, uyvy422, yvyu422, yuv420p, yvu420p, yuv422p, nv12, nv21, nv16, gray, rgb24 or bgr24",
            ),
            ("exec+vp9:cat", "format \"vp9\" is not known for exec: it is h264 (Annex B)"),
            ("test,size", "option \"size\" of a source has no value: write it as size=VALUE"),
            ("test,size=big", "size=big of test is not allowed: it is WIDTHxHEIGHT"),
            ("test,size=641x480", "size=641x480 of test is not allowed"),
            ("test,size=64x48", "size=64x48 of test is not allowed"),
            ("test,rate=0", "rate=0 of test is not allowed: it is a whole number from 1 to 120"),
            ("test,rate=fast", "rate=fast of test is not allowed"),
            ("test,fps=3", "unknown option \"fps\" of test: it is one of size, rate, bitrate"),
            ("test,timeout=9", "timeout=9 of test is not allowed: it is for what may fall silent"),
            ("test:x", "test needs nothing after a colon"),
            ("exec", "exec needs a command after the colon"),
            ("exec:", "exec needs a command after the colon"),
            ("exec:cat 'x", "exec needs a command after the colon, with its quotes closed"),
            ("exec:no-such-command-anywhere", "command \"no-such-command-anywhere\" is not found in PATH"),
            ("exec:/dev/null", "command \"/dev/null\" is there, but it may not be run"),
            ("exec:./nope.sh -x", "command \"./nope.sh\" cannot be run: there is no such file"),
            ("exec:/etc/ -x", "command \"/etc/\" cannot be run: it is a folder"),
            ("exec:/etc/passwd/x", "command \"/etc/passwd/x\" cannot be run: not a directory"),
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

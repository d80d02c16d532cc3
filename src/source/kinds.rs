//! The kinds of sources there are, and what each makes of a spec.
//!
//! A kind is one line in [`SourceSpec::check`], one row in [`FORMATS`], and a `Config::from_spec` in its own file.

use super::{
    Running, Source, exec, file, rpicam,
    spec::{SourceSpec, SpecError},
    stdin, tcp, tcp_listen, test, v4l2,
};

/// Kinds that exist now, for messages.
pub(super) const KINDS: &str = "test, rpicam, v4l2, exec, -, tcp, tcp-listen, file";
/// Kinds that INTERFACE knows and this version does not.
const LATER_KINDS: [&str; 1] = ["rtsp"];
/// Formats of a stream of bytes, and in words.
const STREAM: (&[&str], &str) = (
    &["h264", "flv", "mpegts", "mjpeg", "yuv420p", "nv12", "yuyv422"],
    "h264 (Annex B), flv, mpegts, mjpeg, or raw yuv420p, nv12 or yuyv422",
);
/// What each kind may be said to give, in words; nothing for a kind whose format is its own.
const FORMATS: [(&str, &[&str], &str); 6] = [
    ("v4l2", &v4l2::FORMAT_NAMES, v4l2::FORMATS_IN_WORDS),
    ("exec", STREAM.0, STREAM.1),
    ("-", STREAM.0, STREAM.1),
    ("tcp", STREAM.0, STREAM.1),
    ("tcp-listen", STREAM.0, STREAM.1),
    ("file", STREAM.0, STREAM.1),
];

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
                return Err(SpecError::LaterKind { kind: later.to_owned() });
            }
            unknown => return Err(SpecError::Kind { kind: unknown.to_owned() }),
        };
        self.check_format()?;
        let running = self.running(source.run_policy(), source.may_rest())?;
        Ok((source, running))
    }

    pub(super) fn check_format(&self) -> Result<(), SpecError> {
        let Some(format) = self.format.as_deref() else { return Ok(()) };
        let known = FORMATS.iter().find(|(kind, ..)| *kind == self.kind);
        let allowed = match known {
            Some((_, formats, _)) if formats.contains(&format) => return Ok(()),
            None => "not to be named".to_owned(),
            Some((.., words)) => (*words).to_owned(),
        };
        Err(SpecError::Format { kind: self.kind.clone(), format: format.to_owned(), allowed })
    }
}

#[cfg(test)]
mod tests {
    use lenscast_media::{input::Format, picture::Size};

    use super::{super::input_format::InputFormat, *};

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

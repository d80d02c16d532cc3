//! The command line, and one sentence when it is wrong.

mod sounds;

use std::path::PathBuf;

use clap::{
    Parser, Subcommand,
    error::{ContextKind, ContextValue, ErrorKind},
};

pub use self::sounds::{TypedSound, TypedSounds};
use crate::{
    access::{LinkName, Right, command::UserCommand},
    rtsp_port::RtspPort,
};

/// Live video from a camera to every web browser.
#[derive(Clone, Debug, Parser)]
#[command(version, long_version = LONG_VERSION, about, after_help = EXAMPLES)]
#[command(args_conflicts_with_subcommands = true)]
pub struct Args {
    /// Command; without one, Lenscast serves.
    #[command(subcommand)]
    pub command: Option<Command>,

    /// Sound of cameras; before `sources`, whose places it reads.
    #[command(flatten)]
    pub sounds: TypedSounds,

    #[allow(
        rustdoc::broken_intra_doc_links,
        reason = "it is the text of --help, where brackets mean options"
    )]
    /// Source of a camera: [NAME=]KIND[+FORMAT][,key=value…][:REST]; repeat it for more cameras. KIND is test,
    /// rpicam, v4l2, exec, - (standard input; the server ends with it if there is no other camera), tcp, tcp-listen
    /// or file. Without it: the first camera that is found, else the test pattern.
    #[arg(long = "source", value_name = "SOURCE", allow_hyphen_values = true)]
    pub sources: Vec<String>,

    /// Address to listen on; repeat it for more [default: port 8000 of every address, IPv4 and IPv6]
    #[arg(long = "listen", value_name = "ADDR:PORT")]
    pub listen: Vec<String>,

    /// Serves HTTPS, too, on port 8443: with the certificate and the key of two files (PEM), or with a certificate of its own that
    /// phones and computers can be made to trust (docs/tls.md)
    #[arg(long, value_name = "self|CERT,KEY")]
    pub tls: Option<String>,

    /// Port for RTSP on the same addresses, or off [default: 8554; none if that is in use]
    #[arg(long, value_name = "PORT")]
    pub rtsp: Option<RtspPort>,

    /// Configuration file (docs/config.md); the command line overrides it. SIGHUP reloads it.
    #[arg(long, value_name = "FILE")]
    pub config: Option<PathBuf>,

    /// Classic systems.
    #[command(flatten)]
    pub compat: crate::compat::Typed,

    /// Maximum number of viewers; more are rejected with a message [default: 2000]
    #[arg(long, value_name = "N", allow_negative_numbers = true, value_parser = viewers)]
    pub max_viewers: Option<usize>,

    /// Folder of what Lenscast keeps between runs: its key, users and revoked links
    /// [default: $STATE_DIRECTORY, $XDG_STATE_HOME/lenscast or ~/.local/state/lenscast]
    #[arg(long, value_name = "DIR", global = true)]
    pub state: Option<PathBuf>,

    /// Logs more (repeat for even more); RUST_LOG=lenscast=debug does the same
    #[arg(short, long, action = clap::ArgAction::Count)]
    pub verbose: u8,
}

/// The subcommands.
#[derive(Clone, Debug, Subcommand)]
pub enum Command {
    /// Lists the cameras of this machine, with their modes, and why the other devices cannot be used
    Cameras {
        /// Prints JSON
        #[arg(long)]
        json: bool,
    },
    /// Lists, adds and removes the people who may watch
    User {
        /// What to do
        #[command(subcommand)]
        command: UserCommand,
        /// Configuration file that holds the users; without it they are kept in the state folder
        #[arg(long, value_name = "FILE", global = true)]
        config: Option<PathBuf>,
    },
    /// Prints the token of a signed link for one camera, or revokes links
    Link {
        /// Name of the camera; "all" for every one
        #[arg(required_unless_present = "revoke")]
        camera: Option<String>,
        /// What the link lets its bearer do: view, control or admin
        #[arg(long = "for", value_name = "RIGHT", default_value = "view")]
        right: Right,
        /// How long the link works, such as 12h, 30d or 4w; for ever without it
        #[arg(long, value_name = "TIME")]
        until: Option<Lifetime>,
        /// Name of the link, by which it can be revoked
        #[arg(long, default_value = "link")]
        name: LinkName,
        /// Revokes all links of this name
        #[arg(long, value_name = "NAME", conflicts_with = "camera")]
        revoke: Option<LinkName>,
    },
    /// Checks a configuration file: exit status 0 if it is valid, else 2 and the first error
    Check {
        /// The file
        #[arg(value_name = "FILE", required_unless_present = "config")]
        file: Option<PathBuf>,
        /// The same, as the server takes it
        #[arg(long, value_name = "FILE", conflicts_with = "file")]
        config: Option<PathBuf>,
    },
}

impl Args {
    /// These words, as if they had been typed after the program's name.
    ///
    /// # Panics
    /// When there is no such option: it is for words that are known to be right.
    #[must_use]
    pub fn typed(words: &[&str]) -> Self {
        Self::parse_from(std::iter::once("lenscast").chain(words.iter().copied()))
    }
}

fn viewers(text: &str) -> Result<usize, &'static str> {
    text.parse().ok().filter(|number| *number > 0).ok_or("it is a whole number, 1 or more")
}

/// How long a link works, in seconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lifetime(pub u64);

/// A text that is no such time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("it is a number and s, m, h, d or w, such as 12h or 30d")]
pub struct LifetimeError;

impl std::str::FromStr for Lifetime {
    type Err = LifetimeError;

    fn from_str(text: &str) -> Result<Self, LifetimeError> {
        let unit_at =
            text.len().checked_sub(1).filter(|at| text.is_char_boundary(*at)).ok_or(LifetimeError)?;
        let (number, unit) = text.split_at(unit_at);
        let seconds = match unit {
            "s" => 1,
            "m" => 60,
            "h" => 60 * 60,
            "d" => 24 * 60 * 60,
            "w" => 7 * 24 * 60 * 60,
            _ => return Err(LifetimeError),
        };
        let number = number.parse::<u32>().ok().filter(|number| *number > 0).ok_or(LifetimeError)?;
        Ok(Self(u64::from(number) * seconds))
    }
}

/// What is wrong with the command line, whose words are `words`, in one sentence.
#[must_use]
pub fn sentence(error: &clap::Error, words: &[String]) -> String {
    if let Some(command) = command_without_quotes(words) {
        return format!("the command of a source stands in quotes, with all its words: {command}");
    }
    let text = |kind| match error.get(kind) {
        Some(ContextValue::String(text)) => Some(text.as_str()),
        Some(ContextValue::Strings(texts)) => texts.first().map(String::as_str),
        _ => None,
    };
    let help = "lenscast --help lists the options";
    match (error.kind(), text(ContextKind::InvalidArg), text(ContextKind::InvalidSubcommand)) {
        (ErrorKind::UnknownArgument, Some(typed), _) => match text(ContextKind::SuggestedArg) {
            Some(similar) => format!("unknown option {typed}: did you mean {similar}? {help}"),
            None if typed.starts_with('-') => format!("unknown option {typed}: {help}"),
            None => format!("unexpected argument {typed:?}: {help}"),
        },
        (ErrorKind::ValueValidation, Some(option), _) if text(ContextKind::InvalidValue).is_some() => {
            let value = text(ContextKind::InvalidValue).unwrap_or_default();
            let why = std::error::Error::source(error).map_or_else(String::new, ToString::to_string);
            let option = option.split(' ').next().unwrap_or_default();
            format!("{option} {value:?} is not allowed: {why}")
        }
        (ErrorKind::ArgumentConflict | ErrorKind::InvalidSubcommand, _, Some(typed)) => {
            match text(ContextKind::SuggestedSubcommand) {
                Some(similar) => format!("unknown command {typed:?}: did you mean {similar}?"),
                None if typed.contains([':', '/', '.']) => {
                    format!(
                        "unknown command {typed:?}: a source stands behind --source, a configuration behind --config"
                    )
                }
                None => {
                    format!(
                        "unknown command {typed:?}: it is cameras, check, user or link, before any option; {help}"
                    )
                }
            }
        }
        _ => {
            let whole = error.render().to_string();
            let first = whole.split("\n\n").next().unwrap_or_default().trim_start_matches("error: ");
            first.split_whitespace().collect::<Vec<_>>().join(" ")
        }
    }
}

/// How the source would be written whose command has lost its words, because no quotes hold them together.
fn command_without_quotes(words: &[String]) -> Option<String> {
    let is_command = |source: &str| {
        let head = source.split(':').next().unwrap_or_default();
        let kind = head.rsplit('=').next().unwrap_or_default();
        source.contains(':') && kind.split(['+', ',']).next() == Some("exec") && !source.contains(' ')
    };
    let at = words.iter().enumerate().position(|(at, word)| {
        let is_value = at > 0 && words[at - 1] == "--source";
        is_command(word.strip_prefix("--source=").unwrap_or(if is_value { word } else { "" }))
    })?;
    let own = [
        "--source",
        "--audio",
        "--listen",
        "--rtsp",
        "--config",
        "--compat",
        "--static",
        "--max-viewers",
        "--tls",
        "--verbose",
    ];
    let is_own = |word: &&String| own.iter().any(|name| word.split('=').next() == Some(name));
    let command: Vec<_> =
        words[at + 1..].iter().take_while(|word| !is_own(word)).map(String::as_str).collect();
    let first = words[at].strip_prefix("--source=").unwrap_or(&words[at]);
    (!command.is_empty()).then(|| format!("--source '{first} {}'", command.join(" ")))
}

/// Default of `--max-viewers`.
pub const DEFAULT_MAX_VIEWERS: usize = 2000;

/// What `--version` says; `-V` gives the version alone.
pub(crate) const LONG_VERSION: &str =
    concat!(env!("CARGO_PKG_VERSION"), "\nOpenH264: ", env!("LENSCAST_OPENH264"));

const EXAMPLES: &str = "\
Examples:
  lenscast                                                   the first camera that is found, else the test pattern
  lenscast --source 'exec:rpicam-vid -t 0 -n --inline --flush --low-latency --libav-format h264 -o -'
  lenscast --source front=tcp://pi.local:8888 --source door=file:door.h264
  ffmpeg … -f h264 - | lenscast --source - --listen 127.0.0.1:8080";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_wrong_is_one_sentence() {
        let table: [(&[&str], &str); 16] = [
            (
                &["--max-viewers", "abc"],
                "--max-viewers \"abc\" is not allowed: it is a whole number, 1 or more",
            ),
            (
                &["--max-viewers", "-1"],
                "--max-viewers \"-1\" is not allowed: it is a whole number, 1 or more",
            ),
            (&["--max-viewers", "0"], "--max-viewers \"0\" is not allowed: it is a whole number, 1 or more"),
            (
                &["--sorce", "test"],
                "unknown option --sorce: did you mean --source? lenscast --help lists the options",
            ),
            (&["-x"], "unknown option -x: lenscast --help lists the options"),
            (
                &["--listen", "127.0.0.1:1", "foo"],
                "unknown command \"foo\": it is cameras, check, user or link, before any option; lenscast --help lists the options",
            ),
            (
                &["foo"],
                "unknown command \"foo\": it is cameras, check, user or link, before any option; lenscast --help lists the options",
            ),
            (&["chek"], "unknown command \"chek\": did you mean check?"),
            (&["chekc", "a.toml"], "unknown command \"chekc\": did you mean check?"),
            (
                &["clip.mp4"],
                "unknown command \"clip.mp4\": a source stands behind --source, a configuration behind --config",
            ),
            (
                &["--source", "exec:ffmpeg", "-i", "x", "-", "--listen", "80"],
                "the command of a source stands in quotes, with all its words: --source 'exec:ffmpeg -i x -'",
            ),
            (
                &["--source=door=exec+flv:cam", "--loud"],
                "the command of a source stands in quotes, with all its words: --source 'door=exec+flv:cam --loud'",
            ),
            (
                &["--source", "exec:cat", "--sorce", "test"],
                "the command of a source stands in quotes, with all its words: --source 'exec:cat --sorce test'",
            ),
            (&["check"], "the following required arguments were not provided: <FILE>"),
            (&["--static", "a"], "--static DIR belongs to the --compat before it, and there is none"),
            (&["--listen"], "a value is required for '--listen <ADDR:PORT>' but none was supplied"),
        ];
        for (words, expected) in table {
            let error = Args::try_parse_from(std::iter::once("lenscast").chain(words.iter().copied()));
            let words: Vec<_> = words.iter().map(|word| (*word).to_owned()).collect();
            assert_eq!(sentence(&error.expect_err(expected), &words), expected);
        }
    }

    #[test]
    fn lifetimes_of_links() {
        for (text, seconds) in
            [("90s", 90), ("5m", 300), ("12h", 43_200), ("30d", 2_592_000), ("1w", 604_800)]
        {
            assert_eq!(text.parse(), Ok(Lifetime(seconds)), "{text}");
        }
        for text in ["", "d", "0d", "-1d", "1", "1y", "1.5h", "30 d", "3ü", "99999999999d"] {
            assert_eq!(text.parse::<Lifetime>(), Err(LifetimeError), "{text}");
        }
    }
}

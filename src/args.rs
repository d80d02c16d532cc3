//! The command line, and one sentence when it is wrong.

use std::path::PathBuf;

use clap::{
    Parser, Subcommand,
    error::{ContextKind, ContextValue, ErrorKind},
};

/// Live video from a camera to every web browser.
#[derive(Clone, Debug, Parser)]
#[command(version, about, after_help = EXAMPLES)]
#[command(args_conflicts_with_subcommands = true)]
pub struct Args {
    /// What to do; to serve if nothing is said.
    #[command(subcommand)]
    pub command: Option<Command>,

    /// What to show: [NAME=]KIND[+FORMAT][,key=value…][:REST]; may be given several times. KIND is test,
    /// rpicam, v4l2, exec, - (standard input; its end is the server's, if there is no other camera), tcp, tcp-listen
    /// or file. Without it: the first camera that is found, else the test pattern.
    #[arg(long = "source", value_name = "SOURCE", allow_hyphen_values = true)]
    pub sources: Vec<String>,

    /// Where to listen; may be given several times [default: port 8000 of every address, IPv4 and IPv6]
    #[arg(long = "listen", value_name = "ADDR:PORT")]
    pub listen: Vec<String>,

    /// A configuration file (docs/config.md); what is typed here counts more. SIGHUP reads it again.
    #[arg(long, value_name = "FILE")]
    pub config: Option<PathBuf>,

    /// Classic systems.
    #[command(flatten)]
    pub compat: crate::compat::Typed,

    /// Viewers at once; more are turned away with a sentence [default: 2000]
    #[arg(long, value_name = "N", allow_negative_numbers = true, value_parser = viewers)]
    pub max_viewers: Option<usize>,

    /// Says more (repeat for even more); RUST_LOG=lenscast=debug does the same
    #[arg(short, long, action = clap::ArgAction::Count)]
    pub verbose: u8,
}

/// The subcommands.
#[derive(Clone, Debug, Subcommand)]
pub enum Command {
    /// Lists the cameras of this machine, with what they can give, and why other devices are none
    Cameras {
        /// For programs
        #[arg(long)]
        json: bool,
    },
    /// Checks a configuration file: exit status 0, or 2 and what is wrong with it
    Check {
        /// The file
        #[arg(long, value_name = "FILE")]
        config: PathBuf,
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

/// What is wrong with the command line, in one sentence.
#[must_use]
pub fn sentence(error: &clap::Error) -> String {
    let text = |kind| match error.get(kind) {
        Some(ContextValue::String(text)) => Some(text.as_str()),
        Some(ContextValue::Strings(texts)) => texts.first().map(String::as_str),
        _ => None,
    };
    let rest = "the options are listed by lenscast --help";
    match (error.kind(), text(ContextKind::InvalidArg), text(ContextKind::InvalidSubcommand)) {
        (ErrorKind::UnknownArgument, Some(typed), _) => match text(ContextKind::SuggestedArg) {
            Some(similar) => format!("there is no option {typed}: {similar} is similar, and {rest}"),
            None if typed.starts_with('-') => format!("there is no option {typed}: {rest}"),
            None => format!("{typed:?} belongs to no option: {rest}"),
        },
        (ErrorKind::ValueValidation, Some(option), _) if text(ContextKind::InvalidValue).is_some() => {
            let value = text(ContextKind::InvalidValue).unwrap_or_default();
            let why = std::error::Error::source(error).map_or_else(String::new, ToString::to_string);
            let option = option.split(' ').next().unwrap_or_default();
            format!("{option} {value:?} is not allowed: {why}")
        }
        (ErrorKind::ArgumentConflict | ErrorKind::InvalidSubcommand, _, Some(typed)) => {
            format!("{typed:?} belongs to no option, and commands (cameras, check) stand first: {rest}")
        }
        _ => {
            let whole = error.render().to_string();
            let first = whole.split("\n\n").next().unwrap_or_default().trim_start_matches("error: ");
            first.split_whitespace().collect::<Vec<_>>().join(" ")
        }
    }
}

/// Default of `--max-viewers`.
pub const DEFAULT_MAX_VIEWERS: usize = 2000;

const EXAMPLES: &str = "\
Examples:
  lenscast                                                   the first camera that is found, else the test pattern
  lenscast --source 'exec:rpicam-vid -t 0 --inline --flush -n -o -'
  lenscast --source front=tcp://pi.local:8888 --source door=file:door.h264
  ffmpeg … -f h264 - | lenscast --source - --listen 127.0.0.1:8080";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_wrong_is_one_sentence() {
        let table: [(&[&str], &str); 9] = [
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
                "there is no option --sorce: --source is similar, and the options are listed by lenscast --help",
            ),
            (&["-x"], "there is no option -x: the options are listed by lenscast --help"),
            (
                &["--listen", "127.0.0.1:1", "foo"],
                "\"foo\" belongs to no option, and commands (cameras, check) stand first: the options are listed by lenscast --help",
            ),
            (
                &["foo"],
                "\"foo\" belongs to no option, and commands (cameras, check) stand first: the options are listed by lenscast --help",
            ),
            (&["--static", "a"], "--static DIR belongs to the --compat before it, and there is none"),
            (&["--listen"], "a value is required for '--listen <ADDR:PORT>' but none was supplied"),
        ];
        for (words, expected) in table {
            let error = Args::try_parse_from(std::iter::once("lenscast").chain(words.iter().copied()));
            assert_eq!(sentence(&error.expect_err(expected)), expected);
        }
    }
}

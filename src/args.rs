//! The command line.

use std::path::PathBuf;

use clap::{Parser, Subcommand};

/// Live video from a camera to every web browser.
#[derive(Clone, Debug, Parser)]
#[command(version, about, after_help = EXAMPLES)]
#[command(args_conflicts_with_subcommands = true)]
pub struct Args {
    /// What to do; to serve if nothing is said.
    #[command(subcommand)]
    pub command: Option<Command>,

    /// What to show: [NAME=]KIND[+FORMAT][,key=value…][:REST]; may be given several times. KIND is test, exec, -
    /// (standard input), tcp, tcp-listen or file. Without it: the first
    /// camera that is found, else the test pattern.
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
    #[arg(long, value_name = "N")]
    pub max_viewers: Option<usize>,

    /// Says more (repeat for even more); RUST_LOG=lenscast=debug does the same
    #[arg(short, long, action = clap::ArgAction::Count)]
    pub verbose: u8,
}

/// What else the program can do.
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
    /// These words, as if they had been typed behind the program's name.
    ///
    /// # Panics
    /// When there is no such option: it is for words that are known to be right.
    #[must_use]
    pub fn typed(words: &[&str]) -> Self {
        Self::parse_from(std::iter::once("lenscast").chain(words.iter().copied()))
    }
}

/// Viewers at once unless said otherwise.
pub const DEFAULT_MAX_VIEWERS: usize = 2000;

const EXAMPLES: &str = "\
Examples:
  lenscast                                                   the first camera that is found, else the test pattern
  lenscast --source 'exec:rpicam-vid -t 0 --inline --flush -n -o -'
  lenscast --source front=tcp://pi.local:8888 --source door=file:door.h264
  ffmpeg … -f h264 - | lenscast --source - --listen 127.0.0.1:8080";

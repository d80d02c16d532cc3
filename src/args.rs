//! The command line.

use clap::Parser;

/// Live video from a camera to every web browser.
#[derive(Clone, Debug, Parser)]
#[command(version, about, after_help = EXAMPLES)]
pub struct Args {
    /// What to show: [NAME=]KIND[+FORMAT][,key=value…][:REST]; may be given several times. KIND is test, exec, -
    /// (standard input), tcp, tcp-listen or file. Without it: the test pattern.
    #[arg(long = "source", value_name = "SOURCE", allow_hyphen_values = true)]
    pub sources: Vec<String>,

    /// Where to listen; may be given several times [default: port 8000 of every address, IPv4 and IPv6]
    #[arg(long = "listen", value_name = "ADDR:PORT")]
    pub listen: Vec<String>,

    /// Viewers at once; more are turned away with a sentence
    #[arg(long, value_name = "N", default_value_t = DEFAULT_MAX_VIEWERS)]
    pub max_viewers: usize,

    /// Says more (repeat for even more); RUST_LOG=lenscast=debug does the same
    #[arg(short, long, action = clap::ArgAction::Count)]
    pub verbose: u8,
}

/// Viewers at once unless said otherwise.
pub const DEFAULT_MAX_VIEWERS: usize = 2000;

const EXAMPLES: &str = "\
Examples:
  lenscast                                                   the test pattern
  lenscast --source 'exec:rpicam-vid -t 0 --inline --flush -n -o -'
  lenscast --source front=tcp://pi.local:8888 --source door=file:door.h264
  ffmpeg … -f h264 - | lenscast --source - --listen 127.0.0.1:8080";

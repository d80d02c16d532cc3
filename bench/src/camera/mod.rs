//! The synthetic camera: real H.264 in real time, written as `rpicam-vid --flush` writes it.
//!
//! ```text
//! Profile ─► Pictures (encoded once, one GOP) ─► every 1/30 s: stamp, write ─► standard output, or a TCP client
//! ```

mod pictures;
mod profile;
mod stdio;

use std::{
    io,
    net::{SocketAddr, TcpListener},
    os::fd::AsFd,
};

pub(crate) use self::profile::Profile;
use self::{pictures::Pictures, stdio::write_as_stdio};
use crate::{
    Outcome,
    stamp::Stamp,
    sys::{clock, process},
};

/// Pictures a second, of every profile.
pub(crate) const FRAMES_PER_SECOND: u64 = 30;
/// Time from one picture to the next.
pub(crate) const FRAME_NS: u64 = 1_000_000_000 / FRAMES_PER_SECOND;

/// The camera as a program.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct Options {
    /// Size and bit rate.
    #[arg(long, value_enum, default_value = "vga")]
    pub(crate) profile: Profile,
    /// Waits here for one client at a time instead of writing to standard output.
    #[arg(long, value_name = "ADDR:PORT")]
    pub(crate) tcp: Option<SocketAddr>,
    /// Microseconds from one picture to the next
    #[arg(long, default_value_t = FRAME_NS / 1000, value_parser = clap::value_parser!(u64).range(1000..))]
    pub(crate) frame_us: u64,
}

/// Writes access units until nobody reads them any more.
pub(crate) fn run(options: &Options) -> Outcome<()> {
    process::end_with_parent();
    let _ = rustix::thread::set_current_timer_slack(std::num::NonZeroU64::new(1));
    let mut pictures = Pictures::encode(options.profile)?;
    let frame_ns = options.frame_us * 1000;
    match options.tcp {
        None => Ok(film(&mut pictures, frame_ns, &io::stdout().as_fd())?),
        Some(address) => {
            let listener = TcpListener::bind(address)?;
            loop {
                let (client, _) = listener.accept()?;
                client.set_nodelay(true)?;
                film(&mut pictures, frame_ns, &client).ok();
            }
        }
    }
}

/// Every picture at its time; one that could not be written in time is written late, none is left out.
fn film(pictures: &mut Pictures, frame_ns: u64, out: &impl AsFd) -> io::Result<()> {
    let begin = clock::monotonic_ns() + frame_ns;
    for sequence in 0.. {
        let unit = pictures.at(sequence);
        clock::sleep_until(begin + sequence * frame_ns);
        unit.put(Stamp {
            sequence,
            monotonic_ns: clock::monotonic_ns(),
            realtime_ns: clock::realtime_ns(),
            digest: unit.digest(),
        });
        write_as_stdio(out, unit.bytes())?;
    }
    Ok(())
}

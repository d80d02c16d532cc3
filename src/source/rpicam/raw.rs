//! Raw pictures from rpicam-vid (`--codec yuv420`), which are encoded here, so that we choose keyframes and bit rate.
//!
//! ```text
//! stdout ─► first_picture: its bytes and its layout ─► raw_pictures, which reads these bytes once more, and on
//! ```
//! Rows are padded to a length that is found out (`rows.rs`); colours are in full range.

use std::time::Duration;

use lenscast_media::pixels::{Colours, Layout, Matrix};
use tokio::{
    io::{AsyncRead, AsyncReadExt},
    time::{Instant, sleep, sleep_until},
};

use super::{
    machine::{Machine, Pipeline},
    rows::RowFinder,
    settings::Config,
};
use crate::source::{error::SourceError, typed::raw_format::RawFormat};

/// rpicam-vid asks for the colours of JPEG with this codec: BT.601, full range.
const COLOURS: Colours = Colours { is_full_range: true, matrix: Matrix::Bt601 };
/// A pause of this length may be the end of a picture.
const QUIET: Duration = Duration::from_millis(4);
/// Bytes read at once: a packet of a pipe must fit, or its rest is lost.
const READ_BYTES: usize = 64 << 10;

/// What rpicam-vid gives by this configuration.
pub(super) fn format(config: &Config, layout: Layout) -> RawFormat {
    RawFormat {
        layout,
        colours: COLOURS,
        period_90k: (90_000.0 / config.frames_per_second) as u32,
        bits_per_second: None,
    }
}

/// What rows are padded to on this machine, with today's kernel.
pub(super) const fn usual_padding(machine: &Machine) -> usize {
    match machine.pipeline {
        Pipeline::Pisp => 128,
        Pipeline::Vc4 | Pipeline::Legacy | Pipeline::Unknown => 64,
    }
}

/// Reads until the layout of the pictures is known: it, and all bytes that were read. `what` is given up `within` that time.
///
/// # Errors
/// When `what` ends or is silent, or its first picture has no rows that fit.
pub(super) async fn first_picture(
    reader: &mut (impl AsyncRead + Unpin),
    mut rows: RowFinder,
    within: Duration,
    what: &str,
) -> Result<(Layout, Vec<u8>), SourceError> {
    let deadline = Instant::now() + within;
    let (mut bytes, mut buffer) = (Vec::new(), vec![0; READ_BYTES]);
    loop {
        tokio::select! {
            biased;
            read = reader.read(&mut buffer) => match read.map_err(SourceError::io(what))? {
                0 => return Err(SourceError::Ended { what: what.to_owned() }),
                count => {
                    bytes.extend_from_slice(&buffer[..count]);
                    let found = rows.push(count);
                    let found = found.map_err(|error| SourceError::Camera(format!("from {what}, {error}")))?;
                    if let Some(layout) = found {
                        return Ok((layout, bytes));
                    }
                }
            },
            () = sleep(QUIET), if !bytes.is_empty() => if let Some(layout) = rows.quiet() {
                return Ok((layout, bytes));
            },
            () = sleep_until(deadline) => {
                return Err(SourceError::Silent { what: what.to_owned(), seconds: within.as_secs() });
            }
        }
    }
}

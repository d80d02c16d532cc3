//! How its bytes reach the pipe: one write after the other as strace shows them.
//!
//! ```text
//! fwrite + fflush, buffer B = 4096:  n <= B: n     n > B: B, then all whole B of the rest at once, then what is left
//! libav's avio, buffer 32768:        whole 32768 each, then what is left
//! ```

use std::{
    io::{Result, Write},
    time::Duration,
};

use super::{codec::Codec, flv::Flv, options::Options};

const STDIO_BYTES: usize = 4096;
const AVIO_BYTES: usize = 32 << 10;

/// Standard output.
pub struct Stdout {
    file: std::fs::File,
    libav: bool,
    flv: Option<Flv>,
    flush: bool,
    /// What stdio holds back without `--flush`.
    held: Vec<u8>,
}

impl Stdout {
    pub fn new(options: &Options, codec: Codec) -> Self {
        let file = std::os::fd::AsFd::as_fd(&std::io::stdout()).try_clone_to_owned().expect("a descriptor");
        let size = (options.number("width", 640.0), options.number("height", 480.0));
        let libav = codec == Codec::Libav;
        let is_flv = libav && options.value("libav-format") == Some("flv");
        Self {
            file: file.into(),
            libav,
            flv: is_flv.then(|| Flv::new(size)),
            flush: options.has("flush"),
            held: Vec::new(),
        }
    }

    /// Writes an access unit of this time.
    pub fn write(&mut self, unit: &[u8], at: Duration) -> Result<()> {
        if let Some(flv) = &mut self.flv {
            let packets = flv.packets(unit, at);
            let mut writes = packets.iter().flat_map(|packet| packet.chunks(AVIO_BYTES));
            return writes.try_for_each(|part| self.file.write_all(part));
        }
        if self.libav {
            return unit.chunks(AVIO_BYTES).try_for_each(|part| self.file.write_all(part));
        }
        if !self.flush {
            return self.hold(unit);
        }
        for part in stdio_writes(unit) {
            self.file.write_all(part)?;
        }
        Ok(())
    }

    /// Without a flush, a tail of less than a buffer stays until later.
    fn hold(&mut self, unit: &[u8]) -> Result<()> {
        self.held.extend_from_slice(unit);
        let whole = self.held.len() / STDIO_BYTES * STDIO_BYTES;
        self.file.write_all(&self.held[..whole])?;
        self.held.drain(..whole);
        Ok(())
    }
}

/// The writes of one fwrite and a flush.
pub fn stdio_writes(unit: &[u8]) -> impl Iterator<Item = &[u8]> {
    let (first, rest) = unit.split_at(unit.len().min(STDIO_BYTES));
    let (whole, rest) = rest.split_at(rest.len() / STDIO_BYTES * STDIO_BYTES);
    [first, whole, rest].into_iter().filter(|part| !part.is_empty())
}

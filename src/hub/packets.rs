//! What all viewers of a transport get in equal bytes, made once per frame.
//!
//! ```text
//! SharedFrame ── frame
//!            └── packets: one cell a packetizer, filled by the first viewer who needs it
//! ```

use std::{any::TypeId, marker::PhantomData, sync::OnceLock};

use bytes::Bytes;
use lenscast_media::frame::Frame;

/// Packetizers a track can share the output of. Further ones work too, but each viewer pays for its own packets.
const SHARED_PACKETIZERS: usize = 8;

/// Turns a frame into what one transport sends for it, the same bytes for every viewer.
///
/// Whatever counts up (fragment numbers, continuity counters) must follow from the frame's sequence.
pub trait Packetizer: Send + Sync + 'static {
    /// The bytes to send for `frame` of track number `track`.
    fn packetize(track: u8, frame: &Frame) -> Bytes;
}

/// A frame in the hub, with the packets made of it so far.
#[derive(Debug)]
pub struct SharedFrame {
    /// The frame.
    pub frame: Frame,
    cells: [OnceLock<Bytes>; SHARED_PACKETIZERS],
}

impl SharedFrame {
    /// A frame of which no packet has been made yet.
    #[must_use]
    pub fn new(frame: Frame) -> Self {
        Self { frame, cells: Default::default() }
    }
}

/// Which packetizers a track has been asked for, in the order of their cells.
#[derive(Debug, Default)]
pub(super) struct PacketizerTable(Vec<TypeId>);

impl PacketizerTable {
    /// The cell of packetizer `P`, a new one if it is asked for the first time; `None` when all cells are taken.
    pub(super) fn cell_of<P: Packetizer>(&mut self) -> Option<usize> {
        let id = TypeId::of::<P>();
        if let Some(found) = self.0.iter().position(|known| *known == id) {
            return Some(found);
        }
        (self.0.len() < SHARED_PACKETIZERS).then(|| {
            self.0.push(id);
            self.0.len() - 1
        })
    }
}

/// A track's frames as packets of `P`.
#[derive(Debug)]
pub struct Packets<P> {
    track: u8,
    cell: Option<usize>,
    packetizer: PhantomData<P>,
}

impl<P: Packetizer> Packets<P> {
    pub(super) const fn new(track: u8, cell: Option<usize>) -> Self {
        Self { track, cell, packetizer: PhantomData }
    }

    /// The packet of `shared`: made now if nobody needed it before, else the one all share.
    #[must_use]
    pub fn of(&self, shared: &SharedFrame) -> Bytes {
        let make = || P::packetize(self.track, &shared.frame);
        match self.cell {
            Some(cell) => shared.cells[cell].get_or_init(make).clone(),
            None => make(),
        }
    }
}

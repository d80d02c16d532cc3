//! What all viewers of a transport get in equal bytes, made once per frame.
//!
//! ```text
//! SharedFrame ── frame
//!            └── packets: one cell a packetizer, filled by the first viewer who needs it
//! JoinPacket       ── the packet made of several frames for those who join at the same one: the newest is kept
//! ```

use std::{
    any::TypeId,
    marker::PhantomData,
    ops::Range,
    sync::{
        Arc, Mutex, OnceLock,
        atomic::{AtomicBool, Ordering},
    },
};

use bytes::Bytes;
use lenscast_media::frame::Frame;

/// Packetizers a track can share the output of. Further ones work too, but each viewer pays for its own packets.
const SHARED_PACKETIZERS: usize = 8;

/// Turns a frame into what one transport sends for it, the same bytes for every viewer.
///
/// Whatever counts up (fragment numbers, continuity counters) must follow from the frame's sequence.
pub trait Packetizer: Send + Sync + 'static {
    /// The bytes to send for `frame`.
    fn packetize(frame: &Frame) -> Bytes;
}

/// A frame in the hub, with the packets made of it so far.
#[derive(Debug)]
pub struct SharedFrame {
    /// The frame.
    pub frame: Frame,
    followed: AtomicBool,
    cells: [OnceLock<Bytes>; SHARED_PACKETIZERS],
}

impl SharedFrame {
    /// A frame of which no packet has been made yet.
    #[must_use]
    pub fn new(frame: Frame) -> Self {
        Self { frame, followed: AtomicBool::new(false), cells: Default::default() }
    }

    /// Whether it is the newest of its track.
    #[must_use]
    pub fn is_newest(&self) -> bool {
        !self.followed.load(Ordering::Acquire)
    }

    pub(super) fn set_followed(&self) {
        self.followed.store(true, Ordering::Release);
    }
}

/// Which packetizers a track has been asked for, in the order of their cells.
#[derive(Debug, Default)]
pub(super) struct PacketizerTable(Vec<(TypeId, Arc<JoinPacket>)>);

/// The packet made of several frames that was asked for last, with the numbers of these frames.
#[derive(Debug, Default)]
struct JoinPacket(Mutex<(Range<u64>, Arc<OnceLock<Bytes>>)>);

/// What is shared of a packetizer's output.
#[derive(Clone, Debug)]
pub(super) struct Shared {
    cell: usize,
    join_packet: Arc<JoinPacket>,
}

impl PacketizerTable {
    /// The cell of packetizer `P`, a new one if it is asked for the first time; `None` when all cells are taken.
    pub(super) fn cell_of<P: Packetizer>(&mut self) -> Option<Shared> {
        let id = TypeId::of::<P>();
        let known = self.0.iter().position(|(known, _)| *known == id);
        let cell = known.or_else(|| {
            (self.0.len() < SHARED_PACKETIZERS).then(|| {
                self.0.push((id, Arc::default()));
                self.0.len() - 1
            })
        })?;
        Some(Shared { cell, join_packet: Arc::clone(&self.0[cell].1) })
    }
}

/// A track's frames as packets of `P`.
#[derive(Debug)]
pub struct Packets<P> {
    shared: Option<Shared>,
    packetizer: PhantomData<P>,
}

impl<P: Packetizer> Packets<P> {
    pub(super) const fn new(shared: Option<Shared>) -> Self {
        Self { shared, packetizer: PhantomData }
    }

    /// The packet of `shared`: made now if nobody needed it before, else the one all share.
    #[must_use]
    pub fn of(&self, shared: &SharedFrame) -> Bytes {
        let make = || P::packetize(&shared.frame);
        match &self.shared {
            Some(Shared { cell, .. }) => shared.cells[*cell].get_or_init(make).clone(),
            None => make(),
        }
    }

    /// The packet of the frames with these numbers taken together: made now if nobody asked for the same before, else the
    /// one all share. Only the last is kept, so this is for what many ask for at one moment.
    #[must_use]
    pub fn join_packet(&self, frames: Range<u64>, make: impl FnOnce() -> Bytes) -> Bytes {
        let Some(Shared { join_packet, .. }) = &self.shared else { return make() };
        let made = {
            let mut newest = join_packet.0.lock().expect("no holder of this lock panics");
            if newest.0 != frames {
                *newest = (frames, Arc::default());
            }
            Arc::clone(&newest.1)
        };
        made.get_or_init(make).clone() // outside of the lock: who joins elsewhere does not wait
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Nothing;

    impl Packetizer for Nothing {
        fn packetize(_: &Frame) -> Bytes {
            Bytes::new()
        }
    }

    #[test]
    fn a_joint_packet_is_made_once_for_the_same_frames() {
        let mut table = PacketizerTable::default();
        let one: Packets<Nothing> = Packets::new(table.cell_of::<Nothing>());
        let other: Packets<Nothing> = Packets::new(table.cell_of::<Nothing>());
        let first = one.join_packet(3..9, || Bytes::from_static(b"made"));
        assert_eq!(other.join_packet(3..9, || panic!("it is there already")), first);
        assert_eq!(other.join_packet(3..10, || Bytes::from_static(b"made again")), "made again");
        assert_eq!(one.join_packet(9..10, || Bytes::from_static(b"a later start")), "a later start");
    }
}

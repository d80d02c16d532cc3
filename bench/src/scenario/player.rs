//! A viewer who wants to stay live: tries a fresh connection beside the present one when that is silent.
//!
//! ```text
//! current ─ silent for 0.5 s ─► candidate, a new one every 0.3 s ─ has a keyframe ─► current
//!    └────── speaks first ────────────► candidates are dropped
//! ```
//! The first of the two to be heard stays, as on the page (`web/src/wire/connection.ts`): two bursts for newcomers at once
//! would share the link.

use std::{net::SocketAddr, time::Duration};

use crate::{
    Outcome,
    observe::{begins_inside, broken},
    probe::{Probe, Request},
    sys::clock,
};

const SILENT_AFTER_NS: u64 = 500_000_000;
const TRY_EVERY_NS: u64 = 300_000_000;
const LOOK_EVERY: Duration = Duration::from_millis(5);

/// A picture that is newer than all before it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Shown {
    /// When it was there, real time.
    pub(super) at_ns: u64,
    /// From the camera's write to there.
    pub(super) latency_ns: u64,
}

/// One viewer over all of its connections.
pub(super) struct Player {
    address: SocketAddr,
    current: usize,
    candidate: Option<usize>,
    connections: Vec<usize>,
}

impl Player {
    pub(super) fn new(probe: &mut Probe, address: SocketAddr) -> Outcome<Self> {
        let current = probe.open(address, Request::Whole)?;
        Ok(Self { address, current, candidate: None, connections: vec![current] })
    }

    /// Plays for so long.
    pub(super) fn play(&mut self, probe: &mut Probe, time: Duration) -> Outcome<()> {
        let end = clock::monotonic_ns() + time.as_nanos() as u64;
        while clock::monotonic_ns() < end {
            probe.run_for(LOOK_EVERY)?;
            self.look(probe)?;
        }
        Ok(())
    }

    fn look(&mut self, probe: &mut Probe) -> Outcome<()> {
        let now = clock::realtime_ns();
        let current = probe.viewer(self.current);
        let heard = current.last_byte_ns().unwrap_or_else(|| current.opened_ns());
        let is_silent = now.saturating_sub(heard) > SILENT_AFTER_NS || current.is_closed();
        match self.candidate {
            Some(candidate) if !is_silent => {
                probe.drop_viewer(candidate);
                self.candidate = None;
            }
            Some(candidate) if !probe.viewer(candidate).receipts().is_empty() => {
                probe.drop_viewer(self.current);
                self.current = candidate;
                self.candidate = None;
            }
            Some(candidate) => {
                let viewer = probe.viewer(candidate);
                let begun = viewer.last_byte_ns().unwrap_or_else(|| viewer.opened_ns());
                if now.saturating_sub(begun) > TRY_EVERY_NS || viewer.is_closed() {
                    probe.drop_viewer(candidate);
                    self.try_afresh(probe)?;
                }
            }
            None if is_silent => self.try_afresh(probe)?,
            None => {}
        }
        Ok(())
    }

    fn try_afresh(&mut self, probe: &mut Probe) -> Outcome<()> {
        let candidate = probe.open(self.address, Request::Whole)?;
        self.candidate = Some(candidate);
        self.connections.push(candidate);
        Ok(())
    }

    /// Connections begun besides the first.
    pub(super) fn fresh(&self) -> usize {
        self.connections.len() - 1
    }

    /// When the first byte after `from_ns` came, on any connection.
    pub(super) fn first_byte_after(&self, probe: &Probe, from_ns: u64) -> Option<u64> {
        self.connections.iter().filter_map(|index| probe.viewer(*index).first_byte_after(from_ns)).min()
    }

    /// What was new to the viewer, in the order of arrival; a joining burst counts as its newest picture.
    pub(super) fn shown(&self, probe: &Probe) -> Vec<Shown> {
        let receipts = self.connections.iter().flat_map(|index| probe.viewer(*index).receipts());
        let mut receipts: Vec<_> = receipts.collect();
        receipts.sort_by_key(|receipt| (receipt.kernel_ns, std::cmp::Reverse(receipt.sequence)));
        let mut newest = None;
        receipts.retain(|receipt| {
            let is_new = newest < Some(receipt.sequence);
            newest = newest.max(Some(receipt.sequence));
            is_new
        });
        receipts
            .iter()
            .map(|receipt| Shown { at_ns: receipt.kernel_ns, latency_ns: receipt.latency_ns() })
            .collect()
    }

    /// Pictures without their reference, on all connections.
    pub(super) fn broken(&self, probe: &Probe) -> u64 {
        let receipts = self.connections.iter().map(|index| probe.viewer(*index).receipts());
        receipts.map(|receipts| broken(receipts) + u64::from(begins_inside(receipts))).sum()
    }
}

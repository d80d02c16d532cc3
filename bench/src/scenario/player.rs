//! A viewer who wants to stay live: tries a fresh connection beside the present one when that is silent or late.
//!
//! ```text
//! current ─ silent for 0.5 s ─► candidate, a new one every 0.3 s ─ has a keyframe ─► current
//!    │└───── speaks first ────────────► candidates are dropped
//!    └─ late for 0.3 s ─► candidate ─ is ahead ─► current
//!                             ├─ is not, in time ─► another one
//!                             └─ its answer waits in a queue: the link is full ─► twice: none for 1, 2, 4 … 10 s
//! ```
//! The first of the two to be heard stays, as on the page (`web/src/wire/connection.ts`, `lateness.ts`): two bursts for newcomers at once
//! would share the link.

use std::{net::SocketAddr, time::Duration};

use crate::{
    Outcome,
    observe::{begins_inside, broken},
    probe::{Probe, Request, Viewer},
    sys::clock,
};

const SILENT_AFTER_NS: u64 = 500_000_000;
const TRY_EVERY_NS: u64 = 300_000_000;
/// Pictures are late from here on.
const LATE_NS: u64 = 500_000_000;
/// Only if it goes on for this long.
const LATE_FOR_NS: u64 = 300_000_000;
/// A connection this young may still be getting what newcomers get.
const SETTLED_NS: u64 = 1_000_000_000;
/// An answer that takes twice as long as the quickest, and this, waits in a queue.
const SLACK_NS: u64 = 50_000_000;
/// What an answered candidate has, beside the time of the quickest answer, until it has to be ahead.
const OVERTAKES_NS: u64 = 300_000_000;
/// After the second of two answers in a row that waited; one may have been lost.
const FIRST_REST_NS: u64 = 1_000_000_000;
const LONGEST_REST_NS: u64 = 10_000_000_000;
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
    candidate: Option<Candidate>,
    connections: Vec<usize>,
    /// The quickest answer of all connections, from the first packet to the first byte.
    answer_ns: u64,
    /// When the newest connection was begun that has not won a race.
    begun_ns: u64,
    /// Since when the pictures have been late.
    late_since_ns: Option<u64>,
    /// No candidate because of lateness before then, and how long the next pause will be.
    rests_until_ns: u64,
    rest_ns: u64,
}

/// A connection beside the current one.
#[derive(Clone, Copy)]
struct Candidate {
    index: usize,
    why: Why,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Why {
    Silent,
    Late,
}

impl Player {
    pub(super) fn new(probe: &mut Probe, address: SocketAddr) -> Outcome<Self> {
        let current = probe.open(address, Request::Whole)?;
        Ok(Self {
            address,
            current,
            candidate: None,
            connections: vec![current],
            answer_ns: u64::MAX,
            begun_ns: probe.viewer(current).opened_ns(),
            late_since_ns: None,
            rests_until_ns: 0,
            rest_ns: 0,
        })
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
        if let Some(answer) = answer_ns(current) {
            self.answer_ns = self.answer_ns.min(answer);
        }
        let heard = current.last_byte_ns().unwrap_or_else(|| current.opened_ns());
        let is_silent = now.saturating_sub(heard) > SILENT_AFTER_NS || current.is_closed();
        let newest = current.receipts().last();
        let is_late = newest.is_some_and(|newest| newest.latency_ns() > LATE_NS);
        self.late_since_ns = is_late.then(|| self.late_since_ns.unwrap_or(now));
        let Some(Candidate { index, why }) = self.candidate else {
            if is_silent {
                return self.try_afresh(probe, Why::Silent);
            }
            let is_long_late = self.late_since_ns.is_some_and(|since| now - since > LATE_FOR_NS)
                && now.saturating_sub(self.begun_ns) > SETTLED_NS;
            if is_long_late && now >= self.rests_until_ns {
                return self.try_afresh(probe, Why::Late);
            }
            return Ok(());
        };
        let viewer = probe.viewer(index);
        let is_ahead = viewer.receipts().last().map(|last| last.sequence) > newest.map(|last| last.sequence);
        if is_ahead || (is_silent && !viewer.receipts().is_empty()) {
            let old = self.current;
            if why == Why::Silent {
                self.begun_ns = viewer.opened_ns();
            }
            self.current = index;
            self.candidate = None;
            self.rest_ns = 0;
            probe.drop_viewer(old);
            return Ok(());
        }
        let begun = viewer.last_byte_ns().unwrap_or_else(|| viewer.opened_ns());
        match why {
            Why::Silent if !is_silent => self.give_up(probe, index),
            Why::Silent if now.saturating_sub(begun) > TRY_EVERY_NS || viewer.is_closed() => {
                self.give_up(probe, index);
                return self.try_afresh(probe, Why::Silent);
            }
            Why::Late if !is_late => self.give_up(probe, index),
            Why::Late => match answer_ns(viewer) {
                // The answer waits in a queue: the link is full, and a second connection would only take its share.
                None if now - viewer.opened_ns() > 2 * self.answer_ns + SLACK_NS => {
                    self.give_up(probe, index);
                    self.rests_until_ns = now + self.rest_ns;
                    self.rest_ns = (2 * self.rest_ns).clamp(FIRST_REST_NS, LONGEST_REST_NS);
                }
                Some(answer) if now - viewer.opened_ns() > answer + self.answer_ns + OVERTAKES_NS => {
                    self.give_up(probe, index);
                    self.rest_ns = 0;
                }
                _ => {}
            },
            Why::Silent => {}
        }
        Ok(())
    }

    fn give_up(&mut self, probe: &mut Probe, index: usize) {
        probe.drop_viewer(index);
        self.candidate = None;
    }

    fn try_afresh(&mut self, probe: &mut Probe, why: Why) -> Outcome<()> {
        let index = probe.open(self.address, Request::Whole)?;
        self.candidate = Some(Candidate { index, why });
        self.connections.push(index);
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

/// From the first packet of a connection to the first byte of the answer.
fn answer_ns(viewer: &Viewer) -> Option<u64> {
    viewer.first_byte_after(0).map(|at| at.saturating_sub(viewer.opened_ns()))
}

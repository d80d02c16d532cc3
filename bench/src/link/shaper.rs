//! What a link does to packets in one direction. Pure: `now` is an argument, chance has a seed.
//!
//! ```text
//! push ─► lost by chance? ─► queue full? ─► waiting ─► sending (rate) ─► flying (delay) ─► pop
//! ```

use std::collections::VecDeque;

/// Whether anything moves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Flow {
    /// It does.
    Open,
    /// Nothing leaves the queue.
    Stopped,
    /// All is lost.
    Black,
}

/// What a link is like.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Conditions {
    /// Bits a second that it carries.
    pub(crate) bits_per_second: u64,
    /// Bytes that wait at most; what comes on top is lost.
    pub(crate) queue_bytes: usize,
    /// From the end of sending to arrival.
    pub(crate) delay_ns: u64,
    /// Part of all packets (0 to 1) that is lost by chance.
    pub(crate) loss: f64,
    /// Whether anything moves.
    pub(crate) flow: Flow,
}

/// Packets of one direction so far.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Counters {
    /// That arrived or will.
    pub(crate) carried: u64,
    /// Lost by chance or in the dark.
    pub(crate) lost: u64,
    /// Lost for want of room in the queue.
    pub(crate) overflowed: u64,
}

/// One direction of a link.
#[derive(Debug)]
pub(super) struct Shaper {
    conditions: Conditions,
    random: u64,
    waiting: VecDeque<Vec<u8>>,
    waiting_bytes: usize,
    sending: Option<(u64, Vec<u8>)>,
    flying: VecDeque<(u64, Vec<u8>)>,
    counters: Counters,
}

impl Shaper {
    pub(super) fn new(conditions: Conditions, seed: u64) -> Self {
        Self {
            conditions,
            random: seed,
            waiting: VecDeque::new(),
            waiting_bytes: 0,
            sending: None,
            flying: VecDeque::new(),
            counters: Counters::default(),
        }
    }

    /// Other conditions from `now` on. What is in the air arrives; what waits in the dark is lost.
    pub(super) fn set(&mut self, now: u64, conditions: Conditions) {
        self.advance(now);
        self.conditions = conditions;
        if conditions.flow == Flow::Black {
            self.counters.lost += self.waiting.len() as u64;
            self.waiting.clear();
            self.waiting_bytes = 0;
        }
        self.begin_sending(now);
    }

    /// A packet enters.
    pub(super) fn push(&mut self, now: u64, packet: Vec<u8>) {
        self.advance(now);
        if self.conditions.flow == Flow::Black || self.chance() < self.conditions.loss {
            self.counters.lost += 1;
        } else if self.waiting_bytes + packet.len() > self.conditions.queue_bytes {
            self.counters.overflowed += 1;
        } else {
            self.counters.carried += 1;
            self.waiting_bytes += packet.len();
            self.waiting.push_back(packet);
            self.begin_sending(now);
        }
    }

    /// A packet that has arrived by `now`.
    pub(super) fn pop(&mut self, now: u64) -> Option<Vec<u8>> {
        self.advance(now);
        self.flying.front().filter(|(at, _)| *at <= now)?;
        self.flying.pop_front().map(|(_, packet)| packet)
    }

    /// When something happens next by itself.
    pub(super) fn due_ns(&self) -> Option<u64> {
        let sent = self.sending.as_ref().map(|(at, _)| *at);
        let arrives = self.flying.front().map(|(at, _)| *at);
        sent.into_iter().chain(arrives).min()
    }

    pub(super) const fn counters(&self) -> Counters {
        self.counters
    }

    fn advance(&mut self, now: u64) {
        while let Some((at, packet)) = self.sending.take_if(|(at, _)| *at <= now) {
            self.flying.push_back((at + self.conditions.delay_ns, packet));
            self.begin_sending(at);
        }
    }

    fn begin_sending(&mut self, at: u64) {
        if self.sending.is_some() || self.conditions.flow != Flow::Open {
            return;
        }
        if let Some(packet) = self.waiting.pop_front() {
            self.waiting_bytes -= packet.len();
            let takes_ns = packet.len() as u64 * 8 * 1_000_000_000 / self.conditions.bits_per_second;
            self.sending = Some((at + takes_ns, packet));
        }
    }

    /// The next number from 0 to below 1 (SplitMix64).
    fn chance(&mut self) -> f64 {
        self.random = self.random.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.random;
        mixed = (mixed ^ mixed >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ mixed >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((mixed ^ mixed >> 31) >> 11) as f64 / (1_u64 << 53) as f64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MS: u64 = 1_000_000;
    /// 1000 bytes take 1 ms.
    const OPEN: Conditions = Conditions {
        bits_per_second: 8_000_000,
        queue_bytes: 3000,
        delay_ns: 10 * MS,
        loss: 0.0,
        flow: Flow::Open,
    };

    fn arrivals(shaper: &mut Shaper, until: u64) -> Vec<u64> {
        let mut times = Vec::new();
        while let Some(at) = shaper.due_ns().filter(|at| *at <= until) {
            while shaper.pop(at).is_some() {
                times.push(at / MS);
            }
        }
        times
    }

    #[test]
    fn packets_leave_at_the_rate_and_arrive_after_the_delay() {
        let mut shaper = Shaper::new(OPEN, 1);
        (0..3).for_each(|_| shaper.push(0, vec![0; 1000]));
        assert_eq!(arrivals(&mut shaper, 100 * MS), [11, 12, 13]);
    }

    #[test]
    fn a_full_queue_loses_what_comes_on_top() {
        let mut shaper = Shaper::new(OPEN, 1);
        (0..9).for_each(|_| shaper.push(0, vec![0; 1000]));
        assert_eq!(arrivals(&mut shaper, 100 * MS).len(), 4, "one is being sent, three wait");
        assert_eq!(shaper.counters().overflowed, 5);
    }

    #[test]
    fn a_stopped_link_keeps_and_a_black_one_loses() {
        for (flow, kept) in [(Flow::Stopped, 2), (Flow::Black, 0)] {
            let mut shaper = Shaper::new(OPEN, 1);
            shaper.set(0, Conditions { flow, ..OPEN });
            (0..2).for_each(|_| shaper.push(MS, vec![0; 1000]));
            assert_eq!(arrivals(&mut shaper, 50 * MS), [0; 0], "{flow:?}");
            shaper.set(50 * MS, OPEN);
            assert_eq!(arrivals(&mut shaper, 100 * MS).len(), kept, "{flow:?}");
        }
    }

    #[test]
    fn chance_has_a_seed_and_keeps_to_its_part() {
        let lost = |seed| {
            let mut shaper = Shaper::new(Conditions { loss: 0.02, queue_bytes: usize::MAX, ..OPEN }, seed);
            (0..10_000).for_each(|_| shaper.push(0, vec![0; 10]));
            shaper.counters().lost
        };
        assert_eq!(lost(7), lost(7));
        assert!((150..250).contains(&lost(7)), "{}", lost(7));
    }
}

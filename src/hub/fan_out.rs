//! Tells the followers of a track that there is something new: one task a track goes from one to the next.
//!
//! ```text
//! publish ─► wake ─► the track's task ─► follower ─► follower ─► follower …     4 ms, then other tasks have their turn
//!                        └─ once a second ─► tick of each
//! ```
//! A task for each viewer, woken for each frame, costs half of the write that it is woken for. A follower does what it
//! has to do at once or not at all: one whose socket is full goes on by itself and is passed by here.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard},
    time::Duration,
};

use tokio::time::{Instant, MissedTickBehavior};

use super::Track;

/// So many followers are taken from the list at once.
const BATCH: usize = 32;
/// After so long other tasks of the thread have their turn. Turns are not free: the task may go on in another thread.
const TURN: Duration = Duration::from_millis(4);
/// How often followers look at what depends on time alone.
const TICK: Duration = Duration::from_secs(1);

/// Somebody who is told when a track has something new. Both methods do what can be done at once and never wait.
pub trait Follower: Send + Sync {
    /// There is a new frame, or the camera's state has changed. May be called without need.
    fn follow(&self, now: Instant);
    /// About a second has passed.
    fn tick(&self, now: Instant);
}

/// A follower's place with its track. Dropping it ends the following.
#[derive(Debug)]
pub struct Following {
    track: Arc<Track>,
    number: u64,
}

impl Drop for Following {
    fn drop(&mut self) {
        self.track.fan_out().lock().members.remove(&self.number);
    }
}

/// The followers of a track.
#[derive(Default)]
pub(super) struct FanOut(Mutex<Members>);

#[derive(Default)]
struct Members {
    members: BTreeMap<u64, Arc<dyn Follower>>,
    next: u64,
    is_running: bool,
}

impl std::fmt::Debug for FanOut {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("FanOut").field("followers", &self.lock().members.len()).finish()
    }
}

impl FanOut {
    /// Adds a follower to `track`, whose task is started with the first one.
    pub(super) fn add(track: &Arc<Track>, follower: Arc<dyn Follower>) -> Following {
        let mut inner = track.fan_out().lock();
        let number = inner.next;
        inner.next += 1;
        inner.members.insert(number, follower);
        if !std::mem::replace(&mut inner.is_running, true) {
            tokio::spawn(run(Arc::clone(track)));
        }
        Following { track: Arc::clone(track), number }
    }

    fn lock(&self) -> MutexGuard<'_, Members> {
        self.0.lock().expect("no holder of this lock panics")
    }

    /// Whether the task has nobody left to tell, and so ends.
    fn ends(&self) -> bool {
        let mut inner = self.lock();
        inner.is_running = !inner.members.is_empty();
        !inner.is_running
    }

    /// Calls `tell` for each follower.
    async fn for_each(&self, tell: impl Fn(&dyn Follower, Instant)) {
        let mut batch = Vec::with_capacity(BATCH);
        let mut next = Some(0);
        let mut turn = Instant::now();
        while let Some(number) = next {
            next = self.next_batch(number, &mut batch);
            let now = Instant::now();
            batch.drain(..).for_each(|follower| tell(&*follower, now));
            if now.duration_since(turn) >= TURN {
                tokio::task::yield_now().await;
                turn = Instant::now();
            }
        }
    }

    /// The next followers from `number` on, into `batch`; the number to go on with, or none when that was all.
    fn next_batch(&self, number: u64, batch: &mut Vec<Arc<dyn Follower>>) -> Option<u64> {
        let inner = self.lock();
        let mut rest = inner.members.range(number..);
        batch.extend(rest.by_ref().take(BATCH).map(|(_, follower)| Arc::clone(follower)));
        rest.next().map(|(next, _)| *next)
    }
}

async fn run(track: Arc<Track>) {
    let mut tick = tokio::time::interval(TICK);
    tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
    while !track.fan_out().ends() {
        // Made before they are told, so that what is new meanwhile is not missed.
        let woken = track.woken();
        track.fan_out().for_each(|follower, now| follower.follow(now)).await;
        tokio::select! {
            biased;
            () = woken => {}
            _ = tick.tick() => track.fan_out().for_each(|follower, now| follower.tick(now)).await,
        }
    }
}

#[cfg(test)]
mod tests {
    use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

    use super::*;
    use crate::{
        clock::Clock,
        hub::{CacheLimits, Camera},
    };

    struct Named(u64, UnboundedSender<u64>);

    impl Follower for Named {
        fn follow(&self, _: Instant) {
            let _ = self.1.send(self.0);
        }

        fn tick(&self, _: Instant) {}
    }

    /// Takes what is told until all of `expected` have been.
    async fn until_told(told: &mut UnboundedReceiver<u64>, expected: std::ops::Range<u64>) {
        let mut missing: std::collections::BTreeSet<u64> = expected.collect();
        while !missing.is_empty() {
            missing.remove(&told.recv().await.expect("the sender is here"));
        }
    }

    #[tokio::test(start_paused = true)]
    async fn all_are_told_until_they_leave_and_the_task_ends_with_the_last() {
        let track = Arc::clone(Camera::new("cam1".into(), Clock::start(), CacheLimits::default()).0.video());
        let (tell, mut told) = unbounded_channel();
        for run in 0..2 {
            let many = 3 * BATCH as u64 + 1;
            let mut all: Vec<_> =
                (0..many).map(|number| track.follow(Arc::new(Named(number, tell.clone())))).collect();
            until_told(&mut told, 0..many).await;
            track.wake_viewers();
            until_told(&mut told, 0..many).await;
            all.truncate(2);
            while told.try_recv().is_ok() {}
            track.wake_viewers();
            until_told(&mut told, 0..2).await;
            assert!(told.try_recv().is_err(), "run {run}: who has left is not told");
            drop(all);
            tokio::time::sleep(2 * TICK).await;
            assert!(!track.fan_out().lock().is_running, "run {run}");
        }
    }
}

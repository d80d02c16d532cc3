//! Wakes the followers of a track when there is something new: one task a track calls one after the other.
//!
//! ```text
//! publish ─► wake ─► the track's task ─► follower ─► follower ─► follower …     4 ms, then other tasks have their turn
//!                        └─ once a second ─► tick of each
//! ```
//! A task for each viewer, woken for each frame, costs half of the write that it is woken for. A follower does what it
//! can do at once. One whose socket is full goes on in a task of its own, and is passed by here.

use std::{sync::Arc, time::Duration};

use tokio::time::{Instant, MissedTickBehavior};

use super::{
    followers::{Added, Follower, Followers},
    track::Track,
};

/// This many followers are taken from the list at once.
const BATCH: usize = 32;
/// After this time other tasks of the thread have their turn. Turns are not free: the task may go on in another thread.
const TURN: Duration = Duration::from_millis(4);
/// How often followers look at what depends on time alone.
const TICK: Duration = Duration::from_secs(1);

/// A follower's entry with its track. Dropping it ends the following.
#[derive(Debug)]
pub struct Following {
    track: Arc<Track>,
    number: u64,
}

impl Drop for Following {
    fn drop(&mut self) {
        self.track.followers().remove(self.number);
    }
}

impl Track {
    /// Calls `follower` from now on whenever there is something new. Needs a tokio runtime.
    #[must_use]
    pub fn follow(self: &Arc<Self>, follower: Arc<dyn Follower>) -> Following {
        let Added { number, needs_task } = self.followers().add(follower);
        if needs_task {
            tokio::spawn(run(Arc::clone(self)));
        }
        Following { track: Arc::clone(self), number }
    }
}

async fn run(track: Arc<Track>) {
    let mut tick = tokio::time::interval(TICK);
    tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
    while !track.followers().ends() {
        // Made before they are called, so that what is new meanwhile is not missed.
        let woken = track.woken();
        for_each(track.followers(), |follower, now| follower.follow(now)).await;
        tokio::select! {
            biased;
            () = woken => {}
            _ = tick.tick() => for_each(track.followers(), |follower, now| follower.tick(now)).await,
        }
    }
}

/// Calls `call` for each follower.
async fn for_each(followers: &Followers, call: impl Fn(&dyn Follower, Instant)) {
    let mut batch = Vec::with_capacity(BATCH);
    let mut next = Some(0);
    let mut turn = Instant::now();
    while let Some(number) = next {
        next = followers.next_batch(number, BATCH, &mut batch);
        let now = Instant::now();
        batch.drain(..).for_each(|follower| call(&*follower, now));
        if now.duration_since(turn) >= TURN {
            tokio::task::yield_now().await;
            turn = Instant::now();
        }
    }
}

#[cfg(test)]
mod tests {
    use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

    use super::*;
    use crate::{
        clock::Clock,
        hub::{Admission, CacheLimits, Camera},
    };

    struct Named(u64, UnboundedSender<u64>);

    impl Follower for Named {
        fn follow(&self, _: Instant) {
            let _ = self.1.send(self.0);
        }

        fn tick(&self, _: Instant) {}
    }

    /// Waits until all of `expected` have been called.
    async fn until_called(calls: &mut UnboundedReceiver<u64>, expected: std::ops::Range<u64>) {
        let mut missing: std::collections::BTreeSet<u64> = expected.collect();
        while !missing.is_empty() {
            missing.remove(&calls.recv().await.expect("the sender is here"));
        }
    }

    #[tokio::test(start_paused = true)]
    async fn all_are_told_until_they_leave_and_the_task_ends_with_the_last() {
        let (camera, ..) =
            Camera::new("cam1".into(), Clock::start(), CacheLimits::default(), |_, _| Ok(Admission::Add));
        let track = Arc::clone(camera.video());
        let (call, mut calls) = unbounded_channel();
        for run in 0..2 {
            let many = 3 * BATCH as u64 + 1;
            let mut all: Vec<_> =
                (0..many).map(|number| track.follow(Arc::new(Named(number, call.clone())))).collect();
            until_called(&mut calls, 0..many).await;
            track.wake_viewers();
            until_called(&mut calls, 0..many).await;
            all.truncate(2);
            while calls.try_recv().is_ok() {}
            track.wake_viewers();
            until_called(&mut calls, 0..2).await;
            assert!(calls.try_recv().is_err(), "run {run}: a follower that has left is not called");
            drop(all);
            tokio::time::sleep(2 * TICK).await;
            assert!(!track.followers().is_running(), "run {run}");
        }
    }
}

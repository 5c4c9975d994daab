//! The work queue: keys ordered by the time they are due, then by when they were asked for. Of those that are due a queue
//! may prefer some, by rank.
//!
//! Invariants:
//! - a key waits at most once, at the earliest time anyone asked for;
//! - a key is in the hands of at most one worker; what is asked for meanwhile waits until it is done;
//! - a key that was asked for is handed out at or after its time, never lost;
//! - where the clock is set back all keys are due: how long they would wait is no longer what was meant,
//!   and whoever looks too early finds that out.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Debug;
use std::future::Future;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use futures::stream::FuturesUnordered;
use futures::{FutureExt, StreamExt};
use jiff::{SignedDuration, Timestamp};
use orrery_clock::Clock;
use parking_lot::Mutex;
use tokio::sync::Notify;

use crate::Doubling;

/// How often a queue that waits looks whether the clock was set.
const LOOK: Duration = Duration::from_secs(5);
/// By less than this a clock is put right and not set back.
const PUT_RIGHT: SignedDuration = SignedDuration::from_secs(1);

/// What a reconcile wants next for its key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Requeue {
    /// Nothing until something changes.
    Await,
    /// Again at this time, or when something changes.
    At(Timestamp),
}

/// What metrics tell of a queue.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct QueueCounts {
    /// Keys that are due and in nobody's hands.
    pub depth: usize,
    /// How often a key became due.
    pub adds: u64,
}

/// A cheap handle on an ordered queue.
pub struct Queue<K>(Arc<Shared<K>>);

struct Shared<K> {
    clock: Clock,
    backoff: Doubling,
    /// Which of the keys that are due come first, the lowest. Of equal keys the rank of the last one counts.
    rank: fn(&K) -> i64,
    state: Mutex<State<K>>,
    changed: Notify,
}

struct State<K> {
    /// By key: its rank, and its place.
    waiting: BTreeMap<K, (i64, Place)>,
    /// Of the same those that are not known to be due yet, by place.
    order: BTreeSet<(Place, K)>,
    /// The others, in the order of handing out.
    due: BTreeSet<(i64, Place, K)>,
    /// How many places were given.
    places: u64,
    /// In a worker's hands, with the time at which it is wanted again, if it is.
    active: BTreeMap<K, Option<Timestamp>>,
    failures: BTreeMap<K, u32>,
    /// What the clock showed at the last look.
    looked_at: Timestamp,
    /// How often a key became due.
    adds: u64,
}

/// When a key is due, and of those that are due with it, the how manieth it is.
type Place = (Timestamp, u64);

impl<K> Clone for Queue<K> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl<K: Ord + Clone + Debug + Send + 'static> Queue<K> {
    /// `backoff` spaces the attempts of a key whose reconcile fails.
    pub fn new(clock: Clock, backoff: Doubling) -> Self {
        Self::ranked(clock, backoff, |_| 0)
    }

    /// The same, handing out of the keys that are due those of the lowest `rank` first, whenever they
    /// became due.
    pub fn ranked(clock: Clock, backoff: Doubling, rank: fn(&K) -> i64) -> Self {
        let state = State {
            waiting: BTreeMap::new(),
            order: BTreeSet::new(),
            due: BTreeSet::new(),
            places: 0,
            active: BTreeMap::new(),
            failures: BTreeMap::new(),
            looked_at: clock.now(),
            adds: 0,
        };
        Self(Arc::new(Shared {
            clock,
            backoff,
            rank,
            state: Mutex::new(state),
            changed: Notify::new(),
        }))
    }

    /// Wants `key` now.
    pub fn add(&self, key: K) {
        self.add_at(key, self.0.clock.now());
    }

    /// Wants `key` after `delay`.
    pub fn add_after(&self, key: K, delay: Duration) {
        let delay = SignedDuration::try_from(delay).unwrap_or(SignedDuration::MAX);
        let at = self.0.clock.now().checked_add(delay);
        self.add_at(key, at.unwrap_or(Timestamp::MAX));
    }

    /// Wants `key` at `at`, or earlier if it already waits for an earlier time.
    pub fn add_at(&self, key: K, at: Timestamp) {
        let mut state = self.0.state.lock();
        match state.active.get_mut(&key) {
            Some(again) => *again = Some(again.map_or(at, |before| before.min(at))),
            None => state.wait(key, at, self.0.rank),
        }
        drop(state);
        self.0.changed.notify_one();
    }

    /// Nobody wants `key` any more; what a worker does about it goes on.
    pub fn forget(&self, key: &K) {
        self.0.state.lock().forget(key);
    }

    /// Keys waiting or in work, for metrics.
    pub fn len(&self) -> usize {
        let state = self.0.state.lock();
        state.waiting.len() + state.active.len()
    }

    /// How many keys are due, and how many ever were.
    pub fn counts(&self) -> QueueCounts {
        let now = self.0.clock.now();
        let state = self.0.state.lock();
        let unseen = state.order.iter().take_while(|((at, _), _)| *at <= now);
        let unseen = unseen.count();
        QueueCounts {
            depth: state.due.len() + unseen,
            adds: state.adds + unseen as u64,
        }
    }

    /// Somebody waits whose time has come.
    pub fn has_due(&self) -> bool {
        self.counts().depth > 0
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Hands keys to `reconcile`, `workers` at a time, until the future is dropped. A failed key is
    /// tried again with backoff; a success forgets its failures. A panic is a fault of ours, over one odd
    /// object: its key has failed, and the others go on.
    pub async fn run<F, Fut, E>(&self, workers: usize, reconcile: F)
    where
        F: Fn(K) -> Fut + Sync,
        Fut: Future<Output = Result<Requeue, E>> + Send,
        E: std::fmt::Display,
    {
        let worker = || async {
            loop {
                let key = self.next().await;
                let reconciled = AssertUnwindSafe(reconcile(key.clone())).catch_unwind();
                let outcome = match reconciled.await {
                    Ok(Ok(requeue)) => Some(requeue),
                    Ok(Err(error)) => {
                        tracing::debug!(?key, %error, "reconcile failed, trying again");
                        None
                    }
                    Err(_) => {
                        tracing::error!(?key, "reconcile panicked, trying again");
                        None
                    }
                };
                self.done(key, outcome);
            }
        };
        // each is polled only when it is woken; a joined list polls all of them each time
        let mut workers: FuturesUnordered<_> = (0..workers).map(|_| worker()).collect();
        while workers.next().await.is_some() {}
    }

    /// The next key that is due. The caller must hand it back with [`Queue::done`].
    pub async fn next(&self) -> K {
        loop {
            let due_at = match self.take_due() {
                Ok(key) => return key,
                Err(due_at) => due_at,
            };
            let changed = self.0.changed.notified();
            match due_at {
                None => changed.await,
                Some(at) => tokio::select! {
                    biased;
                    () = changed => {}
                    () = self.0.clock.sleep(self.until(at)) => {}
                },
            }
        }
    }

    /// For how long to wait for what is due at `at` before the next look. Rounded up: the timer counts
    /// milliseconds and must not wake in the one before.
    fn until(&self, at: Timestamp) -> Duration {
        let left = at.duration_since(self.0.clock.now());
        let left = Duration::try_from(left).unwrap_or_default();
        LOOK.min(left.saturating_add(Duration::from_micros(999)))
    }

    /// The first key that is due, or the time at which one will be.
    fn take_due(&self) -> Result<K, Option<Timestamp>> {
        let mut state = self.0.state.lock();
        state.let_due(self.0.clock.now(), self.0.rank);
        let Some((_, _, key)) = state.due.pop_first() else {
            return Err(state.order.first().map(|((at, _), _)| *at));
        };
        state.waiting.remove(&key);
        state.active.insert(key.clone(), None);
        let more = !state.waiting.is_empty();
        drop(state);
        if more {
            // One notification may stand for several keys: pass it on to the next worker.
            self.0.changed.notify_one();
        }
        Ok(key)
    }

    /// Ends the work on `key`: `Some` after a success, `None` after a failure.
    pub fn done(&self, key: K, outcome: Option<Requeue>) {
        let now = self.0.clock.now();
        let mut state = self.0.state.lock();
        let asked = state.active.remove(&key).flatten();
        let wanted = match outcome {
            Some(Requeue::Await) => None,
            Some(Requeue::At(at)) => Some(at),
            None => Some(now + state.next_backoff(&key, &self.0.backoff)),
        };
        if outcome.is_some() {
            state.failures.remove(&key);
        }
        if let Some(at) = [asked, wanted].into_iter().flatten().min() {
            state.wait(key, at, self.0.rank);
        }
        drop(state);
        self.0.changed.notify_one();
    }
}

impl<K: Ord + Clone> State<K> {
    fn wait(&mut self, key: K, mut at: Timestamp, rank: fn(&K) -> i64) {
        let rank = rank(&key);
        if let Some((known, place)) = self.waiting.get(&key).copied() {
            let (before, _) = place;
            if before <= at && known == rank {
                return;
            }
            self.order.remove(&(place, key.clone()));
            self.due.remove(&(known, place, key.clone()));
            at = at.min(before);
        }
        let place = (at, self.places);
        self.places += 1;
        self.waiting.insert(key.clone(), (rank, place));
        self.order.insert((place, key));
    }

    fn forget(&mut self, key: &K) {
        if let Some((rank, place)) = self.waiting.remove(key) {
            self.order.remove(&(place, key.clone()));
            self.due.remove(&(rank, place, key.clone()));
        }
        if let Some(again) = self.active.get_mut(key) {
            *again = None;
        }
    }

    /// Moves what is due at `now` to where it is ranked; each key goes this way once.
    fn let_due(&mut self, now: Timestamp, rank: fn(&K) -> i64) {
        let was_set_back = self.looked_at.duration_since(now) >= PUT_RIGHT;
        self.looked_at = now;
        while let Some(first) = self.order.first()
            && (first.0.0 <= now || was_set_back)
        {
            let (place, key) = self.order.pop_first().expect("there is a first");
            self.due.insert((rank(&key), place, key));
            self.adds += 1;
        }
    }

    fn next_backoff(&mut self, key: &K, backoff: &Doubling) -> SignedDuration {
        let failures = self.failures.entry(key.clone()).or_default();
        *failures = failures.saturating_add(1);
        SignedDuration::try_from(backoff.after(*failures)).unwrap_or(SignedDuration::MAX)
    }
}

#[cfg(test)]
mod tests;

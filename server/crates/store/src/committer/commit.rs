//! Stage a batch, make it durable, publish it, reply: the one place where the state changes.

use std::{collections::BTreeMap, sync::Arc};

use super::{Failure, Shared, compaction::Compaction};
use crate::{Change, ChangeKind, Entry, Key, Options, log::Log, write::Request};

/// A batch takes no further change beyond this many: its writers should not wait for more than a few
/// milliseconds of encoding, and flushes are long since amortised.
const MAX_BATCH_CHANGES: usize = 1024;
/// Nor beyond this many bytes, for the same reason.
const MAX_BATCH_BYTES: usize = 4 << 20;

/// Commits batches, one at a time.
pub(crate) struct Committer {
    pub(super) shared: Arc<Shared>,
    /// None in memory.
    pub(super) log: Option<Log>,
    pub(super) compaction: Compaction,
}

/// Writes that become durable together, and the changes they make.
#[derive(Default)]
struct Batch {
    requests: Vec<Box<dyn Request>>,
    changes: Vec<Arc<Change>>,
    bytes: usize,
    /// The objects as the changes leave them; readers do not see them yet.
    overlay: BTreeMap<Key, Option<Arc<Entry>>>,
}

impl Committer {
    pub fn new(shared: Arc<Shared>, log: Option<Log>, options: &Options) -> Self {
        Self {
            shared,
            log,
            compaction: Compaction::new(options.log_slack_bytes),
        }
    }

    /// Makes writes in their order and replies to each.
    pub fn commit(&mut self, requests: Vec<Box<dyn Request>>) {
        let mut waiting = requests.into_iter();
        loop {
            let batch = self.stage(&mut waiting);
            if batch.requests.is_empty() {
                return;
            }
            self.finish(batch);
        }
    }

    fn stage(&self, waiting: &mut impl Iterator<Item = Box<dyn Request>>) -> Batch {
        let mut batch = Batch::default();
        let published = self.shared.state.read().revision;
        while batch.changes.len() < MAX_BATCH_CHANGES
            && batch.bytes < MAX_BATCH_BYTES
            && let Some(mut request) = waiting.next()
        {
            let (key, current) = self.current(request.key(), &batch.overlay);
            let revision = published + 1 + batch.changes.len() as u64;
            if let Some(change) = request.stage(key, revision, current.as_ref()) {
                batch.add(change);
            }
            batch.requests.push(request);
        }
        batch
    }

    fn current(
        &self,
        key: &Key,
        overlay: &BTreeMap<Key, Option<Arc<Entry>>>,
    ) -> (Key, Option<Arc<Entry>>) {
        let state = self.shared.state.read();
        let shared = state.shared_key(key);
        let current = match overlay.get(key) {
            Some(staged) => staged.clone(),
            None => state.get(key).cloned(),
        };
        (shared, current)
    }

    /// All of a batch, or nothing: also a refusal may rest on a change that did not become durable.
    fn finish(&mut self, batch: Batch) {
        let Batch {
            requests, changes, ..
        } = batch;
        let durable = if changes.is_empty() {
            Ok(())
        } else {
            self.write(&changes)
        };
        if durable.is_ok() && !changes.is_empty() {
            self.publish(&changes);
        }
        requests
            .into_iter()
            .for_each(|request| request.settle(durable.clone()));
        if durable.is_ok() {
            self.wake(&changes);
        }
    }

    fn write(&mut self, changes: &[Arc<Change>]) -> Result<(), Failure> {
        let Some(log) = &mut self.log else {
            return Ok(());
        };
        let written = log.append(changes);
        let mut stats = self.shared.stats.lock();
        stats.fsyncs = log.fsyncs;
        stats.log_bytes = log.bytes();
        stats.failures += u64::from(written.is_err());
        Ok(written?)
    }

    fn publish(&self, changes: &[Arc<Change>]) {
        let mut state = self.shared.state.write();
        changes
            .iter()
            .for_each(|change| state.apply(change.clone()));
        drop(state);
        self.shared.stats.lock().count_batch(changes.len());
    }

    /// Wakes the watches of the resources a batch touched.
    fn wake(&self, changes: &[Arc<Change>]) {
        let mut touched: Vec<&Arc<str>> = changes
            .iter()
            .map(|change| &change.entry.key.resource)
            .collect();
        touched.sort_unstable();
        touched.dedup();
        for resource in touched {
            let waiters = self.shared.state.read().waiters(resource);
            if let Some((_, waiters)) = waiters {
                waiters.wake();
            }
        }
    }
}

impl Batch {
    fn add(&mut self, change: Arc<Change>) {
        let alive = (change.kind == ChangeKind::Put).then(|| change.entry.clone());
        self.bytes += change.entry.weight();
        self.overlay.insert(change.entry.key.clone(), alive);
        self.changes.push(change);
    }
}

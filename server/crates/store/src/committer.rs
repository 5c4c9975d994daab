//! The one place where the state changes: stage a batch, make it durable, publish it, reply.

use std::{collections::BTreeMap, io, sync::Arc};

use parking_lot::{Mutex, RwLock};

use crate::{
    Change, ChangeKind, Entry, Key, Options, Stats, WriteError, state::State, write::Request,
};

/// What readers, watches and the committer share.
pub(crate) struct Shared {
    pub state: RwLock<State>,
    pub stats: Mutex<Stats>,
}

impl Shared {
    pub fn new(options: &Options) -> Self {
        Self {
            state: RwLock::new(State::new(options)),
            stats: Mutex::default(),
        }
    }
}

/// Why a batch did not become durable.
#[derive(Clone, Debug)]
pub(crate) enum Failure {
    Full(Arc<io::Error>),
    Io(Arc<io::Error>),
}

impl<E> From<Failure> for WriteError<E> {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::Full(source) => Self::Full(source),
            Failure::Io(source) => Self::Io(source),
        }
    }
}

/// Commits batches, one at a time.
pub(crate) struct Committer {
    shared: Arc<Shared>,
}

impl Committer {
    pub fn new(shared: Arc<Shared>) -> Self {
        Self { shared }
    }

    /// Makes the writes of a batch, in order, all durable or none, and replies to each.
    pub fn commit(&mut self, mut requests: Vec<Box<dyn Request>>) {
        let changes = self.stage(&mut requests);
        if !changes.is_empty() {
            self.publish(&changes);
        }
        requests
            .into_iter()
            .for_each(|request| request.settle(Ok(())));
        self.wake(&changes);
    }

    /// Each write sees the writes before it in the batch, which readers do not see yet.
    fn stage(&self, requests: &mut [Box<dyn Request>]) -> Vec<Arc<Change>> {
        let mut changes: Vec<Arc<Change>> = Vec::with_capacity(requests.len());
        let mut overlay: BTreeMap<Key, Option<Arc<Entry>>> = BTreeMap::new();
        let published = self.shared.state.read().revision;
        for request in requests {
            let (key, current) = self.current(request.key(), &overlay);
            let revision = published + 1 + changes.len() as u64;
            if let Some(change) = request.stage(key, revision, current.as_ref()) {
                let alive = (change.kind == ChangeKind::Put).then(|| change.entry.clone());
                overlay.insert(change.entry.key.clone(), alive);
                changes.push(change);
            }
        }
        changes
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
